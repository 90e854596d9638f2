import assert from 'node:assert/strict'
import { chmod, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { keepToken, showsToken } from './token.ts'

async function folder() {
  const path = await mkdtemp(join(tmpdir(), 'cello-token-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

test('the token is made once, long, in a file that its owner alone reads', async () => {
  await using at = await folder()
  const [first, second] = await Promise.all([keepToken(at.path), keepToken(at.path)])
  assert.equal(first.token, second.token)
  assert.match(first.token, /^cello_[\w-]{43}$/)
  assert.equal((await stat(first.path)).mode & 0o777, 0o600)
  assert.deepEqual(await readdir(at.path), ['token'])
  assert.equal((await readFile(first.path, 'utf8')).trim(), first.token)
})

test('a token file that others could read is closed to them again', async () => {
  await using at = await folder()
  const { path } = await keepToken(at.path)
  await chmod(path, 0o644)
  await keepToken(at.path)
  assert.equal((await stat(path)).mode & 0o777, 0o600)
})

test('only the token itself is taken, in the one form that there is', () => {
  assert.ok(showsToken('Bearer cello_abc', 'cello_abc'))
  for (const header of [
    undefined,
    '',
    'cello_abc',
    'bearer cello_abc',
    'Bearer cello_ab',
    'Bearer  cello_abc',
    'Bearer ',
  ]) {
    assert.ok(!showsToken(header, 'cello_abc'), String(header))
  }
})
