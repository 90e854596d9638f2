import { createHash } from 'node:crypto'
import { decode } from '@cello/fabric/codec'
import { ledger } from '@hyperledger/fabric-protos'
import type { Version } from '../state/world-state.ts'
import { entryMessage, entryOf, type MetadataEntry, versionMessage, versionOf } from './key-value-set.ts'

const { kvrwset } = ledger.rwset

/** `kvrwset.HashedRWSet`: of one collection. */
export interface HashedSet {
  readonly hashedReads: readonly HashedRead[]
  readonly hashedWrites: readonly HashedWrite[]
  readonly hashedMetadataWrites: readonly HashedMetadataWrite[]
}

export interface HashedRead {
  /** SHA-256 of the key. */
  readonly keyHash: Uint8Array
  /** Absent: there was no such key. */
  readonly version?: Version
}

export interface HashedWrite {
  readonly keyHash: Uint8Array
  readonly isDelete: boolean
  /** SHA-256 of the value; empty for a delete. */
  readonly valueHash: Uint8Array
  /** A delete that also takes the key's past out of every private store. */
  readonly isPurge: boolean
}

export interface HashedMetadataWrite {
  readonly keyHash: Uint8Array
  readonly entries: readonly MetadataEntry[]
}

export const sha256 = (data: string | Uint8Array): Uint8Array => createHash('sha256').update(data).digest()

const hashOfNothing = sha256('')

/** As `isDelete` of a plain write, by the hash of its value. */
export const isHashedDelete = ({ isDelete, valueHash }: HashedWrite): boolean =>
  isDelete || valueHash.length === 0 || Buffer.compare(valueHash, hashOfNothing) === 0

export function encodeHashedSet(set: HashedSet): Uint8Array {
  const message = new kvrwset.HashedRWSet()
  for (const { keyHash, version } of set.hashedReads) {
    const read = new kvrwset.KVReadHash()
    read.setKeyHash(keyHash)
    read.setVersion(versionMessage(version))
    message.addHashedReads(read)
  }
  for (const { keyHash, isDelete, valueHash, isPurge } of set.hashedWrites) {
    const write = new kvrwset.KVWriteHash()
    write.setKeyHash(keyHash)
    write.setIsDelete(isDelete)
    write.setValueHash(valueHash)
    write.setIsPurge(isPurge)
    message.addHashedWrites(write)
  }
  for (const { keyHash, entries } of set.hashedMetadataWrites) {
    const write = new kvrwset.KVMetadataWriteHash()
    write.setKeyHash(keyHash)
    write.setEntriesList(entries.map(entryMessage))
    message.addMetadataWrites(write)
  }
  return message.serializeBinary()
}

/** @throws Error where the bytes are no `kvrwset.HashedRWSet` */
export function decodeHashedSet(bytes: Uint8Array): HashedSet {
  const message = decode(kvrwset.HashedRWSet, bytes)
  return {
    hashedReads: message.getHashedReadsList().map((read) => ({
      keyHash: read.getKeyHash_asU8(),
      ...versionOf(read.getVersion()),
    })),
    hashedWrites: message.getHashedWritesList().map((write) => ({
      keyHash: write.getKeyHash_asU8(),
      isDelete: write.getIsDelete(),
      valueHash: write.getValueHash_asU8(),
      isPurge: write.getIsPurge(),
    })),
    hashedMetadataWrites: message.getMetadataWritesList().map((write) => ({
      keyHash: write.getKeyHash_asU8(),
      entries: write.getEntriesList().map(entryOf),
    })),
  }
}
