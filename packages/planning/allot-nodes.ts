import type { ChannelSpec, DeploymentSpec, NetworkSpec, NodeKind, NodeRecord, PortName } from '@cello/model'
import { contractOrganizations } from '@cello/model'

export interface AllotRequest {
  readonly networkId: string
  readonly spec: NetworkSpec
  /** Rows that there are, removed ones too. */
  readonly existing: readonly NodeRecord[]
  readonly hostId: string
  /** A port that is free on the host, never the same twice. */
  takePort(): number
  newId(): string
  readonly now: number
}

/** What each kind of node listens on. */
const portsOf: Readonly<Record<NodeKind, readonly PortName[]>> = {
  orderer: ['service', 'operations', 'admin'],
  peer: ['service', 'operations'],
  contract: ['service'],
}

type Want = Pick<NodeRecord, 'organization' | 'name' | 'kind'> & {
  readonly contract?: NonNullable<NodeRecord['contract']>
}

/**
 * The node rows that a document calls for and that are not there, and the rows there that it no longer calls for, marked
 * removed. Rows that stay as they are are left out. How many ports it takes is decided by the rows alone, so a caller can
 * run it once to count and once to allot.
 */
export function allotNodes(request: AllotRequest): NodeRecord[] {
  const wants = [...documentNodes(request.spec), ...contractNodes(request.spec)]
  const live = request.existing.filter((node) => !node.removed)
  const added = wants.filter((want) => !live.some((node) => isSame(node, want)))
  const gone = live.filter((node) => !wants.some((want) => isSame(node, want)))
  return [...added.map((want) => allot(request, want)), ...gone.map((node) => ({ ...node, removed: true }))]
}

function allot(request: AllotRequest, want: Want): NodeRecord {
  return {
    ...want,
    id: request.newId(),
    networkId: request.networkId,
    hostId: request.hostId,
    ports: Object.fromEntries(portsOf[want.kind].map((port) => [port, request.takePort()])),
    power: 'running',
    incarnation: 1,
    removed: false,
    createdAt: request.now,
  }
}

function documentNodes(spec: NetworkSpec): Want[] {
  return spec.organizations.flatMap((org) => [
    ...org.orderers.map(({ name }) => ({ organization: org.name, name, kind: 'orderer' as const })),
    ...org.peers.map(({ name }) => ({ organization: org.name, name, kind: 'peer' as const })),
  ])
}

/** One node per organization, deployment and package: an upgrade's node stands beside the old one until it is committed. */
function contractNodes(spec: NetworkSpec): Want[] {
  return spec.channels.flatMap((channel) =>
    channel.contracts.flatMap((contract) => deploymentNodes(spec, channel, contract)),
  )
}

function deploymentNodes(spec: NetworkSpec, channel: ChannelSpec, contract: DeploymentSpec): Want[] {
  const digest = contract.package
  if (digest === undefined) return []
  return contractOrganizations(spec, channel, contract).map((org) => ({
    organization: org.name,
    name: `${channel.name}-${contract.name}-${digest.slice(0, 8)}`.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-'),
    kind: 'contract' as const,
    contract: { channel: channel.name, name: contract.name, package: digest },
  }))
}

function isSame(node: NodeRecord, want: Want): boolean {
  return identity(node) === identity(want)
}

function identity({ kind, organization, name, contract }: NodeRecord | Want): string {
  return [kind, organization, name, contract?.channel, contract?.name, contract?.package].join('/')
}
