import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { PlatformError } from '@cello/model'
import Database from 'better-sqlite3'
import { openWriter } from './database-file.ts'
import { queries } from './queries.ts'
import { temporaryFolder, temporaryStore } from './testing/temporary-store.ts'
import { Writer } from './writer.ts'

test('fifty writes at once share one commit, and so a sync; one by one each has its own', async () => {
  await using made = await temporaryStore()
  let number = 0
  const write = () => made.store.requests.begin({ key: `k${number++}`, actor: 'a', hash: 'h', at: 1 })
  const before = commitsIn(made.file)
  await Promise.all(Array.from({ length: 50 }, write))
  assert.equal(commitsIn(made.file) - before, 1)
  for (let n = 0; n < 50; n++) await write()
  assert.equal(commitsIn(made.file) - before, 51)
})

test('more writes than one commit takes are shared out over as few as hold them', async () => {
  await using opened = await openTemporary()
  const writes = Array.from({ length: 501 }, () =>
    opened.writer.write(({ connection }) => connection.change(insert('a'))),
  )
  await Promise.all(writes)
  assert.equal(opened.names().length, 501)
  // Beside them, the one that made the table.
  assert.equal(commitsIn(opened.file) - 1, 2)
})

test('a write that throws takes none of those with it that share its commit', async () => {
  await using opened = await openTemporary()
  const { writer, names } = opened
  const results = await Promise.allSettled([
    writer.write(({ connection }) => connection.change(insert('a'))),
    writer.write(({ connection }) => {
      connection.change(insert('b'))
      throw new PlatformError('NAME_TAKEN', { noun: 'x', name: 'b' })
    }),
    writer.write(({ connection }) => connection.change(insert('c'))),
  ])
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  assert.deepEqual(names(), ['a', 'c'])
  assert.equal(writer.failure, undefined, 'a refusal is no failure of the storage')
})

test('a write is seen by others when it is acknowledged, and not before', async () => {
  await using opened = await openTemporary()
  const writing = opened.writer.write(({ connection }) => {
    connection.change(insert('a'))
    return opened.names()
  })
  assert.deepEqual(await writing, [])
  assert.deepEqual(opened.names(), ['a'])
})

test('what was asked for before the end is written, and what comes after is refused', async () => {
  await using opened = await openTemporary()
  const { writer, names } = opened
  const early = writer.write(({ connection }) => connection.change(insert('early')))
  const ending = writer[Symbol.asyncDispose]()
  const late = writer.write(({ connection }) => connection.change(insert('late')))
  await assert.rejects(late, (error) => error instanceof PlatformError && error.code === 'STARTING')
  await ending
  assert.equal(await early, 1)
  assert.deepEqual(names(), ['early'])
})

let rows = 0

function insert(owner: string) {
  return queries.insertInto('claims').values({ id: ++rows, owner, fence: 0, expires_at: 0 })
}

async function openTemporary() {
  const folder = await temporaryFolder()
  const file = join(folder.path, 'test.db')
  const database = openWriter(file)
  database.exec('CREATE TABLE claims (id INTEGER PRIMARY KEY, owner TEXT, fence INTEGER, expires_at INTEGER)')
  const reader = new Database(file, { readonly: true })
  const writer = new Writer(database, { folder: folder.path, onEvents: () => {} })
  const select = reader.prepare<[], { owner: string }>('SELECT owner FROM claims ORDER BY owner')
  return {
    file,
    writer,
    names: () => select.all().map(({ owner }) => owner),
    async [Symbol.asyncDispose]() {
      await writer[Symbol.asyncDispose]()
      reader.close()
      database.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}

/**
 * Commits in the write-ahead log beside a database, which is synced at each. In https://sqlite.org/fileformat2.html#walformat:
 * a header of 32 bytes with the size of a page at 8 and a salt at 16; then frames of a header of 24 bytes and a page, where 4
 * has the size of the database for a frame that ends a commit, else 0, and 8 has the salt.
 */
function commitsIn(file: string): number {
  const log = readFileSync(`${file}-wal`)
  const [pageBytes, salt] = [log.readUInt32BE(8), log.readBigUInt64BE(16)]
  let commits = 0
  for (let at = 32; at + 24 + pageBytes <= log.length; at += 24 + pageBytes) {
    if (log.readBigUInt64BE(at + 8) === salt && log.readUInt32BE(at + 4) > 0) commits++
  }
  return commits
}
