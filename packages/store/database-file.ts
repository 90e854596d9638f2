import { chmodSync, closeSync, existsSync, openSync } from 'node:fs'
import Database from 'better-sqlite3'

/** Before this version two connections could corrupt the log (sqlite.org/wal.html#walresetbug). */
const oldestSqlite = [3, 51, 3] as const

/** Kibibytes of page cache; the database of thousands of networks is a few tens of MiB, and the kernel caches it as well. */
const cacheKiB = { writer: 2048, reader: 4096 } as const

/**
 * The writing connection of a database file, made with mode 0600 where there is none. After an unclean stop, which leaves
 * the log behind, the whole file is checked first.
 * @throws Error when SQLite is too old or the check finds something.
 */
export function openWriter(file: string): Database.Database {
  checkVersion()
  const wasUnclean = existsSync(`${file}-wal`)
  // SQLite gives its log and shared memory the mode of the database.
  closeSync(openSync(file, 'a', 0o600))
  chmodSync(file, 0o600)
  const database = new Database(file)
  try {
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    database.pragma('foreign_keys = ON')
    // Bounds the log file after a burst, bytes.
    database.pragma('journal_size_limit = 8388608')
    database.pragma('temp_store = MEMORY')
    database.pragma(`cache_size = -${cacheKiB.writer}`)
    if (wasUnclean) checkIntegrity(database)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

export function openReader(file: string): Database.Database {
  const database = new Database(file, { readonly: true, fileMustExist: true })
  database.pragma(`cache_size = -${cacheKiB.reader}`)
  return database
}

function checkIntegrity(database: Database.Database): void {
  const found = database.prepare<[], { integrity_check: string }>('PRAGMA integrity_check(5)').all()
  const texts = found.map((row) => row.integrity_check)
  const orphans = database.prepare<[], { table: string }>('PRAGMA foreign_key_check').all()
  if (orphans.length > 0) texts.push(`${orphans.length} rows refer to rows that are not there`)
  if (texts.length === 1 && texts[0] === 'ok') return
  throw new Error(
    `The database ${database.name} is damaged (${texts.filter((text) => text !== 'ok').join('; ')}); restore a copy of it.`,
  )
}

function checkVersion(): void {
  const database = new Database(':memory:')
  const row = database.prepare<[], { version: string }>('SELECT sqlite_version() AS version').get()
  database.close()
  const version = row?.version ?? '0'
  if (isOlder(version, oldestSqlite)) {
    throw new Error(`SQLite ${version} can damage its log; ${oldestSqlite.join('.')} or newer is needed.`)
  }
}

/** Exported for its test. */
export function isOlder(version: string, oldest: readonly number[]): boolean {
  const parts = version.split('.').map(Number)
  for (const [index, wanted] of oldest.entries()) {
    const part = parts[index] ?? 0
    if (part !== wanted) return part < wanted
  }
  return false
}
