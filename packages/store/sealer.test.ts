import assert from 'node:assert/strict'
import { chmod, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { Secret } from '@cello/kit'
import { openSealer } from './sealer.ts'
import { temporaryFolder } from './testing/temporary-store.ts'

test('a secret is opened again for its context, also after a restart', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'master.key')
  const sealed = (await openSealer(file)).seal(new Secret('söme key'), 'identity/1')
  assert.equal((await openSealer(file)).open(sealed, 'identity/1').reveal(), 'söme key')
})

test('no two sealed values are alike, and none shows its text', async () => {
  await using folder = await temporaryFolder()
  const sealer = await openSealer(join(folder.path, 'master.key'))
  const sealed = Array.from({ length: 50 }, () =>
    Buffer.from(sealer.seal(new Secret('CANARY'), 'c')).toString('latin1'),
  )
  assert.equal(new Set(sealed).size, 50)
  assert.ok(sealed.every((text) => !text.includes('CANARY')))
})

test('a value is refused when any byte was altered, cut off, or is given for another context', async () => {
  await using folder = await temporaryFolder()
  const sealer = await openSealer(join(folder.path, 'master.key'))
  const sealed = sealer.seal(new Secret('key'), 'identity/1')
  assert.throws(() => sealer.open(sealed, 'identity/2'), /not that of identity\/2/)
  for (let index = 0; index < sealed.length; index++) {
    const altered = Uint8Array.from(sealed)
    altered[index] = (altered[index] ?? 0) ^ 1
    assert.throws(() => sealer.open(altered, 'identity/1'), `byte ${index}`)
    assert.throws(() => sealer.open(sealed.subarray(0, index), 'identity/1'), `length ${index}`)
  }
})

test('a value that was sealed under another master key is refused in so many words', async () => {
  await using folder = await temporaryFolder()
  const one = await openSealer(join(folder.path, 'one.key'))
  const other = await openSealer(join(folder.path, 'other.key'))
  assert.throws(() => other.open(one.seal(new Secret('key'), 'c'), 'c'), /under another master key/)
})

test('the master key is made once, by whoever comes first, for our eyes only', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'master.key')
  const sealers = await Promise.all(Array.from({ length: 8 }, () => openSealer(file)))
  const [first] = sealers
  assert.ok(first)
  for (const sealer of sealers) assert.equal(first.open(sealer.seal(new Secret('k'), 'c'), 'c').reveal(), 'k')
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  assert.deepEqual(await readdir(folder.path), ['master.key'])
})

test('a key file that others may read, or that holds no key, is refused', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'master.key')
  await openSealer(file)
  for (const mode of [0o640, 0o604, 0o620]) {
    await chmod(file, mode)
    await assert.rejects(openSealer(file), /may be read by others/, mode.toString(8))
  }
  await chmod(file, 0o600)
  await writeFile(file, 'cello-master-key-1:12')
  await assert.rejects(openSealer(file), /is not a master key/)
})
