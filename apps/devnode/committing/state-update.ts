import type { BlockParts } from '../ledger/block-parts.ts'
import type { StateUpdate, StateWrite } from '../state/world-state.ts'
import type { BlockTransaction } from '../validation/block-transaction.ts'
import type { PendingState } from '../validation/pending-state.ts'

export interface DecidedBlock {
  readonly parts: BlockParts
  readonly transactions: readonly (BlockTransaction & { readonly code: number })[]
  readonly pending: PendingState
}

/** What a block does to the state. @param more what else it changes: private values, purges, expiries */
export function stateUpdate({ parts, transactions, pending }: DecidedBlock, more: readonly StateWrite[]): StateUpdate {
  const named = transactions.filter(({ indexedId }) => indexedId !== '')
  return {
    number: parts.number,
    hash: parts.hash,
    transactions: named.map(({ indexedId, index, code }) => ({ txId: indexedId, transaction: index, code })),
    writes: [...publicWrites(pending, transactions), ...more],
  }
}

function publicWrites(pending: PendingState, transactions: readonly BlockTransaction[]): StateWrite[] {
  return pending.log.map(({ namespace, key, value, metadata, version, changesValue }) => {
    const { transaction } = version
    const by = transactions[transaction]
    const isKept = changesValue && by && namespace !== '' && !pending.collections.has(namespace)
    return {
      namespace,
      key,
      transaction,
      ...(value ? { value } : {}),
      ...(metadata ? { metadata } : {}),
      ...(isKept ? { change: { txId: by.txId, timestamp: by.timestamp } } : {}),
    }
  })
}
