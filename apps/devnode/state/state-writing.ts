import type { DatabaseSync } from 'node:sqlite'
import { hashedKey, hashedNamespace, privateNamespace } from './collection-namespace.ts'
import type { LatePrivateWrite, StateReader, StateUpdate, StateWrite } from './world-state.ts'

export type InTransaction = (act: () => void) => void

/** One SQL transaction: all of it, or nothing and the error. */
export function transactionsOf(database: DatabaseSync): InTransaction {
  return (act) => {
    database.exec('BEGIN')
    try {
      act()
      database.exec('COMMIT')
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK')
      throw error
    }
  }
}

/** @returns what applies one block in one SQL transaction */
export function applyingOf(database: DatabaseSync): (block: StateUpdate) => void {
  const addBlock = database.prepare('INSERT INTO blocks (number, hash) VALUES (?, ?)')
  const addTransaction = database.prepare(
    'INSERT INTO transactions (tx_id, block, place, code) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
  )
  const write = writingOf(database)
  const inTransaction = transactionsOf(database)
  return (block) =>
    inTransaction(() => {
      addBlock.run(block.number, block.hash)
      for (const { txId, transaction, code } of block.transactions) {
        addTransaction.run(txId, block.number, transaction, code)
      }
      for (const each of block.writes) write(block.number, each)
    })
}

/** @returns what takes private values in that came late, and leaves out those that were overtaken */
export function fillingOf(
  database: DatabaseSync,
  get: StateReader['get'],
): (writes: readonly LatePrivateWrite[]) => void {
  const write = writingOf(database)
  const inTransaction = transactionsOf(database)
  return (writes) =>
    inTransaction(() => {
      for (const { contract, collection, key, version, value } of writes) {
        const hash = get(hashedNamespace(contract, collection), hashedKey(key))?.version
        const isCurrent = value
          ? hash?.block === version.block && hash.transaction === version.transaction
          : hash === undefined
        const namespace = privateNamespace(contract, collection)
        const { block, transaction } = version
        if (isCurrent) write(block, { namespace, key, transaction, ...(value && { value }) })
      }
    })
}

function writingOf(database: DatabaseSync): (block: number, write: StateWrite) => void {
  const put =
    database.prepare(`INSERT INTO state (namespace, key, value, block, place, metadata) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET value = excluded.value, block = excluded.block, place = excluded.place,
      metadata = coalesce(excluded.metadata, metadata)`)
  const remove = database.prepare('DELETE FROM state WHERE namespace = ? AND key = ?')
  const remember = database.prepare(`INSERT INTO history (namespace, key, block, place, tx_id, seconds, nanos, value)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET tx_id = excluded.tx_id, seconds = excluded.seconds,
      nanos = excluded.nanos, value = excluded.value`)
  return (block, { namespace, key, transaction, value, metadata, change }) => {
    if (value === undefined) remove.run(namespace, key)
    else put.run(namespace, key, value, block, transaction, metadata ?? null)
    if (change === undefined) return
    const { seconds, nanos } = change.timestamp
    remember.run(namespace, key, block, transaction, change.txId, seconds, nanos, value ?? null)
  }
}
