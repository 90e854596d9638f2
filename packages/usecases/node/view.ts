import { type NodeRecord, nodeRef, type ObservedNetwork } from '@cello/model'
import type { NetworkRecord } from '@cello/ports'
import { moment, momentOf } from '../moment.ts'
import { type NodeViewState, nodeState } from './state.ts'

export interface NodeView {
  id: string
  ref: string
  organization: string
  name: string
  kind: NodeRecord['kind']
  host: string
  state: NodeViewState
  reason?: string | undefined
  power: 'running' | 'stopped'
  ports: Partial<Record<'service' | 'operations' | 'admin' | 'chaincode', number>>
  incarnation: number
  contract?: { channel: string; name: string; package: string } | undefined
  channels: { name: string; height: number; leads?: boolean | undefined }[]
  startedAt?: string | undefined
  lastLines?: string[] | undefined
  createdAt: string
}

/** What is wanted of a node: up, down, or gone. A stopped network's nodes are wanted down. */
export function wantedOf(network: NetworkRecord, node: NodeRecord): 'up' | 'down' | 'gone' {
  if (node.removed || network.deleting) return 'gone'
  return network.power === 'running' && node.power === 'running' ? 'up' : 'down'
}

/** `host` is the name of the node's host. */
export function viewNode(
  network: NetworkRecord,
  node: NodeRecord,
  observed: ObservedNetwork | undefined,
  host: string,
): NodeView {
  const seen = observed?.nodes[node.id]
  return {
    id: node.id,
    ref: nodeRef(node),
    organization: node.organization,
    name: node.name,
    kind: node.kind,
    host,
    state: nodeState(wantedOf(network, node), seen?.state, observed !== undefined),
    reason: seen?.reason,
    power: node.power,
    ports: { ...node.ports },
    incarnation: node.incarnation,
    contract: node.contract,
    channels: channelsOf(node, observed),
    startedAt: momentOf(seen?.startedAt),
    lastLines: seen?.lastLines ? [...seen.lastLines] : undefined,
    createdAt: moment(node.createdAt),
  }
}

function channelsOf(node: NodeRecord, observed: ObservedNetwork | undefined): NodeView['channels'] {
  return Object.entries(observed?.channels ?? {}).flatMap(([name, channel]) => {
    const ordering = channel.orderers[node.id]
    if (ordering) {
      const leads = ordering.leads === 'unknown' ? undefined : ordering.leads
      return [{ name, height: ordering.height, leads }]
    }
    const joined = channel.peers[node.id]
    return joined ? [{ name, height: joined.height }] : []
  })
}
