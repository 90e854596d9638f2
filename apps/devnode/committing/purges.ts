/** Private keys that a contract had purged: their values go from the state and from the private store's past. */
import type { NamespaceSet } from '../simulation/rwset.ts'
import { hashedKey, privateNamespace } from '../state/collection-namespace.ts'
import type { PrivateStore } from '../state/private-store.ts'
import type { StateReader, StateWrite } from '../state/world-state.ts'

export interface Purge {
  readonly namespace: string
  readonly collection: string
  readonly keyHash: Uint8Array
  readonly transaction: number
}

/** @param transactions with sets where they are valid */
export function purgesOf(
  transactions: readonly { readonly index: number; readonly sets?: readonly NamespaceSet[] }[],
): Purge[] {
  return transactions.flatMap(({ index, sets = [] }) =>
    sets.flatMap(({ namespace, collections }) =>
      collections.flatMap(({ collection, hashedWrites }) =>
        hashedWrites
          .filter(({ isPurge }) => isPurge)
          .map(({ keyHash }) => ({ namespace, collection, keyHash, transaction: index })),
      ),
    ),
  )
}

/** The block names keys by their hashes only: the key itself is looked for among those that are here. */
export function purgedStateWrites(purges: readonly Purge[], state: StateReader): StateWrite[] {
  return purges.flatMap(({ namespace: contract, collection, keyHash, transaction }) => {
    const namespace = privateNamespace(contract, collection)
    const key = keyBehind(Buffer.from(keyHash).toString('hex'), namespace, state)
    return key === undefined ? [] : [{ namespace, key, transaction }]
  })
}

/** @param hash hexadecimal SHA-256 of the key */
export function keyBehind(hash: string, namespace: string, state: StateReader): string | undefined {
  for (const { key } of state.range(namespace, { start: '', end: '' })) if (hashedKey(key) === hash) return key
  return undefined
}

export function purgeStore(purges: readonly Purge[], block: number, store: PrivateStore): void {
  for (const { namespace, collection, keyHash, transaction } of purges) {
    store.purge(namespace, collection, keyHash, { block, transaction })
  }
}
