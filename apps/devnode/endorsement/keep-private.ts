/** What a transaction wrote to private data: given to those who must have it, and kept until the transaction is committed. */

import { setTimeout as delay } from 'node:timers/promises'
import { decode } from '@cello/fabric/codec'
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
  /** How other peers get it; undefined: not yet there, or nobody. */
  readonly privateExchange?: (() => Pick<PrivateExchange, 'push'> | undefined) | undefined
}

/** Where no copy is demanded nobody waits longer, in milliseconds: who got none asks for it when the block comes. */
const patienceMs = 250

/**
 * Gives it to the other peers that may have it and keeps it, before anybody is told of the endorsement.
 * @throws Error in Fabric's words where a collection demands more copies than were taken
 */
export async function keepPrivate(written: PrivateWrites, options: KeepingOptions): Promise<void> {
  const { channel, txId, bytes } = written
  const set = decode(ledger.rwset.TxPvtReadWriteSet, bytes)
  const places = placesOf(set, written.channel, options)
  const needed = places.filter((place) => place.needed > 0)
  const taken = await give(written, sharesOf(set, places), needed.length > 0, options)
  for (const place of needed) {
    const eligible = place.members.reduce((sum, mspId) => sum + (taken.get(mspId) ?? 0), 0)
    if (eligible >= place.needed) continue
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
  /** Organizations whose peers may have it; none where the collection leaves it to asking. */
  readonly members: readonly string[]
}

function placesOf(
  set: ledger.rwset.TxPvtReadWriteSet,
  channel: PeerChannel,
  options: KeepingOptions,
): readonly Place[] {
  const { lifecycle, mspId } = options
  const sources = { state: channel.state, lifecycle }
  const everybody = [...new Set([mspId, ...channel.config.memberships.keys()])]
  return set.getNsPvtRwsetList().flatMap((written) => {
    const contract = written.getNamespace()
    const known = lifecycle.definition(channel.state, contract)?.collections ?? []
    return written.getCollectionPvtRwsetList().map((part) => {
      const collection = part.getCollectionName()
      const definition: peer.StaticCollectionConfig | undefined = known.find((it) => it.getName() === collection)
      const isPushed = (definition?.getMaximumPeerCount() ?? 1) > 0
      return {
        contract,
        collection,
        needed: definition?.getRequiredPeerCount() ?? 0,
        members: isPushed ? everybody.filter((one) => isMember(sources, contract, collection, one)) : [],
      }
    })
  })
}

/** By organization: the part that its peers may have. */
function sharesOf(set: ledger.rwset.TxPvtReadWriteSet, places: readonly Place[]): ReadonlyMap<string, Uint8Array> {
  const mspIds = new Set(places.flatMap(({ members }) => members))
  return new Map([...mspIds].map((mspId) => [mspId, shareOf(set, places, mspId)]))
}

function shareOf(set: ledger.rwset.TxPvtReadWriteSet, places: readonly Place[], mspId: string): Uint8Array {
  const isShared = (contract: string, collection: string) =>
    places.some(
      (place) => place.contract === contract && place.collection === collection && place.members.includes(mspId),
    )
  const share = set.clone()
  for (const part of share.getNsPvtRwsetList()) {
    const kept = part
      .getCollectionPvtRwsetList()
      .filter((one) => isShared(part.getNamespace(), one.getCollectionName()))
    part.setCollectionPvtRwsetList(kept)
  }
  share.setNsPvtRwsetList(share.getNsPvtRwsetList().filter((part) => part.getCollectionPvtRwsetList().length > 0))
  return share.serializeBinary()
}

/** @returns by organization: how many of its peers took it, as far as that is known in time */
async function give(
  { channel, txId }: PrivateWrites,
  shares: ReadonlyMap<string, Uint8Array>,
  isDemanded: boolean,
  { privateExchange }: KeepingOptions,
): Promise<ReadonlyMap<string, number>> {
  const taken = new Map<string, number>()
  const exchange = privateExchange?.()
  if (!exchange || shares.size === 0) return taken
  const pushed = Promise.all(
    [...shares].map(async ([mspId, writes]) => {
      taken.set(mspId, await exchange.push({ channel: channel.name, mspId, txId, writes }))
    }),
  )
  await (isDemanded ? pushed : Promise.race([pushed, delay(patienceMs)]))
  return taken
}
