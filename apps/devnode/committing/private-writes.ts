/** The private values behind the hashes in a block: of this organization's collections, as this peer endorsed them. */

import { sha256 } from '../simulation/hashed-set.ts'
import { decodeKeyValueSet, isDelete } from '../simulation/key-value-set.ts'
import { decodePrivateSets, type PrivateSet } from '../simulation/rwset.ts'
import { privateNamespace } from '../state/collection-namespace.ts'
import type { CommittedPrivateWrites, PrivateStore } from '../state/private-store.ts'
import type { StateWrite } from '../state/world-state.ts'
import type { ValidatedTransaction } from '../validation/validate-block.ts'
import { type CollectionSources, isMember } from './contract-collections.ts'

export interface PrivateSources extends CollectionSources {
  readonly privateData: PrivateStore
  /** The peer's own organization. */
  readonly mspId: string
}

/** Values that are not here are left out: the devnode's peers send each other none. */
export function privateWritesOf(
  transactions: readonly ValidatedTransaction[],
  sources: PrivateSources,
): CommittedPrivateWrites[] {
  return transactions.flatMap((one) => {
    const wanted = hashedCollections(one).filter(({ namespace, collection }) =>
      isMember(sources, namespace, collection, sources.mspId),
    )
    if (wanted.length === 0) return []
    const here = sources.privateData.endorsed(one.txId).flatMap(decodePrivateSets)
    return wanted.flatMap((hashed) => {
      const found = here.find((set) => isBehind(set, hashed))
      return found ? [{ transaction: one.index, ...found }] : []
    })
  })
}

interface HashedCollection {
  readonly namespace: string
  readonly collection: string
  readonly hash: Uint8Array
}

function hashedCollections({ sets = [] }: ValidatedTransaction): HashedCollection[] {
  return sets.flatMap(({ namespace, collections }) =>
    collections
      .filter(({ privateHash }) => privateHash.length > 0)
      .map(({ collection, privateHash: hash }) => ({ namespace, collection, hash })),
  )
}

const isBehind = (set: PrivateSet, { namespace, collection, hash }: HashedCollection): boolean =>
  set.namespace === namespace && set.collection === collection && Buffer.compare(sha256(set.writes), hash) === 0

/** Transactions whose endorsed values need not be kept any longer. */
export function settledIds(transactions: readonly ValidatedTransaction[]): string[] {
  return transactions.filter((one) => hashedCollections(one).length > 0).map(({ txId }) => txId)
}

/** What private values change in the state. */
export function privateStateWrites(writes: readonly CommittedPrivateWrites[]): StateWrite[] {
  return writes.flatMap(({ namespace, collection, transaction, writes: encoded }) =>
    decodeKeyValueSet(encoded).writes.map((write) => ({
      namespace: privateNamespace(namespace, collection),
      key: write.key,
      transaction,
      ...(isDelete(write) ? {} : { value: write.value }),
    })),
  )
}
