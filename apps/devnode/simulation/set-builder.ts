import { compareUtf8 } from '../state/key-order.ts'
import type { Version } from '../state/world-state.ts'
import { type HashedRead, type HashedWrite, sha256 } from './hashed-set.ts'
import { encodeKeyValueSet, type KeyRead, type KeyWrite, type RangeRead } from './key-value-set.ts'
import {
  type CollectionHashes,
  encodePrivateSets,
  encodeReadWriteSet,
  type NamespaceSet,
  type PrivateSet,
} from './rwset.ts'

/** Gathers the read-write set of one simulation: the last read and the last write of each key count. */
export interface SetBuilder {
  read(namespace: string, key: string, version: Version | undefined): void
  write(namespace: string, key: string, value: Uint8Array): void
  range(namespace: string, range: RangeRead): void
  hashedRead(namespace: string, collection: string, key: string, version: Version | undefined): void
  privateWrite(namespace: string, collection: string, write: PrivateWrite): void
  /** Both sets encoded, the private one only where something private was written; and the public one as it is. */
  encode(): { readonly public: Uint8Array; readonly sets: readonly NamespaceSet[]; readonly private?: Uint8Array }
}

export interface PrivateWrite {
  readonly key: string
  /** Empty: the key is deleted. */
  readonly value: Uint8Array
  readonly isPurge: boolean
}

interface Namespace {
  readonly reads: Map<string, KeyRead>
  readonly writes: Map<string, KeyWrite>
  /** By start, end and whether it is exhausted: of equal ones the first counts. */
  readonly ranges: Map<string, RangeRead>
  readonly collections: Map<string, Collection>
}

interface Collection {
  /** All by the plain key, in whose order Fabric writes their hashes. */
  readonly reads: Map<string, HashedRead>
  readonly writes: Map<string, HashedWrite>
  readonly privateWrites: Map<string, KeyWrite>
}

const nothing = new Uint8Array()

export function buildSets(): SetBuilder {
  const namespaces = new Map<string, Namespace>()
  const of = (namespace: string): Namespace => got(namespaces, namespace, newNamespace)
  const collectionOf = (namespace: string, collection: string): Collection =>
    got(of(namespace).collections, collection, newCollection)
  return {
    read: (namespace, key, version) => void of(namespace).reads.set(key, { key, ...(version && { version }) }),
    write: (namespace, key, value) => void of(namespace).writes.set(key, keyWrite(key, value)),
    range(namespace, range) {
      const { ranges } = of(namespace)
      const name = JSON.stringify([range.start, range.end, range.isExhausted])
      if (!ranges.has(name)) ranges.set(name, range)
    },
    hashedRead(namespace, collection, key, version) {
      collectionOf(namespace, collection).reads.set(key, { keyHash: sha256(key), ...(version && { version }) })
    },
    privateWrite(namespace, collection, { key, value, isPurge }) {
      const { writes, privateWrites } = collectionOf(namespace, collection)
      const write = keyWrite(key, value)
      const valueHash = write.isDelete ? nothing : sha256(value)
      privateWrites.set(key, write)
      writes.set(key, { keyHash: sha256(key), isDelete: write.isDelete, valueHash, isPurge })
    },
    encode: () => encodeSets(namespaces),
  }
}

function encodeSets(namespaces: ReadonlyMap<string, Namespace>): ReturnType<SetBuilder['encode']> {
  const privateSets: PrivateSet[] = []
  const sets = sorted(namespaces).map(([namespace, { reads, writes, ranges, collections }]) => ({
    namespace,
    reads: sortedValues(reads),
    ranges: [...ranges.values()],
    writes: sortedValues(writes),
    metadataWrites: [],
    collections: sorted(collections).map(([collection, set]): CollectionHashes => {
      const bytes = privateBytes(set)
      if (bytes) privateSets.push({ namespace, collection, writes: bytes })
      return {
        collection,
        hashedReads: sortedValues(set.reads),
        hashedWrites: sortedValues(set.writes),
        hashedMetadataWrites: [],
        privateHash: bytes ? sha256(bytes) : nothing,
      }
    }),
  }))
  return {
    public: encodeReadWriteSet(sets),
    sets,
    ...(privateSets.length > 0 && { private: encodePrivateSets(privateSets) }),
  }
}

function privateBytes({ privateWrites }: Collection): Uint8Array | undefined {
  if (privateWrites.size === 0) return undefined
  return encodeKeyValueSet({ reads: [], ranges: [], writes: sortedValues(privateWrites), metadataWrites: [] })
}

/** An empty value deletes, as in Fabric. */
const keyWrite = (key: string, value: Uint8Array): KeyWrite => ({ key, isDelete: value.length === 0, value })

const sorted = <Value>(map: ReadonlyMap<string, Value>): [string, Value][] =>
  [...map].sort(([left], [right]) => compareUtf8(left, right))

const sortedValues = <Value>(map: ReadonlyMap<string, Value>): Value[] => sorted(map).map(([, value]) => value)

function got<Value>(map: Map<string, Value>, name: string, make: () => Value): Value {
  const known = map.get(name)
  if (known) return known
  const made = make()
  map.set(name, made)
  return made
}

const newNamespace = (): Namespace => ({
  reads: new Map(),
  writes: new Map(),
  ranges: new Map(),
  collections: new Map(),
})

const newCollection = (): Collection => ({ reads: new Map(), writes: new Map(), privateWrites: new Map() })
