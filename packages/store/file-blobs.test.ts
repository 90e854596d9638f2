import assert from 'node:assert/strict'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { sha256Hex } from '@cello/kit'
import { PlatformError } from '@cello/model'
import { openFileBlobs } from './file-blobs.ts'
import { temporaryFolder } from './testing/temporary-store.ts'

const bytes = new TextEncoder().encode('a package')

function refused(code: string) {
  return (error: unknown) => error instanceof PlatformError && error.code === code
}

test('bytes are found by their digest, also by many who put them at once, until they are deleted', async () => {
  await using folder = await temporaryFolder()
  const blobs = await openFileBlobs(folder.path)
  const digests = await Promise.all(Array.from({ length: 10 }, () => blobs.put(bytes)))
  assert.deepEqual(new Set(digests), new Set([sha256Hex(bytes)]))
  const digest = sha256Hex(bytes)
  assert.deepEqual(await blobs.get(digest), bytes)
  await blobs.delete(digest)
  await blobs.delete(digest)
  await assert.rejects(blobs.get(digest), refused('NOT_FOUND'))
})

test('a blob is for our eyes only, and a draft that a crash left is removed', async () => {
  await using folder = await temporaryFolder()
  const digest = await (await openFileBlobs(folder.path)).put(bytes)
  assert.equal((await stat(join(folder.path, digest.slice(0, 2), digest))).mode & 0o777, 0o600)
  await writeFile(join(folder.path, 'drafts', 'half'), 'x')
  await openFileBlobs(folder.path)
  assert.deepEqual(await readdir(join(folder.path, 'drafts')), [])
})

test('bytes that were altered on the disk are refused, and put right when they are put again', async () => {
  await using folder = await temporaryFolder()
  const blobs = await openFileBlobs(folder.path)
  const digest = await blobs.put(bytes)
  await writeFile(join(folder.path, digest.slice(0, 2), digest), 'another package')
  await assert.rejects(blobs.get(digest), refused('INTERNAL'))
  await blobs.put(bytes)
  assert.deepEqual(await blobs.get(digest), bytes)
})

test('what is no digest is not there, whatever path it spells', async () => {
  await using folder = await temporaryFolder()
  const blobs = await openFileBlobs(join(folder.path, 'blobs'))
  await writeFile(join(folder.path, 'secret'), 'x')
  for (const digest of ['../secret', '', 'A'.repeat(64), `../${'a'.repeat(61)}`]) {
    await assert.rejects(blobs.get(digest), refused('NOT_FOUND'), digest)
    await blobs.delete(digest)
  }
  assert.ok((await readdir(folder.path)).includes('secret'))
})
