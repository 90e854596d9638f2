import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openPackageStore } from './package-store.ts'

async function inFolder(act: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'devnode-packages-'))
  try {
    await act(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('packages lie in files named by label and hash, and are found again', () =>
  inFolder(async (folder) => {
    const store = await openPackageStore(join(folder, 'lifecycle', 'chaincodes'))
    const { id } = await store.save('a.1', Buffer.from('bytes'))
    assert.equal(id, 'a.1:277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9')
    assert.deepEqual(await store.save('a.1', Buffer.from('bytes')), { id, label: 'a.1' })
    assert.deepEqual(readdirSync(join(folder, 'lifecycle', 'chaincodes')), [`${id.replace(':', '.')}.tar.gz`])
    const again = await openPackageStore(join(folder, 'lifecycle', 'chaincodes'))
    assert.deepEqual(await again.list(), [{ id, label: 'a.1' }])
    assert.equal(Buffer.from(await again.load(id)).toString(), 'bytes')
    await again.remove(id)
    assert.deepEqual(await again.list(), [])
  }))

test('what a kill left half written is taken away, and other files are let be', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, '.ccpackage.123'), 'half')
    writeFileSync(join(folder, 'note.txt'), 'mine')
    const store = await openPackageStore(folder)
    assert.deepEqual(await store.list(), [])
    assert.deepEqual(readdirSync(folder), ['note.txt'])
  }))

test('an id that is a path finds nothing', () =>
  inFolder(async (folder) => {
    const store = await openPackageStore(join(folder, 'packages'))
    writeFileSync(join(folder, `secret.${'0'.repeat(64)}.tar.gz`), 'secret')
    for (const id of ['../secret:' + '0'.repeat(64), '', '..', 'a:0000', `a\0:${'0'.repeat(64)}`]) {
      await assert.rejects(store.load(id), { message: `chaincode install package '${id}' not found` }, id)
    }
  }))
