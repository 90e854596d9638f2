import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { sha256 } from '../simulation/hashed-set.ts'
import { decodeKeyValueSet, encodeKeyValueSet } from '../simulation/key-value-set.ts'
import type { CommittedPrivateWrites, MissingPrivateWrites, PrivatePlace, PrivateStore } from './private-store.ts'
import { type InTransaction, transactionsOf } from './state-writing.ts'

const format = 1

const tables = `
  BEGIN;
  CREATE TABLE IF NOT EXISTS endorsed (
    id INTEGER PRIMARY KEY, tx_id TEXT NOT NULL, height INTEGER NOT NULL, writes BLOB NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS endorsed_by_transaction ON endorsed (tx_id);
  CREATE INDEX IF NOT EXISTS endorsed_by_height ON endorsed (height);
  CREATE TABLE IF NOT EXISTS committed (
    block INTEGER NOT NULL, place INTEGER NOT NULL, namespace TEXT NOT NULL, collection TEXT NOT NULL,
    writes BLOB NOT NULL, PRIMARY KEY (block, place, namespace, collection)) WITHOUT ROWID, STRICT;
  CREATE TABLE IF NOT EXISTS committed_keys (
    namespace TEXT NOT NULL, collection TEXT NOT NULL, key_hash BLOB NOT NULL, block INTEGER NOT NULL,
    place INTEGER NOT NULL, PRIMARY KEY (namespace, collection, key_hash, block, place)) WITHOUT ROWID, STRICT;
  CREATE TABLE IF NOT EXISTS missing (
    block INTEGER NOT NULL, place INTEGER NOT NULL, namespace TEXT NOT NULL, collection TEXT NOT NULL,
    tx_id TEXT NOT NULL, hash BLOB NOT NULL,
    PRIMARY KEY (block, place, namespace, collection)) WITHOUT ROWID, STRICT;
  PRAGMA user_version = ${format};
  COMMIT;`

/**
 * @param path of the file, whose folder exists, or `:memory:`
 * @throws Error naming the file where it is damaged or of another format, since nothing could rebuild it, or where another process has it open
 */
export function openPrivateStore(path: string): PrivateStore {
  const database = openChecked(path)
  const inTransaction = transactionsOf(database)
  return {
    ...endorsements(database, inTransaction),
    ...commits(database, inTransaction),
    ...purges(database, inTransaction),
    ...gaps(database, inTransaction),
    [Symbol.dispose]: () => database.close(),
  }
}

const oneCollection = 'WHERE block = ? AND place = ? AND namespace = ? AND collection = ?'

function endorsements(
  database: DatabaseSync,
  inTransaction: InTransaction,
): Pick<PrivateStore, 'keep' | 'endorsed' | 'forget'> {
  const keep = database.prepare('INSERT INTO endorsed (tx_id, height, writes) VALUES (?, ?, ?)')
  const find = database.prepare('SELECT writes FROM endorsed WHERE tx_id = ? ORDER BY id')
  const forgetBelow = database.prepare('DELETE FROM endorsed WHERE height < ?')
  const forget = database.prepare('DELETE FROM endorsed WHERE tx_id = ?')
  return {
    keep: (txId, writes, atHeight) => void keep.run(txId, atHeight, writes),
    endorsed: (txId) => find.all(txId).map(({ writes }) => bytesOf(writes)),
    forget: (txIds, belowHeight) =>
      inTransaction(() => {
        forgetBelow.run(belowHeight)
        for (const txId of txIds) forget.run(txId)
      }),
  }
}

function commits(database: DatabaseSync, inTransaction: InTransaction): Pick<PrivateStore, 'commit' | 'committed'> {
  const keys = '(namespace, collection, key_hash, block, place)'
  const add = database.prepare('INSERT OR REPLACE INTO committed VALUES (?, ?, ?, ?, ?)')
  const addKey = database.prepare(`INSERT OR IGNORE INTO committed_keys ${keys} VALUES (?, ?, ?, ?, ?)`)
  const find = database.prepare('SELECT place, namespace, collection, writes FROM committed WHERE block = ?')
  const found = database.prepare(`DELETE FROM missing ${oneCollection}`)
  return {
    commit(block, writes) {
      // No sync where there is nothing to keep: most blocks hold nothing private.
      if (writes.length === 0) return
      inTransaction(() => {
        for (const { transaction, namespace, collection, writes: bytes } of writes) {
          add.run(block, transaction, namespace, collection, bytes)
          found.run(block, transaction, namespace, collection)
          for (const { key } of decodeKeyValueSet(bytes).writes) {
            addKey.run(namespace, collection, sha256(key), block, transaction)
          }
        }
      })
    },
    committed: (block) => find.all(block).map(committedOf),
  }
}

