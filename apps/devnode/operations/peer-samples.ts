/** What a peer's metrics page tells, by the names that Fabric's peers use. */
import { common, peer } from '@hyperledger/fabric-protos'
import type { CommittedBlock, PeerChannel, PeerChannels } from '../committing/peer-channel.ts'
import type { Neighbours } from '../neighbours/neighbours.ts'
import type { Metrics, Sample } from './metrics.ts'

/** Gauges of every channel. Fabric counts the other peers of a channel, not the peer itself. */
export function peerSamples(channels: PeerChannels, neighbours: Neighbours): readonly Sample[] {
  return channels.names().flatMap((name) => {
    const channel = channels.get(name)
    if (!channel) return []
    const values = {
      ledger_blockchain_height: channel.height,
      gossip_state_height: channel.height,
      gossip_membership_total_peers_known: Math.max(neighbours.onChannel(name).length - 1, 0),
    }
    return Object.entries(values).map(([metric, value]) => ({ name: metric, labels: { channel: name }, value }))
  })
}

/** Counts the transactions that a channel commits from now on, and times its blocks. */
export function measureBlocks(metrics: Metrics, channel: PeerChannel): void {
  const labels = { channel: channel.name }
  channel.onCommit((block) => {
    for (const transaction of transactionLabels(block)) metrics.add('ledger_transaction_count', transaction)
    if (!block.took) return
    const { all, storing, applying } = block.took
    metrics.observe('ledger_block_processing_time', labels, all / 1_000)
    metrics.observe('ledger_blockstorage_and_pvtdata_commit_time', labels, storing / 1_000)
    metrics.observe('ledger_statedb_commit_time', labels, applying / 1_000)
  })
}

function transactionLabels({ channel, transactions }: CommittedBlock) {
  return transactions.map(({ type, code, namespaces }) => ({
    channel,
    transaction_type: nameIn(Object.entries(common.HeaderType), type),
    chaincode: namespaces.find((name) => !name.startsWith('_')) ?? namespaces[0] ?? 'unknown',
    validation_code: nameIn(Object.entries(peer.TxValidationCode), code),
  }))
}

function nameIn(names: readonly (readonly [string, number])[], value: number): string {
  return names.find(([, number]) => number === value)?.[0] ?? String(value)
}
