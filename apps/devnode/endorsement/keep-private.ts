/** What a transaction wrote to private data: given to those who must have it, and kept until the transaction is committed. */
import { setTimeout as delay } from 'node:timers/promises'
import { ledger, type peer } from '@hyperledger/fabric-protos'
import { isMember } from '../committing/contract-collections.ts'
import type { PeerChannel } from '../committing/peer-channel.ts'
import type { Lifecycle } from '../lifecycle/lifecycle.ts'
import type { PrivateExchange } from '../neighbours/private-exchange.ts'

export interface PrivateWrites {
  readonly channel: PeerChannel
  readonly txId: string
  /** Encoded `rwset.TxPvtReadWriteSet`. */
  readonly bytes: Uint8Array
}

export interface KeepingOptions {
  readonly lifecycle: Pick<Lifecycle, 'definition'>
  /** Of this peer. */
  readonly mspId: string
  /** How the organization's other peers get it; undefined: not yet there, or nobody. */
  readonly privateExchange?: (() => Pick<PrivateExchange, 'push'> | undefined) | undefined
}

/** Where no copy is demanded nobody waits longer, in milliseconds: who got none asks for it when the block comes. */
const patienceMs = 250

/**
 * Gives it to the organization's other peers and keeps it, before anybody is told of the endorsement.
 * @throws Error in Fabric's words where a collection demands more copies than were taken
 */
export async function keepPrivate(written: PrivateWrites, options: KeepingOptions): Promise<void> {
  const { channel, txId, bytes } = written
  const set = ledger.rwset.TxPvtReadWriteSet.deserializeBinary(bytes)
  const places = placesOf(set, written.channel, options)
  const needed = places.filter((place) => place.needed > 0)
  const taken = await give(written, shareOf(set, places), needed.length > 0, options)
  for (const place of needed) {
    if (place.isShared && taken >= place.needed) continue
    const eligible = place.isShared ? taken : 0
    throw new Error(
      `failed to distribute private collection, txID ${txId}, channel ${channel.name}: could not build private data dissemination plan for chaincode ${place.contract} and collection ${place.collection}: required to disseminate to at least ${place.needed} peers, but know of only ${eligible} eligible peers`,
    )
  }
  channel.privateData.keep(txId, bytes, channel.height)
}

interface Place {
  readonly contract: string
  readonly collection: string
  /** Copies at other peers that the collection demands. */
  readonly needed: number
  /** Other peers of this organization may have it, and the collection does not leave it to asking. */
  readonly isShared: boolean
}

function placesOf(
  set: ledger.rwset.TxPvtReadWriteSet,
  channel: PeerChannel,
  options: KeepingOptions,
): readonly Place[] {
  const { lifecycle, mspId } = options
  const sources = { config: channel.config, state: channel.state, lifecycle }
  return set.getNsPvtRwsetList().flatMap((written) => {
    const contract = written.getNamespace()
    const known = lifecycle.definition(channel.state, contract)?.collections ?? []
    return written.getCollectionPvtRwsetList().map((one) => {
      const collection = one.getCollectionName()
      const definition: peer.StaticCollectionConfig | undefined = known.find((it) => it.getName() === collection)
      const isPushed = (definition?.getMaximumPeerCount() ?? 1) > 0
      return {
        contract,
        collection,
        needed: definition?.getRequiredPeerCount() ?? 0,
        isShared: isPushed && isMember(sources, contract, collection, mspId),
      }
    })
  })
}

/** The part that other peers of the organization may have; undefined where there is none. */
function shareOf(set: ledger.rwset.TxPvtReadWriteSet, places: readonly Place[]): Uint8Array | undefined {
  const isShared = (contract: string, collection: string) =>
    places.some((place) => place.contract === contract && place.collection === collection && place.isShared)
  const share = set.clone()
  for (const part of share.getNsPvtRwsetList()) {
    const kept = part
      .getCollectionPvtRwsetList()
      .filter((one) => isShared(part.getNamespace(), one.getCollectionName()))
    part.setCollectionPvtRwsetList(kept)
  }
  share.setNsPvtRwsetList(share.getNsPvtRwsetList().filter((part) => part.getCollectionPvtRwsetList().length > 0))
  return share.getNsPvtRwsetList().length === 0 ? undefined : share.serializeBinary()
}

/** @returns how many peers took it */
async function give(
  { channel, txId }: PrivateWrites,
  writes: Uint8Array | undefined,
  isDemanded: boolean,
  { privateExchange }: KeepingOptions,
): Promise<number> {
  const exchange = writes && privateExchange?.()
  if (!exchange) return 0
  const pushed = exchange.push({ channel: channel.name, txId, writes })
  return isDemanded ? pushed : Promise.race([pushed, delay(patienceMs, 0)])
}
