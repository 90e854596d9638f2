import type { LedgerNode } from '@cello/ports'
import type { Connections } from './connections.ts'
import { isRunningPeer } from './nodes.ts'

/** Running peers, of one organization or all, those that have most of the channel first. */
export function peersByHeight(connections: Connections, channel: string, organization?: string): LedgerNode[] {
  const { network, heights } = connections
  return network.nodes
    .filter(
      ({ record }) => isRunningPeer(record) && (organization === undefined || record.organization === organization),
    )
    .sort((a, b) => heights.of(b.record.id, channel) - heights.of(a.record.id, channel))
}
