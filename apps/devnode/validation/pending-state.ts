/** The state as it will be after the valid transactions so far of a block that is not committed yet. */
import { ledger } from '@hyperledger/fabric-protos'
import { isHashedDelete } from '../simulation/hashed-set.ts'
import { entryMessage, isDelete, type KeyValueSet, type MetadataEntry } from '../simulation/key-value-set.ts'
import type { CollectionHashes, NamespaceSet } from '../simulation/rwset.ts'
import { hashedNamespace } from '../state/collection-namespace.ts'
import { compareUtf8 } from '../state/key-order.ts'
import type { StateReader, StateValue, Version } from '../state/world-state.ts'

/** The last write of a key in the block. */
export interface PendingWrite {
  /** Absent: the key is deleted. */
  readonly value?: Uint8Array
  readonly metadata?: Uint8Array
  readonly version: Version
}

/** Hashed keys are in hexadecimal, in the collection's hashed namespace. */
export interface PendingState {
  /** The block's own write of a key, if there is one. */
  written(namespace: string, key: string): PendingWrite | undefined
  /** Version of a key's value as committed before the block. */
  committed(namespace: string, key: string): Version | undefined
  /** Keys with their versions from `start`, before `end`, then `end` itself if asked for. */
  range(namespace: string, range: VersionRange): Iterable<VersionedKey>
  /** Adds what a valid transaction writes. */
  add(sets: readonly NamespaceSet[], version: Version): void
  /** The last write of each key. */
  namespaces(): ReadonlyMap<string, ReadonlyMap<string, PendingWrite>>
  /** Every write, in order. */
  readonly log: readonly LoggedWrite[]
  /** Contract and collection of each hashed namespace that is written. */
  readonly collections: ReadonlyMap<string, { readonly contract: string; readonly collection: string }>
}

export interface LoggedWrite extends PendingWrite {
  readonly namespace: string
  readonly key: string
  /** A transaction wrote or deleted the value: it belongs to the key's history. */
  readonly changesValue: boolean
}

export interface VersionedKey {
  readonly key: string
  readonly version: Version
}

export interface VersionRange {
  readonly start: string
  readonly end: string
  readonly includesEnd: boolean
}

export function pendingState(state: StateReader): PendingState {
  const namespaces = new Map<string, Map<string, PendingWrite>>()
  const log: LoggedWrite[] = []
  const collections = new Map<string, { readonly contract: string; readonly collection: string }>()
  const written = (namespace: string, key: string) => namespaces.get(namespace)?.get(key)
  const latest = (namespace: string, key: string): PendingWrite | StateValue | undefined =>
    written(namespace, key) ?? state.get(namespace, key)
  const put = (namespace: string, changes: readonly KeyWrite[], version: Version) => {
    const writes = namespaces.get(namespace) ?? new Map<string, PendingWrite>()
    for (const change of changes) {
      const write = mergedWrite(change, latest(namespace, change.key), version)
      if (!write) continue
      writes.set(change.key, write)
      log.push({ namespace, key: change.key, changesValue: change.value !== undefined, ...write })
    }
    if (writes.size > 0) namespaces.set(namespace, writes)
  }
  return {
    log,
    collections,
    written,
    namespaces: () => namespaces,
    committed: (namespace, key) => state.get(namespace, key)?.version,
    range: (namespace, range) => mergedRange(state, namespaces.get(namespace) ?? new Map(), namespace, range),
    add(sets, version) {
      for (const set of sets) {
        const { namespace } = set
        put(namespace, publicChanges(set), version)
        for (const one of set.collections) {
          const place = hashedNamespace(namespace, one.collection)
          collections.set(place, { contract: namespace, collection: one.collection })
          put(place, hashedChanges(one), version)
        }
      }
    },
  }
}

interface KeyWrite {
  readonly key: string
  /** Empty: the key is deleted. Absent: only metadata are written. */
  readonly value?: Uint8Array
  /** Encoded as Fabric stores them; empty: there are none any more. */
  readonly metadata?: Uint8Array
}

const nothing = new Uint8Array()

/** Whichever of value and metadata a transaction left alone stays as it was; metadata of no key are written to nothing. */
function mergedWrite(
  { value, metadata }: KeyWrite,
  before: PendingWrite | undefined,
  version: Version,
): PendingWrite | undefined {
  if (value?.length === 0) return { version }
  const content = value ?? before?.value
  const entries = metadata ?? before?.metadata
  return content && { value: content, version, ...(entries ? { metadata: entries } : {}) }
}

function publicChanges({ writes, metadataWrites }: KeyValueSet): KeyWrite[] {
  return together(
    writes.map((write) => ({ key: write.key, value: isDelete(write) ? nothing : write.value })),
    metadataWrites.map(({ key, entries }) => ({ key, metadata: metadataOf(entries) })),
  )
}

function hashedChanges({ hashedWrites, hashedMetadataWrites }: CollectionHashes): KeyWrite[] {
  return together(
    hashedWrites.map((write) => ({
      key: hex(write.keyHash),
      value: isHashedDelete(write) ? nothing : write.valueHash,
    })),
    hashedMetadataWrites.map(({ keyHash, entries }) => ({ key: hex(keyHash), metadata: metadataOf(entries) })),
  )
}

/** Value and metadata of a key are one change: a deletion takes the metadata with it. */
function together(values: readonly KeyWrite[], metadata: readonly KeyWrite[]): KeyWrite[] {
  if (metadata.length === 0) return [...values]
  const changes = new Map(values.map((change) => [change.key, change]))
  for (const change of metadata) changes.set(change.key, { ...change, ...changes.get(change.key) })
  return [...changes.values()]
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

function metadataOf(entries: readonly MetadataEntry[]): Uint8Array {
  if (entries.length === 0) return nothing
  const message = new ledger.rwset.kvrwset.KVMetadataWrite()
  message.setEntriesList(entries.map(entryMessage))
  return message.serializeBinary()
}

/** Committed keys and the block's own, in order; where both have a key, the block's counts, and its deletions hide it. */
function* mergedRange(
  state: StateReader,
  writes: ReadonlyMap<string, PendingWrite>,
  namespace: string,
  { start, end, includesEnd }: VersionRange,
): Generator<VersionedKey> {
  const isInside = (key: string) => compareUtf8(key, start) >= 0 && (end === '' || compareUtf8(key, end) < 0)
  const own = [...writes].filter(([key]) => isInside(key)).sort(([a], [b]) => compareUtf8(a, b))
  let next = 0
  for (const { key, version } of state.range(namespace, { start, end })) {
    for (let mine = own[next]; mine && compareUtf8(mine[0], key) < 0; mine = own[++next]) yield* present(mine)
    if (own[next]?.[0] !== key) yield { key, version }
  }
  for (const mine of own.slice(next)) yield* present(mine)
  if (includesEnd) yield* present([end, writes.get(end) ?? state.get(namespace, end)])
}

function* present([key, write]: readonly [string, PendingWrite | StateValue | undefined]): Generator<VersionedKey> {
  if (write?.value) yield { key, version: write.version }
}
