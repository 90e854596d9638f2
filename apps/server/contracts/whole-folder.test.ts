import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { makeWhole } from './whole-folder.ts'

let parent = ''
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'cello-whole-'))
})
afterEach(() => rm(parent, { recursive: true }))

const writing = (text: string) => async (draft: string) => {
  await writeFile(join(draft, 'file'), text)
  return draft
}

test('of two that make a folder at once either is kept whole, and no draft is left', async () => {
  const path = join(parent, 'made')
  await Promise.all([makeWhole(path, writing('same')), makeWhole(path, writing('same'))])
  assert.deepEqual(await readdir(parent), ['made'])
  assert.equal(await readFile(join(path, 'file'), 'utf8'), 'same')
})

test('where making fails nothing is left, and the reason is told', async () => {
  const broken = () => Promise.reject(new Error('the compiler said no'))
  await assert.rejects(makeWhole(join(parent, 'made'), broken), /the compiler said no/)
  assert.deepEqual(await readdir(parent), [])
})

test('what a killed process left is removed, and what another is making is not', async () => {
  const ended = spawnSync(process.execPath, ['-e', '']).pid
  const [left, others] = [`.making-${ended}-abc`, `.making-${process.ppid}-abc`]
  for (const name of [left, others]) await mkdir(join(parent, name))
  await makeWhole(join(parent, 'made'), writing('x'))
  assert.deepEqual((await readdir(parent)).sort(), [others, 'made'])
})