function gaps(database: DatabaseSync, inTransaction: InTransaction): Pick<PrivateStore, 'miss' | 'missing'> {
  const add = database.prepare('INSERT OR IGNORE INTO missing VALUES (?, ?, ?, ?, ?, ?)')
  const oldest = database.prepare(`SELECT block, place, namespace, collection, tx_id, hash FROM missing
    ORDER BY block, place, namespace, collection LIMIT ?`)
  return {
    miss(block, writes) {
      if (writes.length === 0) return
      inTransaction(() => {
        for (const { transaction, namespace, collection, txId, hash } of writes) {
          add.run(block, transaction, namespace, collection, txId, hash)
        }
      })
    },
    missing: (limit) => oldest.all(limit).map(missingOf),
  }
}

function purges(database: DatabaseSync, inTransaction: InTransaction): Pick<PrivateStore, 'purge'> {
  const purging = `FROM committed_keys WHERE namespace = ? AND collection = ? AND key_hash = ? AND (block, place) <= (?, ?)`
  const findKey = database.prepare(`SELECT block, place ${purging}`)
  const dropKey = database.prepare(`DELETE ${purging}`)
  const read = database.prepare(`SELECT writes FROM committed ${oneCollection}`)
  const rewrite = database.prepare(`UPDATE committed SET writes = ? ${oneCollection}`)
  return {
    purge: (namespace, collection, keyHash, upTo) =>
      inTransaction(() => {
        const key = [namespace, collection, keyHash, upTo.block, upTo.transaction] as const
        for (const { block, place } of findKey.all(...key)) {
          const at = [Number(block), Number(place), namespace, collection] as const
          const writes = read.get(...at)?.writes
          if (writes !== undefined) rewrite.run(withoutKey(bytesOf(writes), keyHash), ...at)
        }
        dropKey.run(...key)
      }),
  }
}

function withoutKey(writes: Uint8Array, keyHash: Uint8Array): Uint8Array {
  const set = decodeKeyValueSet(writes)
  return encodeKeyValueSet({
    ...set,
    writes: set.writes.filter(({ key }) => Buffer.compare(sha256(key), keyHash) !== 0),
  })
}

/** What is committed here is in no block: each commit is synced, and a damaged file stops the start. */
function openChecked(path: string): DatabaseSync {
  if (path !== ':memory:' && !existsSync(path)) makeWhole(path)
  const database = new DatabaseSync(path)
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    database.exec('PRAGMA secure_delete = ON')
    if (formatOf(database) === 0) database.exec(tables)
    return database
  } catch (error) {
    database.close()
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${path}, which holds private data, cannot be opened: ${reason}`, { cause: error })
  }
}

/** 0: it has no tables yet. @throws Error saying what is wrong with it */
function formatOf(database: DatabaseSync): number {
  const { quick_check: verdict } = database.prepare('PRAGMA quick_check(1)').get() ?? {}
  if (verdict !== 'ok') throw new Error(String(verdict))
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version)
  if (version !== 0 && version !== format) throw new Error(`it has format ${version}, and ${format} is read`)
  return version
}

/**
 * A file that grows in its place is synced seven times until it has tables. It is made beside it instead, synced once and moved;
 * the folder is synced by the first commit, for its log.
 */
function makeWhole(path: string): void {
  const making = `${path}.new`
  for (const name of [making, `${making}-wal`, `${making}-shm`]) rmSync(name, { force: true })
  const database = new DatabaseSync(making)
  try {
    database.exec('PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL')
    database.exec(tables)
  } finally {
    database.close()
  }
  const file = openSync(making, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(making, path)
}

const bytesOf = (column: unknown): Uint8Array => (column instanceof Uint8Array ? column : new Uint8Array())

const placeOf = (row: Record<string, unknown>): PrivatePlace => ({
  transaction: Number(row.place),
  namespace: String(row.namespace),
  collection: String(row.collection),
})

const missingOf = (row: Record<string, unknown>): MissingPrivateWrites & { readonly block: number } => ({
  block: Number(row.block),
  ...placeOf(row),
  txId: String(row.tx_id),
  hash: bytesOf(row.hash),
})

const committedOf = (row: Record<string, unknown>): CommittedPrivateWrites => ({
  ...placeOf(row),
  writes: bytesOf(row.writes),
})
