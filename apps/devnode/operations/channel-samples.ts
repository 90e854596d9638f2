import type { Channels } from '../ordering/channels.ts'
import type { Sample } from './metrics.ts'

/** Numbers that Fabric gives to relations and states (orderer/common/channelparticipation/metrics.go). */
const relations = { consenter: 1, follower: 2 }
const statuses = { active: 1, onboarding: 2, failed: 4 }

/** Gauges of every channel, by the names that Fabric's orderers use. */
export function channelSamples(channels: Channels): readonly Sample[] {
  const ordering = [...channels.active()].flatMap(([channel, { isReady, height }]) =>
    samples(channel, {
      consensus_etcdraft_is_leader: isReady ? 1 : 0,
      consensus_etcdraft_leader_changes: 1,
      consensus_etcdraft_cluster_size: 1,
      consensus_etcdraft_active_nodes: isReady ? 1 : 0,
      consensus_etcdraft_committed_block_number: height - 1,
      ledger_blockchain_height: height,
    }),
  )
  const participating = channels.names().flatMap((channel) => {
    const info = channels.info(channel)
    if (!info) return []
    return samples(channel, {
      participation_status: statuses[info.status],
      participation_consensus_relation: relations[info.consensusRelation],
    })
  })
  return [...ordering, ...participating]
}

function samples(channel: string, values: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(values).map(([name, value]) => ({ name, labels: { channel }, value }))
}
