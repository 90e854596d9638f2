import { DatabaseSync } from 'node:sqlite'
import { findState, markClosed, markOpen, removeState } from './unclean-stop.ts'

/** Raised with each change of the tables: a state of another format is made again from the blocks. */
const format = 1

const tables = `
  BEGIN;
  CREATE TABLE IF NOT EXISTS state (
    namespace TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
    block INTEGER NOT NULL, place INTEGER NOT NULL, metadata BLOB,
    PRIMARY KEY (namespace, key)) WITHOUT ROWID, STRICT;
  CREATE TABLE IF NOT EXISTS history (
    namespace TEXT NOT NULL, key TEXT NOT NULL, block INTEGER NOT NULL, place INTEGER NOT NULL,
    tx_id TEXT NOT NULL, seconds REAL NOT NULL, nanos INTEGER NOT NULL, value BLOB,
    PRIMARY KEY (namespace, key, block, place)) WITHOUT ROWID, STRICT;
  CREATE TABLE IF NOT EXISTS transactions (
    tx_id TEXT PRIMARY KEY, block INTEGER NOT NULL, place INTEGER NOT NULL, code INTEGER NOT NULL) WITHOUT ROWID, STRICT;
  CREATE TABLE IF NOT EXISTS blocks (number INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE) STRICT;
  PRAGMA user_version = ${format};
  COMMIT;`

export interface StateDatabase extends Disposable {
  readonly database: DatabaseSync
  /** Why an earlier file was thrown away; absent where it was whole, or there was none. */
  readonly damage?: string
}

/** @param path of the file, or `:memory:` @throws Error where another process has it open, or it cannot be written */
export function openStateDatabase(path: string): StateDatabase {
  if (path === ':memory:') {
    const database = open(path)
    return { database, [Symbol.dispose]: () => database.close() }
  }
  const found = findState(path)
  const damage = typeof found === 'object' ? found.damage : damageIn(path, found)
  if (damage !== undefined) removeState(path)
  markOpen(path)
  const database = open(path)
  return {
    database,
    ...(damage === undefined ? {} : { damage }),
    [Symbol.dispose]: () => {
      // The whole of it into the one file, whose checksum is then taken.
      database.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE')
      database.close()
      markClosed(path)
    },
  }
}

/**
 * synchronous OFF: each block is one SQL transaction, and a kill -9 leaves what was written with the operating system. A
 * crash of the machine is noticed at the next start, and all of this made again from the blocks, which are synced.
 */
function open(path: string): DatabaseSync {
  const database = new DatabaseSync(path)
  try {
    // In this order: a change of the journal's mode is synced too.
    database.exec('PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL')
    database.exec(tables)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function damageIn(path: string, found: 'absent' | 'whole' | 'killed'): string | undefined {
  if (found === 'absent') return undefined
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path)
    return formatDamage(database) ?? (found === 'killed' ? structureDamage(database) : undefined)
  } catch (error) {
    if (isBusy(error)) throw error
    return String(error)
  } finally {
    database?.close()
  }
}

function formatDamage(database: DatabaseSync): string | undefined {
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version)
  // 0: it was killed before its tables were made, which is one transaction.
  return version === format || version === 0 ? undefined : `it has format ${version}, and ${format} is read`
}

function structureDamage(database: DatabaseSync): string | undefined {
  const verdict = database.prepare('PRAGMA quick_check(1)').get()?.quick_check
  return verdict === 'ok' ? undefined : String(verdict)
}

/** SQLITE_BUSY: another process has it open, which is no damage. */
const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === 5
