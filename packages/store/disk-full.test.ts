import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { PlatformError } from '@cello/model'
import { openFileBlobs } from './file-blobs.ts'
import { openStore } from './open-store.ts'
import { openSealer } from './sealer.ts'
import { temporaryFolder } from './testing/temporary-store.ts'

const isStorageFull = (error: unknown) => error instanceof PlatformError && error.code === 'STORAGE_FULL'

test('a full disk refuses writes in so many words, and they go on by themselves when there is space again', async (t) => {
  await using folder = await temporaryFolder()
  const disk = join(folder.path, 'disk')
  await mkdir(disk)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk], { stdio: 'pipe' })
  } catch (error) {
    return t.skip(
      `SKIPPED: no tmpfs can be mounted here, so a full disk is not tested (${String(error).split('\n')[0]})`,
    )
  }
  try {
    await fillAndFree(disk)
  } finally {
    execFileSync('umount', [disk], { stdio: 'pipe' })
  }
})

async function fillAndFree(disk: string): Promise<void> {
  await using store = await openStore({
    file: join(disk, 'cello.db'),
    sealer: await openSealer(join(disk, 'master.key')),
  })
  const blobs = await openFileBlobs(join(disk, 'blobs'))
  const acknowledged: string[] = []
  let number = 0
  const write = async () => {
    const name = `n${number++}`
    await store.hosts.ensure({ id: name, name, driver: 'fake', settings: { pad: 'x'.repeat(3000) }, createdAt: 1 })
    acknowledged.push(name)
  }
  await write()
  const ballast = join(disk, 'ballast')
  const { bavail, bsize } = await statfs(disk)
  await writeFile(ballast, Buffer.alloc(bavail * bsize - 256 * 1024))
  await assert.rejects(async () => {
    for (;;) await Promise.all([write(), write()])
  }, isStorageFull)
  await assert.rejects(write(), isStorageFull)
  await assert.rejects(blobs.put(Buffer.alloc(1024 * 1024, 'b')), isStorageFull)
  assert.match((await store.check()).detail ?? '', /no space left on the disk of the data directory/)
  const names = async () => (await store.hosts.list()).map(({ name }) => name).sort()
  assert.deepEqual(await names(), acknowledged.toSorted(), 'what can be read while it is full')
  await rm(ballast)
  await write()
  assert.deepEqual(await store.check(), { ok: true })
  assert.deepEqual(await names(), acknowledged.toSorted(), 'what can be read afterwards')
  await blobs.put(Buffer.alloc(1024 * 1024, 'b'))
}
