import type { BatchSettings, ChannelSpec, Consensus, NetworkSpec, NodeRecord } from '@cello/model'
import { memberOrganizations, orderingOrganizations } from '@cello/model'

/** What is wanted of one network: the document and all that was allotted for it. The first input of a plan. */
export interface WantedNetwork {
  readonly id: string
  readonly name: string
  readonly spec: NetworkSpec
  readonly nodes: readonly NodeRecord[]
  readonly power: 'running' | 'stopped'
  readonly deleting: boolean
  /** By node id: the address that others dial it at. */
  readonly addresses: Readonly<Record<string, string>>
  /** By `packageKey`: the id of the package that an organization installs. */
  readonly packageIds: Readonly<Record<string, string>>
}

/** `channel/contract/organization`. */
export function packageKey(channel: string, contract: string, organization: string): string {
  return `${channel}/${contract}/${organization}`
}

/** A channel as wanted, in names and node ids: what its configuration is made from. */
export interface WantedChannel {
  readonly name: string
  readonly consensus: Consensus
  readonly batch: BatchSettings
  readonly orderers: readonly string[]
  readonly members: readonly string[]
  /** Node ids. */
  readonly consenters: readonly string[]
  readonly anchors: readonly string[]
}

/** The channel of the document with its orderers, members and consenters looked up; nodes that are being removed are no more in it. */
export function wantedChannel(wanted: Pick<WantedNetwork, 'spec' | 'nodes'>, channel: ChannelSpec): WantedChannel {
  const orderers = orderingOrganizations(wanted.spec, channel).map((org) => org.name)
  const members = memberOrganizations(wanted.spec, channel).map((org) => org.name)
  return {
    name: channel.name,
    consensus: channel.consensus,
    batch: channel.batch,
    orderers,
    members,
    consenters: channelNodes(wanted, channel, 'orderer').map((node) => node.id),
    anchors: members.flatMap((org) => {
      const first = channelNodes(wanted, channel, 'peer').find((node) => node.organization === org)
      return first ? [first.id] : []
    }),
  }
}

/** The channel's orderers or peers that are wanted, in the order of the document. */
export function channelNodes(
  wanted: Pick<WantedNetwork, 'spec' | 'nodes'>,
  channel: ChannelSpec,
  kind: 'orderer' | 'peer',
): NodeRecord[] {
  const orgs =
    kind === 'orderer' ? orderingOrganizations(wanted.spec, channel) : memberOrganizations(wanted.spec, channel)
  return orgs.flatMap((org) =>
    (kind === 'orderer' ? org.orderers : org.peers).flatMap(
      ({ name }) =>
        wanted.nodes.find(
          (node) => node.kind === kind && node.organization === org.name && node.name === name && !node.removed,
        ) ?? [],
    ),
  )
}

/** `host:port` that others dial the node's service at. */
export function serviceAddress(wanted: WantedNetwork, node: NodeRecord): string {
  return `${wanted.addresses[node.id] ?? ''}:${node.ports.service ?? 0}`
}
