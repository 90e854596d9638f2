import {
  type ChannelSpec,
  type DeploymentSpec,
  memberOrganizations,
  type NodeRecord,
  nodeRef,
  PlatformError,
} from '@cello/model'
import { packageKey } from '@cello/planning'
import type { NetworkRecord, PageRequest } from '@cello/ports'
import { allow, type Call } from '../actor.ts'
import type { ChannelTarget } from '../channel/queries.ts'
import type { Context } from '../context.ts'
import { findChannel, findNetwork } from '../network/find.ts'
import { type PageView, pageOfList } from '../paging.ts'

export interface ContractTarget extends ChannelTarget {
  readonly contract: string
}

export interface ContractView {
  channel: string
  name: string
  state: 'pending' | 'committed' | 'upgrading' | 'unknown'
  spec: DeploymentSpec
  version?: string | undefined
  sequence?: number | undefined
  approvals: string[]
  nodes: string[]
  /** By organization: what a service that somebody else runs must answer as. */
  packageIds: Record<string, string>
}

/** @throws NOT_FOUND */
export async function listContracts(
  context: Context,
  call: Call,
  target: ChannelTarget & { readonly page: PageRequest },
): Promise<PageView<ContractView>> {
  allow(call, 'networks:read')
  const network = await findNetwork(context, target.network)
  const channel = findChannel(network, target.channel)
  const views = await Promise.all(
    channel.contracts.map((contract) => viewContract(context, network, channel, contract)),
  )
  return pageOfList(views, ({ name }) => name, target.page)
}

/** @throws NOT_FOUND */
export async function getContract(context: Context, call: Call, target: ContractTarget): Promise<ContractView> {
  allow(call, 'networks:read')
  const network = await findNetwork(context, target.network)
  const channel = findChannel(network, target.channel)
  return viewContract(context, network, channel, findContract(channel, target.contract))
}

/** @throws NOT_FOUND */
export function findContract(channel: ChannelSpec, name: string): DeploymentSpec {
  const found = channel.contracts.find((contract) => contract.name === name)
  if (!found) throw new PlatformError('NOT_FOUND', { noun: 'contract', id: name })
  return found
}

async function viewContract(
  context: Context,
  network: NetworkRecord,
  channel: ChannelSpec,
  contract: DeploymentSpec,
): Promise<ContractView> {
  const seen = context.observations.get(network.id)?.channels[channel.name]?.contracts?.[contract.name]
  const committed = seen?.committed
  const { packageIds } = await context.wanted(network)
  return {
    channel: channel.name,
    name: contract.name,
    state: contractState(network, committed?.version, contract.version, seen !== undefined),
    spec: contract,
    version: committed?.version,
    sequence: committed?.sequence,
    approvals: (seen?.approvals ?? [])
      .filter(({ definition }) => definition.version === contract.version)
      .map(({ organization }) => organization),
    nodes: network.nodes.filter((node) => isNodeOf(node, channel.name, contract.name)).map(nodeRef),
    packageIds: Object.fromEntries(
      memberOrganizations(network.spec, channel).flatMap(({ name }) => {
        const id = packageIds[packageKey(channel.name, contract.name, name)]
        return id === undefined ? [] : [[name, id]]
      }),
    ),
  }
}

function isNodeOf({ removed, contract }: NodeRecord, channel: string, name: string): boolean {
  return !removed && contract?.channel === channel && contract.name === name
}

function contractState(
  network: NetworkRecord,
  committed: string | undefined,
  wanted: string,
  seen: boolean,
): ContractView['state'] {
  const settled = network.observedGeneration >= network.generation
  if (committed === undefined) return seen || !settled ? 'pending' : 'unknown'
  return settled && committed === wanted ? 'committed' : 'upgrading'
}
