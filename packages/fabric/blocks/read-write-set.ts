import { ledger } from '@hyperledger/fabric-protos'
import { toHex } from '../codec/bytes.ts'
import { decode } from '../codec/decode.ts'
import { type BytesText, bytesText } from './bytes-text.ts'

const { kvrwset } = ledger.rwset

/** Where a value was written that a transaction read; `null`: the key was absent. */
export type ReadVersion = { readonly block: number; readonly transaction: number } | null

/** What a transaction read and wrote in one namespace (a contract's name). */
export interface NamespaceAccess {
  readonly namespace: string
  readonly reads: readonly { readonly key: string; readonly version: ReadVersion }[]
  readonly rangeReads: readonly RangeRead[]
  readonly writes: readonly Write[]
  /** Keys whose metadata (endorsement policies of single keys) were set, with the entries' names. */
  readonly metadataWrites: readonly { readonly key: string; readonly entries: readonly string[] }[]
  readonly collections: readonly CollectionAccess[]
}

export type Write =
  | { readonly key: string; readonly deleted: true }
  | { readonly key: string; readonly value: BytesText }

export interface RangeRead {
  readonly startKey: string
  readonly endKey: string
  /** Whether the contract read to the end of the range. */
  readonly exhausted: boolean
  /** Keys read; absent where the peer kept only hashes of them. */
  readonly reads?: readonly { readonly key: string; readonly version: ReadVersion }[]
}

/** Private data: hashes only, hexadecimal SHA-256. */
export interface CollectionAccess {
  readonly collection: string
  readonly reads: readonly { readonly keyHash: string; readonly version: ReadVersion }[]
  readonly writes: readonly HashedWrite[]
  /** As a namespace's `metadataWrites`; absent where there are none. */
  readonly metadataWrites?: readonly { readonly keyHash: string; readonly entries: readonly string[] }[]
  /** Hash over the collection's whole private write set. */
  readonly privateHash: string
}

export interface HashedWrite {
  readonly keyHash: string
  /** Absent for a deletion. */
  readonly valueHash?: string
  readonly deleted?: true
  /** Removed from every peer's history too. */
  readonly purged?: true
}

/** The read-write set of a transaction (an encoded `rwset.TxReadWriteSet`). */
export function describeAccess(results: Uint8Array): readonly NamespaceAccess[] {
  return decode(ledger.rwset.TxReadWriteSet, results)
    .getNsRwsetList()
    .map((access) => {
      const set = decode(kvrwset.KVRWSet, access.getRwset_asU8())
      return {
        namespace: access.getNamespace(),
        reads: set.getReadsList().map(readOf),
        rangeReads: set.getRangeQueriesInfoList().map(rangeOf),
        writes: set.getWritesList().map(writeOf),
        metadataWrites: set.getMetadataWritesList().map((write) => ({
          key: write.getKey(),
          entries: write.getEntriesList().map((entry) => entry.getName()),
        })),
        collections: access.getCollectionHashedRwsetList().map(collectionOf),
      }
    })
}

function versionOf(version: ledger.rwset.kvrwset.Version | undefined): ReadVersion {
  return version ? { block: version.getBlockNum(), transaction: version.getTxNum() } : null
}

function readOf(read: ledger.rwset.kvrwset.KVRead) {
  return { key: read.getKey(), version: versionOf(read.getVersion()) }
}

function writeOf(write: ledger.rwset.kvrwset.KVWrite): Write {
  if (write.getIsDelete()) return { key: write.getKey(), deleted: true }
  return { key: write.getKey(), value: bytesText(write.getValue_asU8()) }
}

function rangeOf(range: ledger.rwset.kvrwset.RangeQueryInfo): RangeRead {
  const raw = range.getRawReads()
  return {
    startKey: range.getStartKey(),
    endKey: range.getEndKey(),
    exhausted: range.getItrExhausted(),
    ...(raw ? { reads: raw.getKvReadsList().map(readOf) } : {}),
  }
}

function collectionOf(collection: ledger.rwset.CollectionHashedReadWriteSet): CollectionAccess {
  const set = decode(kvrwset.HashedRWSet, collection.getHashedRwset_asU8())
  const metadataWrites = set.getMetadataWritesList().map((write) => ({
    keyHash: toHex(write.getKeyHash_asU8()),
    entries: write.getEntriesList().map((entry) => entry.getName()),
  }))
  return {
    collection: collection.getCollectionName(),
    reads: set.getHashedReadsList().map((read) => ({
      keyHash: toHex(read.getKeyHash_asU8()),
      version: versionOf(read.getVersion()),
    })),
    writes: set.getHashedWritesList().map((write) => ({
      keyHash: toHex(write.getKeyHash_asU8()),
      ...(write.getIsDelete() ? { deleted: true as const } : { valueHash: toHex(write.getValueHash_asU8()) }),
      ...(write.getIsPurge() ? { purged: true as const } : {}),
    })),
    ...(metadataWrites.length > 0 ? { metadataWrites } : {}),
    privateHash: toHex(collection.getPvtRwsetHash_asU8()),
  }
}
