import { decodeKeyValueSet, isDelete } from '../simulation/key-value-set.ts'
import type { NamespaceSet } from '../simulation/rwset.ts'
import { privateNamespace } from '../state/collection-namespace.ts'
import type { CommittedPrivateWrites } from '../state/private-store.ts'
import type { StateWrite } from '../state/world-state.ts'

/** Transactions whose endorsed values need not be kept any longer. */
export function settledIds(
  transactions: readonly { readonly txId: string; readonly sets?: readonly NamespaceSet[] }[],
): string[] {
  const isPrivate = ({ collections }: NamespaceSet) => collections.some(({ privateHash }) => privateHash.length > 0)
  return transactions.filter(({ sets = [] }) => sets.some(isPrivate)).map(({ txId }) => txId)
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
