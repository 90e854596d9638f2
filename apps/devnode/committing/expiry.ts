/**
 * Private values that live for a number of blocks (`blockToLive`): what was written in block n goes with block
 * n + blocks + 1, value and hash, unless it was written again in the meantime. The state itself keeps the calendar.
 */
import { decodeKeyValueSet } from '../simulation/key-value-set.ts'
import { hashedKey, privateNamespace } from '../state/collection-namespace.ts'
import type { CommittedPrivateWrites, PrivateStore } from '../state/private-store.ts'
import type { StateReader, StateWrite, Version } from '../state/world-state.ts'
import type { PendingState } from '../validation/pending-state.ts'
import { blocksToLive, type CollectionSources } from './contract-collections.ts'
import { keyBehind } from './purges.ts'

/** No contract's name has such signs. */
const calendar = '$$expiry'
/** There once the calendar was first written into: most channels never look further. */
const usedKey = 'used'

/** A page of the calendar: a private key that goes with a block, unless it was written again. */
interface Entry {
  readonly contract: string
  readonly collection: string
  /** In the collection's hashed namespace. */
  readonly namespace: string
  /** Hexadecimal SHA-256 of the key. */
  readonly keyHash: string
  /** Where this peer has the value: its key. */
  readonly key?: string
  readonly version: Version
}

export interface ExpirySources extends Pick<CollectionSources, 'lifecycle'> {
  readonly state: StateReader
  readonly privateData: PrivateStore
}

/** What goes with this block, and what it puts into the calendar. */
export function expiryWrites(
  block: number,
  pending: PendingState,
  privateWrites: readonly CommittedPrivateWrites[],
  sources: ExpirySources,
): StateWrite[] {
  const due = !sources.state.get(calendar, usedKey)
    ? []
    : [...sources.state.range(calendar, { start: pageOf(block), end: pageOf(block + 1) })]
  const gone = due.flatMap(({ key, value }) => [
    { namespace: calendar, key, transaction: 0 },
    ...expired(value, pending, sources),
  ])
  return [...gone, ...scheduled(block, pending, privateWrites, sources)]
}

function expired(encoded: Uint8Array, pending: PendingState, { state, privateData }: ExpirySources): StateWrite[] {
  const { contract, collection, namespace, keyHash, key, version }: Entry = JSON.parse(Buffer.from(encoded).toString())
  privateData.purge(contract, collection, Buffer.from(keyHash, 'hex'), version)
  const now = pending.written(namespace, keyHash)?.version ?? state.get(namespace, keyHash)?.version
  if (now?.block !== version.block || now.transaction !== version.transaction) return []
  const hash = { namespace, key: keyHash, transaction: 0 }
  const place = privateNamespace(contract, collection)
  // A value that came after its block is not in the calendar by its key.
  const found = key ?? keyBehind(keyHash, place, state)
  return found === undefined ? [hash] : [hash, { namespace: place, key: found, transaction: 0 }]
}

function scheduled(
  block: number,
  pending: PendingState,
  privateWrites: readonly CommittedPrivateWrites[],
  sources: ExpirySources,
): StateWrite[] {
  const lives = new Map<string, number | undefined>()
  for (const [namespace, { contract, collection }] of pending.collections) {
    lives.set(namespace, blocksToLive(sources, contract, collection))
  }
  if ([...lives.values()].every((life) => life === undefined)) return []
  const keys = keysByHash(privateWrites)
  const entries = pending.log.flatMap(({ namespace, key: keyHash, value, version, changesValue }): StateWrite[] => {
    const [place, life] = [pending.collections.get(namespace), lives.get(namespace)]
    if (!place || life === undefined || !value || !changesValue) return []
    const key = keys.get(keyHash)
    const entry: Entry = { ...place, namespace, keyHash, version, ...(key === undefined ? {} : { key }) }
    const page = `${pageOf(block + life + 1)}${namespace}/${keyHash}/${version.transaction}`
    const { transaction } = version
    return [{ namespace: calendar, key: page, transaction, value: Buffer.from(JSON.stringify(entry)) }]
  })
  return [{ namespace: calendar, key: usedKey, transaction: 0, value: Buffer.from('1') }, ...entries]
}

function keysByHash(privateWrites: readonly CommittedPrivateWrites[]): ReadonlyMap<string, string> {
  const keys = privateWrites.flatMap(({ writes }) => decodeKeyValueSet(writes).writes.map(({ key }) => key))
  return new Map(keys.map((key) => [hashedKey(key), key]))
}

/** Block numbers in the order of their text: 2⁵³ has 16 digits. */
const pageOf = (block: number): string => `${String(block).padStart(16, '0')}/`
