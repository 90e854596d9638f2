import { open, readdir, readFile, rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { sha256Hex } from '@cello/kit'
import type Database from 'better-sqlite3'
import { syncFolder } from './durable-files.ts'

export interface Migration {
  readonly number: number
  /** File name without its ending: `0001-first-tables`. */
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

interface AppliedRow {
  readonly number: number
  readonly name: string
  readonly checksum: string
}

const filePattern = /^(\d{4})-[a-z0-9-]+\.sql$/

/** The numbered files of a folder in order. @throws Error when a number is missing or stands twice. */
export async function readMigrations(folder: URL): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()
  return Promise.all(
    files.map(async (file, index) => {
      const number = Number(filePattern.exec(file)?.[1])
      if (number !== index + 1) throw new Error(`The migration ${file} should have the number ${index + 1}.`)
      const sql = await readFile(new URL(file, folder), 'utf8')
      return { number, name: basename(file, '.sql'), sql, checksum: sha256Hex(sql) }
    }),
  )
}

/**
 * Brings a database forward, each migration in its own transaction, after a copy of it was kept beside it as
 * `<file>.backup-<last migration>`. A new database needs no copy.
 * @throws Error when the database is from a newer version, or a migration that it has was edited since.
 */
export async function migrate(
  database: Database.Database,
  options: { readonly migrations: readonly Migration[]; readonly now: number },
): Promise<void> {
  const { migrations, now } = options
  const applied = readApplied(database)
  checkApplied(applied, migrations)
  const missing = migrations.slice(applied.length)
  if (missing.length === 0) return
  const last = applied.at(-1)
  if (last !== undefined) await keepCopy(database, last.number)
  for (const migration of missing) apply(database, migration, now)
}

function readApplied(database: Database.Database): AppliedRow[] {
  const hasTable = database
    .prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'")
    .get()
  if (hasTable === undefined) return []
  return database.prepare<[], AppliedRow>('SELECT number, name, checksum FROM migrations ORDER BY number').all()
}

function checkApplied(applied: readonly AppliedRow[], migrations: readonly Migration[]): void {
  for (const row of applied) {
    const ours = migrations[row.number - 1]
    if (ours === undefined) {
      throw new Error(
        `The database was written by a newer version of Cello (migration ${row.name}); start that version, or restore the copy that was kept beside it.`,
      )
    }
    if (ours.checksum !== row.checksum) {
      throw new Error(
        `The migration ${row.name} is not the one that the database was made with; a merged migration is never edited.`,
      )
    }
  }
}

function apply(database: Database.Database, migration: Migration, now: number): void {
  const run = database.transaction(() => {
    database.exec(`CREATE TABLE IF NOT EXISTS migrations (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at INTEGER NOT NULL
) STRICT`)
    database.exec(migration.sql)
    database
      .prepare('INSERT INTO migrations (number, name, checksum, applied_at) VALUES (?, ?, ?, ?)')
      .run(migration.number, migration.name, migration.checksum, now)
  })
  run.immediate()
}

async function keepCopy(database: Database.Database, version: number): Promise<void> {
  const copy = `${database.name}.backup-${String(version).padStart(4, '0')}`
  const draft = join(dirname(copy), `.${basename(copy)}.draft`)
  // Made by hand first, so that it is never readable by others while it grows.
  const file = await open(draft, 'w', 0o600)
  await file.close()
  await database.backup(draft)
  const written = await open(draft, 'r')
  try {
    await written.sync()
  } finally {
    await written.close()
  }
  await rename(draft, copy)
  await syncFolder(dirname(copy))
}
