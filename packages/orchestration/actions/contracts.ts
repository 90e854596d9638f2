import { type DeploymentSpec, memberOrganizations, PlatformError } from '@cello/model'
import { channelNodes, wantedSequence } from '@cello/planning'
import type { ContractDefinition } from '@cello/ports'
import { type Action, type ActionContext, keyParts } from './action.ts'
import { channelSpec } from './channel-facts.ts'
import { transactOnce } from './transactions.ts'
import { whileStarting } from './wait-for-node.ts'

/** Milliseconds that an approval waits for its organization's other peers. */
const othersMs = 1_500

export const installPackage: Action = async (context) => {
  const { network, signal } = context
  const [channel, contract, nodeId] = keyParts(context.step)
  const made = network.contractPackage(channel, contract, network.node(nodeId).organization)
  await whileStarting(context, [nodeId], () => network.session.installPackage(nodeId, made, { signal }))
}

export const approveContract: Action = async (context) => {
  const { network, signal } = context
  const [channel, contract, organization] = keyParts(context.step)
  const packageId = network.wanted.packageIds[context.step.key]
  await othersJoined(context, channel, organization)
  await transactOnce(context, async () => {
    const definition = await wantedDefinition(context, channel, contract)
    return network.session.prepareApproval({ organization, definition, packageId }, { signal })
  })
}

/**
 * An approval has a private part, which goes to each of the organization's peers that is there when it is made. One that
 * joins while it is ordered has to ask for it, and while it has met nobody to ask, Fabric lets it wait for a second each
 * time: so those that are on their way are waited for. One that does not come is not missed for long.
 */
async function othersJoined(context: ActionContext, channel: string, organization: string): Promise<void> {
  const { network, hosts, signal } = context
  const { clock } = network.shared
  const end = clock.monotonic() + othersMs
  const peers = channelNodes(network.wanted, channelSpec(network, channel), 'peer')
  const own = peers.filter((node) => node.organization === organization && node.power === 'running')
  const present = await Promise.all(
    own.map(async ({ id, hostId }) => (await hosts.nodes(hostId, 0))?.get(id)?.state === 'running'),
  )
  let missing = own.filter((_, index) => present[index])
  while (missing.length > 0 && clock.monotonic() < end) {
    signal.throwIfAborted()
    const joined = await Promise.all(
      missing.map(async ({ id }) => {
        const seen = await network.session.observePeer(id, { signal }).catch(() => undefined)
        return seen?.channels.some(({ name }) => name === channel) ?? false
      }),
    )
    missing = missing.filter((_, index) => !joined[index])
    if (missing.length > 0) await clock.sleep(20, { signal })
  }
}

export const commitContract: Action = async (context) => {
  const { network, signal } = context
  const [channel, contract] = keyParts(context.step)
  const [organization] = memberOrganizations(network.record.spec, channelSpec(network, channel)).map(({ name }) => name)
  await transactOnce(context, async () => {
    const definition = await wantedDefinition(context, channel, contract)
    return network.session.prepareCommit({ organization: organization ?? '', definition }, { signal })
  })
}

/** The definition as wanted, with the sequence that the ledger calls for now. */
async function wantedDefinition(context: ActionContext, channel: string, name: string): Promise<ContractDefinition> {
  const { network, signal } = context
  const contract: DeploymentSpec | undefined = channelSpec(network, channel).contracts.find(
    (candidate) => candidate.name === name,
  )
  if (!contract) throw new PlatformError('NOT_FOUND', { noun: 'contract', id: `${channel}/${name}` })
  // Its approvals are nothing that the sequence hangs on.
  const contracts = await network.session.observeContracts(channel, [], { signal })
  const seen = contracts.find((candidate) => candidate.name === name)
  const { version, initRequired, policy, collections } = contract
  return {
    channel,
    name,
    version,
    initRequired,
    policy,
    collections,
    sequence: wantedSequence(contract, seen?.committed),
  }
}
