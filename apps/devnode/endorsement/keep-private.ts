/** What a transaction wrote to private data, kept by this peer until the transaction is committed. */
import { ledger } from '@hyperledger/fabric-protos'
import type { PeerChannel } from '../committing/peer-channel.ts'
import type { Lifecycle } from '../lifecycle/lifecycle.ts'

export interface PrivateWrites {
  readonly channel: PeerChannel
  readonly txId: string
  /** Encoded `rwset.TxPvtReadWriteSet`. */
  readonly bytes: Uint8Array
}

/**
 * Keeps them before anybody is told of the endorsement.
 * @throws Error in Fabric's words where a collection demands copies at other peers: this one gives none
 */
export function keepPrivate({ channel, txId, bytes }: PrivateWrites, lifecycle: Pick<Lifecycle, 'definition'>): void {
  for (const set of ledger.rwset.TxPvtReadWriteSet.deserializeBinary(bytes).getNsPvtRwsetList()) {
    const contract = set.getNamespace()
    const collections = lifecycle.definition(channel.state, contract)?.collections ?? []
    for (const written of set.getCollectionPvtRwsetList()) {
      const name = written.getCollectionName()
      const needed = collections.find((known) => known.getName() === name)?.getRequiredPeerCount() ?? 0
      if (needed <= 0) continue
      throw new Error(
        `failed to distribute private collection, txID ${txId}, channel ${channel.name}: could not build private data dissemination plan for chaincode ${contract} and collection ${name}: required to disseminate to at least ${needed} peers, but know of only 0 eligible peers`,
      )
    }
  }
  channel.privateData.keep(txId, bytes, channel.height)
}
