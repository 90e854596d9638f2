import type { DatabaseSync } from 'node:sqlite'
import type { StateUpdate, StateWrite } from './world-state.ts'

/** @returns what applies one block in one SQL transaction */
export function applyingOf(database: DatabaseSync): (block: StateUpdate) => void {
  const addBlock = database.prepare('INSERT INTO blocks (number, hash) VALUES (?, ?)')
  const addTransaction = database.prepare(
    'INSERT INTO transactions (tx_id, block, place, code) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
  )
  const write = writingOf(database)
  return (block) => {
    database.exec('BEGIN')
    try {
      addBlock.run(block.number, block.hash)
      for (const { txId, transaction, code } of block.transactions) {
        addTransaction.run(txId, block.number, transaction, code)
      }
      for (const each of block.writes) write(block.number, each)
      database.exec('COMMIT')
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK')
      throw error
    }
  }
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
