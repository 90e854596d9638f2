/**
 * What a transaction read and would write, as it lies in the transaction: `rwset.TxReadWriteSet` and what is encoded inside
 * it, each level with its parts in the order that Fabric's encoder gives them.
 */

import { decode } from '@cello/fabric/codec'
import { ledger } from '@hyperledger/fabric-protos'
import { decodeHashedSet, encodeHashedSet, type HashedSet } from './hashed-set.ts'
import { decodeKeyValueSet, encodeKeyValueSet, type KeyValueSet } from './key-value-set.ts'

const { NsReadWriteSet, TxReadWriteSet, CollectionHashedReadWriteSet } = ledger.rwset
const { NsPvtReadWriteSet, TxPvtReadWriteSet, CollectionPvtReadWriteSet } = ledger.rwset

/** `rwset.NsReadWriteSet`. */
export interface NamespaceSet extends KeyValueSet {
  readonly namespace: string
  readonly collections: readonly CollectionHashes[]
}

/** `rwset.CollectionHashedReadWriteSet`: of private data, what all peers may see. */
export interface CollectionHashes extends HashedSet {
  readonly collection: string
  /** SHA-256 of the encoded private writes; empty where there are none. */
  readonly privateHash: Uint8Array
}

/** `rwset.CollectionPvtReadWriteSet`. */
export interface PrivateSet {
  readonly namespace: string
  readonly collection: string
  /** Encoded `kvrwset.KVRWSet`, whose hash is in the public set. */
  readonly writes: Uint8Array
}

export function encodeReadWriteSet(namespaces: readonly NamespaceSet[]): Uint8Array {
  const message = new TxReadWriteSet()
  message.setNsRwsetList(namespaces.map(namespaceMessage))
  return message.serializeBinary()
}

/** @throws Error where the bytes are no read-write set */
export function decodeReadWriteSet(bytes: Uint8Array): readonly NamespaceSet[] {
  return decode(TxReadWriteSet, bytes)
    .getNsRwsetList()
    .map((each) => ({
      namespace: each.getNamespace(),
      ...decodeKeyValueSet(each.getRwset_asU8()),
      collections: each.getCollectionHashedRwsetList().map((collection) => ({
        collection: collection.getCollectionName(),
        ...decodeHashedSet(collection.getHashedRwset_asU8()),
        privateHash: collection.getPvtRwsetHash_asU8(),
      })),
    }))
}

/** @param sets ordered by namespace and collection */
export function encodePrivateSets(sets: readonly PrivateSet[]): Uint8Array {
  const message = new TxPvtReadWriteSet()
  let last: InstanceType<typeof NsPvtReadWriteSet> | undefined
  for (const { namespace, collection, writes } of sets) {
    if (last?.getNamespace() !== namespace) {
      last = new NsPvtReadWriteSet()
      last.setNamespace(namespace)
      message.addNsPvtRwset(last)
    }
    const each = new CollectionPvtReadWriteSet()
    each.setCollectionName(collection)
    each.setRwset(writes)
    last.addCollectionPvtRwset(each)
  }
  return message.serializeBinary()
}

/** @throws Error where the bytes are no `rwset.TxPvtReadWriteSet` */
export function decodePrivateSets(bytes: Uint8Array): readonly PrivateSet[] {
  return decode(TxPvtReadWriteSet, bytes)
    .getNsPvtRwsetList()
    .flatMap((each) =>
      each.getCollectionPvtRwsetList().map((collection) => ({
        namespace: each.getNamespace(),
        collection: collection.getCollectionName(),
        writes: collection.getRwset_asU8(),
      })),
    )
}

function namespaceMessage(set: NamespaceSet): InstanceType<typeof NsReadWriteSet> {
  const message = new NsReadWriteSet()
  message.setNamespace(set.namespace)
  message.setRwset(encodeKeyValueSet(set))
  message.setCollectionHashedRwsetList(
    set.collections.map((collection) => {
      const each = new CollectionHashedReadWriteSet()
      each.setCollectionName(collection.collection)
      each.setHashedRwset(encodeHashedSet(collection))
      each.setPvtRwsetHash(collection.privateHash)
      return each
    }),
  )
  return message
}
