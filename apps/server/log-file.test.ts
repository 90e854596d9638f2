import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pino } from 'pino'
import { logFile } from './log-file.ts'

test('lines are appended to a file that only we can read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cello-log-'))
  try {
    const path = join(folder, 'server.log')
    for (const word of ['one', 'two']) logFile(path).write(`${word}\n`)
    assert.equal(await readFile(path, 'utf8'), 'one\ntwo\n')
    assert.equal((await stat(path)).mode & 0o777, 0o600)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a log that is long enough is moved aside, and of those moved aside the oldest goes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cello-log-'))
  try {
    const path = join(folder, 'server.log')
    const log = logFile(path, { maxBytes: 8, files: 3 })
    for (const word of ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh']) log.write(`${word}\n`)
    const kept = (await readdir(folder)).sort()
    assert.deepEqual(kept, ['server.log', 'server.log.1', 'server.log.2'])
    const text = await Promise.all(kept.map((name) => readFile(join(folder, name), 'utf8')))
    assert.deepEqual(text, ['seventh\n', 'fifth\nsixth\n', 'third\nfourth\n'])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a full disk costs the line, and not the work that was logged about', () => {
  pino({}, logFile('/dev/full')).error('nothing fits any more')
})
