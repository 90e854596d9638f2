import assert from 'node:assert/strict'
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import Database from 'better-sqlite3'
import { migrate, readMigrations } from './migrate.ts'
import { openStore } from './open-store.ts'
import { openSealer } from './sealer.ts'
import { temporaryFolder } from './testing/temporary-store.ts'

/** A data folder, and migrations of its own that a test adds to. */
async function setUp(path: string) {
  const folder = join(path, 'migrations')
  await mkdir(folder)
  await cp(new URL('migrations/', import.meta.url), folder, { recursive: true })
  const sealer = await openSealer(join(path, 'master.key'))
  const file = join(path, 'cello.db')
  const open = () => openStore({ file, sealer, migrations: pathToFileURL(`${folder}/`) })
  const number = (await readdir(folder)).length + 1
  const next = join(folder, `${String(number).padStart(4, '0')}-next.sql`)
  return { file, folder, open, next, copy: `${file}.backup-${String(number - 1).padStart(4, '0')}` }
}

async function openAndClose(open: () => Promise<AsyncDisposable>): Promise<void> {
  const store = await open()
  await store[Symbol.asyncDispose]()
}

test('a migration is made once, after a copy of the database was kept that only we can read', async () => {
  await using folder = await temporaryFolder()
  const { file, open, next, copy } = await setUp(folder.path)
  {
    await using store = await open()
    await store.hosts.ensure({ id: 'h', name: 'before', driver: 'fake', settings: {}, createdAt: 1 })
  }
  await assert.rejects(stat(copy), 'a new database needs no copy')
  await writeFile(next, 'ALTER TABLE hosts ADD COLUMN colour TEXT;')
  await openAndClose(open)
  await openAndClose(open)
  using database = opened(file)
  assert.equal(database.columns('hosts').includes('colour'), true)
  using kept = opened(copy)
  assert.equal(kept.columns('hosts').includes('colour'), false)
  assert.deepEqual(kept.names(), ['before'])
  assert.equal((await stat(copy)).mode & 0o777, 0o600)
})

test('operations of the first tables are of networks afterwards, and open ones stay open', async () => {
  await using folder = await temporaryFolder()
  const { file, folder: migrations, open } = await setUp(folder.path)
  const second = join(migrations, '0002-operations-of-hosts.sql')
  const later = (await readdir(migrations)).filter((name) => name >= '0003').map((name) => join(migrations, name))
  const kept = await Promise.all(later.map(async (path) => [path, await readFile(path, 'utf8')] as const))
  const sql = await readFile(second, 'utf8')
  for (const path of [second, ...later]) await rm(path)
  {
    // The code is of today and the tables of then: only their SQL is used.
    using opening = new DisposableStack()
    const database = opening.adopt(new Database(file), (opened) => opened.close())
    await migrate(database, { migrations: await readMigrations(pathToFileURL(`${migrations}/`)), now: 1 })
    database.exec(`INSERT INTO operations
      (id, kind, state, network_id, network_name, generation, actor, created_at, notes)
      VALUES ('o1', 'create-network', 'running', 'n1', 'demo', 1, 'tester', 5, '[]')`)
    database.exec(`INSERT INTO steps (operation_id, kind, key, position, title, needs, state, attempts)
      VALUES ('o1', 'ensure-node', 'a', 0, 'start a', '[]', 'running', 1)`)
  }
  await writeFile(second, sql)
  for (const [path, text] of kept) await writeFile(path, text)
  await using store = await open()
  const [operation] = await store.operations.open('n1')
  assert.deepEqual(operation?.subject, { kind: 'network', id: 'n1', name: 'demo' })
  assert.deepEqual([operation.request, operation.steps[0]?.state], [undefined, 'running'])
  assert.deepEqual(await store.operations.onHosts(), [])
})

test('a migration that fails changes nothing', async () => {
  await using folder = await temporaryFolder()
  const { file, open, next } = await setUp(folder.path)
  await openAndClose(open)
  await writeFile(next, 'CREATE TABLE half (id INTEGER) STRICT; SELECT * FROM nowhere;')
  await assert.rejects(open(), /no such table: nowhere/)
  using database = opened(file)
  assert.deepEqual(database.columns('half'), [])
  await writeFile(next, 'CREATE TABLE half (id INTEGER) STRICT;')
  await openAndClose(open)
  assert.deepEqual(database.columns('half'), ['id'])
})

test('a migration that was edited after it was made is refused', async () => {
  await using folder = await temporaryFolder()
  const { open, next } = await setUp(folder.path)
  await writeFile(next, 'CREATE TABLE later (id INTEGER) STRICT;')
  await openAndClose(open)
  await writeFile(next, 'CREATE TABLE later (id TEXT) STRICT;')
  await assert.rejects(open(), /The migration \d{4}-next is not the one that the database was made with/)
})

test('a database of a newer version is refused', async () => {
  await using folder = await temporaryFolder()
  const { file, open } = await setUp(folder.path)
  await openAndClose(open)
  {
    using database = opened(file)
    database.run("INSERT INTO migrations VALUES (9999, '9999-future', 'x', 1)")
  }
  await assert.rejects(open(), /written by a newer version of Cello \(migration 9999-future\)/)
})

test('a gap in the numbers is refused', async () => {
  await using folder = await temporaryFolder()
  const { folder: migrations, open } = await setUp(folder.path)
  await writeFile(join(migrations, '0900-far.sql'), 'SELECT 1;')
  await assert.rejects(open(), /The migration 0900-far\.sql should have the number \d+/)
})

function opened(file: string) {
  const database = new Database(file)
  return {
    columns: (table: string) =>
      database
        .prepare<[string], { name: string }>('SELECT name FROM pragma_table_info(?)')
        .all(table)
        .map(({ name }) => name),
    names: () =>
      database
        .prepare<[], { name: string }>('SELECT name FROM hosts')
        .all()
        .map(({ name }) => name),
    run: (sql: string) => database.exec(sql),
    [Symbol.dispose]: () => {
      database.close()
    },
  }
}
