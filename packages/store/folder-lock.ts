import { join } from 'node:path'
import Database from 'better-sqlite3'

/** Another control plane has the data directory. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse'
}

/**
 * Takes a data directory for this process alone. The lock is SQLite's own on a database that holds nothing: an OS lock, gone
 * the moment the process is, however it ends, and safe between two stores in one process too.
 * @throws FolderInUse with one sentence
 */
export function lockFolder(folder: string): Disposable {
  const database = new Database(join(folder, 'lock'), { timeout: 0 })
  try {
    database.pragma('journal_mode = MEMORY')
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (!(error instanceof Database.SqliteError) || !error.code.startsWith('SQLITE_BUSY')) throw error
    throw new FolderInUse(
      `Another control plane is using the data directory ${folder}; stop it first, or use another one.`,
      { cause: error },
    )
  }
  return {
    [Symbol.dispose]: () => {
      database.exec('ROLLBACK')
      database.close()
    },
  }
}
