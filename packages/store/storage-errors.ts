import { statfsSync } from 'node:fs'
import { PlatformError } from '@cello/model'
import Database from 'better-sqlite3'

/** Below this many free bytes an I/O error of SQLite is taken for a full disk: one page of its shared memory file. */
const nearlyFull = 64 * 1024

/**
 * What SQLite threw, in the words of the catalogue. A full disk shows as SQLITE_FULL, or, where the shared memory file could
 * not grow, as one of several I/O errors.
 */
export function toPlatformError(error: unknown, folder: string): PlatformError {
  if (error instanceof PlatformError) return error
  if (error instanceof Database.SqliteError) {
    const { code } = error
    if (code === 'SQLITE_FULL' || (code.startsWith('SQLITE_IOERR') && freeBytes(folder) < nearlyFull)) {
      return new PlatformError('STORAGE_FULL', { place: 'the disk of the data directory' }, { cause: error })
    }
  }
  return new PlatformError('INTERNAL', {}, { cause: error })
}

/** Whether what is on the disk can no longer be trusted: nothing more is written until somebody looks and starts again. */
export function isFatal(error: unknown): boolean {
  if (!(error instanceof Database.SqliteError)) return false
  const { code } = error
  // After a failed sync the kernel may have dropped the pages and report success next time (PostgreSQL's fsync lesson).
  return code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_IOERR_FSYNC')
}

export function isForeignKey(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code === 'SQLITE_CONSTRAINT_FOREIGNKEY'
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}
