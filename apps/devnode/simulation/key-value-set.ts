import { decode } from '@cello/fabric/codec'
import { ledger } from '@hyperledger/fabric-protos'
import type { Version } from '../state/world-state.ts'

const { kvrwset } = ledger.rwset
type Message<Name extends keyof typeof kvrwset> = InstanceType<(typeof kvrwset)[Name]>

/** `kvrwset.KVRWSet`: of one namespace. */
export interface KeyValueSet {
  readonly reads: readonly KeyRead[]
  readonly ranges: readonly RangeRead[]
  readonly writes: readonly KeyWrite[]
  readonly metadataWrites: readonly MetadataWrite[]
}

export interface KeyRead {
  readonly key: string
  /** Absent: there was no such key. */
  readonly version?: Version
}

/** `kvrwset.RangeQueryInfo`: all that a range query found; only one of the two where it found any. */
export interface RangeRead {
  readonly start: string
  /** Where the query ended, or the last key that was taken from it. */
  readonly end: string
  readonly isExhausted: boolean
  readonly reads?: readonly KeyRead[]
  readonly summary?: ReadsSummary
}

/** `kvrwset.QueryReadsMerkleSummary`. */
export interface ReadsSummary {
  readonly maxDegree: number
  readonly maxLevel: number
  readonly maxLevelHashes: readonly Uint8Array[]
}

export interface KeyWrite {
  readonly key: string
  /** Also told by an empty value: see `isDelete` for both. */
  readonly isDelete: boolean
  readonly value: Uint8Array
}

export interface MetadataWrite {
  readonly key: string
  readonly entries: readonly MetadataEntry[]
}

export interface MetadataEntry {
  readonly name: string
  readonly value: Uint8Array
}

/** Fabric deletes a key also where its value is empty, FAB-18386. */
export const isDelete = (write: KeyWrite): boolean => write.isDelete || write.value.length === 0

export function encodeKeyValueSet(set: KeyValueSet): Uint8Array {
  const message = new kvrwset.KVRWSet()
  message.setReadsList(set.reads.map(readMessage))
  message.setRangeQueriesInfoList(set.ranges.map(rangeMessage))
  message.setWritesList(set.writes.map(writeMessage))
  message.setMetadataWritesList(
    set.metadataWrites.map(({ key, entries }) => {
      const write = new kvrwset.KVMetadataWrite()
      write.setKey(key)
      write.setEntriesList(entries.map(entryMessage))
      return write
    }),
  )
  return message.serializeBinary()
}

/** @throws Error where the bytes are no `kvrwset.KVRWSet` */
export function decodeKeyValueSet(bytes: Uint8Array): KeyValueSet {
  const message = decode(kvrwset.KVRWSet, bytes)
  return {
    reads: message.getReadsList().map(readOf),
    ranges: message.getRangeQueriesInfoList().map(rangeOf),
    writes: message.getWritesList().map((write) => ({
      key: write.getKey(),
      isDelete: write.getIsDelete(),
      value: write.getValue_asU8(),
    })),
    metadataWrites: message.getMetadataWritesList().map((write) => ({
      key: write.getKey(),
      entries: write.getEntriesList().map(entryOf),
    })),
  }
}

/** `kvrwset.QueryReads`, whose hash is a leaf of the Merkle tree. */
export const encodeReads = (reads: readonly KeyRead[]): Uint8Array => readsMessage(reads).serializeBinary()

export function versionMessage(version: Version | undefined): Message<'Version'> | undefined {
  if (version === undefined) return undefined
  const message = new kvrwset.Version()
  message.setBlockNum(version.block)
  message.setTxNum(version.transaction)
  return message
}

export const versionOf = (message: Message<'Version'> | undefined): { version?: Version } =>
  message === undefined ? {} : { version: { block: message.getBlockNum(), transaction: message.getTxNum() } }

export function entryMessage({ name, value }: MetadataEntry): Message<'KVMetadataEntry'> {
  const message = new kvrwset.KVMetadataEntry()
  message.setName(name)
  message.setValue(value)
  return message
}

export const entryOf = (message: Message<'KVMetadataEntry'>): MetadataEntry => ({
  name: message.getName(),
  value: message.getValue_asU8(),
})

function readMessage({ key, version }: KeyRead): Message<'KVRead'> {
  const message = new kvrwset.KVRead()
  message.setKey(key)
  message.setVersion(versionMessage(version))
  return message
}

const readOf = (message: Message<'KVRead'>): KeyRead => ({ key: message.getKey(), ...versionOf(message.getVersion()) })

function readsMessage(reads: readonly KeyRead[]): Message<'QueryReads'> {
  const message = new kvrwset.QueryReads()
  message.setKvReadsList(reads.map(readMessage))
  return message
}

function writeMessage(write: KeyWrite): Message<'KVWrite'> {
  const message = new kvrwset.KVWrite()
  message.setKey(write.key)
  message.setIsDelete(write.isDelete)
  message.setValue(write.value)
  return message
}

function rangeMessage(range: RangeRead): Message<'RangeQueryInfo'> {
  const message = new kvrwset.RangeQueryInfo()
  message.setStartKey(range.start)
  message.setEndKey(range.end)
  message.setItrExhausted(range.isExhausted)
  if (range.reads) message.setRawReads(readsMessage(range.reads))
  if (range.summary) {
    const summary = new kvrwset.QueryReadsMerkleSummary()
    summary.setMaxDegree(range.summary.maxDegree)
    summary.setMaxLevel(range.summary.maxLevel)
    summary.setMaxLevelHashesList([...range.summary.maxLevelHashes])
    message.setReadsMerkleHashes(summary)
  }
  return message
}

function rangeOf(message: Message<'RangeQueryInfo'>): RangeRead {
  const raw = message.getRawReads()
  const summary = message.getReadsMerkleHashes()
  return {
    start: message.getStartKey(),
    end: message.getEndKey(),
    isExhausted: message.getItrExhausted(),
    ...(raw && { reads: raw.getKvReadsList().map(readOf) }),
    ...(summary && {
      summary: {
        maxDegree: summary.getMaxDegree(),
        maxLevel: summary.getMaxLevel(),
        maxLevelHashes: summary.getMaxLevelHashesList_asU8(),
      },
    }),
  }
}

/** Metadata as the state keeps it: entries of a `kvrwset.KVMetadataWrite`. */
export function decodeMetadata(bytes: Uint8Array | undefined): ReadonlyMap<string, Uint8Array> {
  if (bytes === undefined) return new Map()
  const entries = decode(kvrwset.KVMetadataWrite, bytes).getEntriesList().map(entryOf)
  return new Map(entries.map(({ name, value }) => [name, value]))
}
