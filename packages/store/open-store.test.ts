import assert from 'node:assert/strict'
import { open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { newId, Secret } from '@cello/kit'
import { isOlder } from './database-file.ts'
import { openFileBlobs } from './file-blobs.ts'
import { openStore } from './open-store.ts'
import { openSealer } from './sealer.ts'
import { startWriter } from './testing/child.ts'
import { temporaryFolder, temporaryStore } from './testing/temporary-store.ts'

const host = { id: 'h', name: 'local', driver: 'fake', settings: {}, createdAt: 1 }

async function openIn(folder: string) {
  return openStore({ file: join(folder, 'cello.db'), sealer: await openSealer(join(folder, 'master.key')) })
}

test('a second opener is refused with one sentence, and let in when the first has closed', async () => {
  await using folder = await temporaryFolder()
  {
    await using first = await openIn(folder.path)
    assert.deepEqual(await first.check(), { ok: true })
    await assert.rejects(openIn(folder.path), {
      message: `Another control plane is using the data directory ${folder.path}; stop it first, or use another one.`,
    })
  }
  await using second = await openIn(folder.path)
  assert.deepEqual(await second.check(), { ok: true })
})

test('another process is refused too, and a kill -9 of the first lets it in at once', async () => {
  await using folder = await temporaryFolder()
  await using first = startWriter(folder.path, { mode: 'idle' })
  await first.reaches(0)
  await assert.rejects(openIn(folder.path), /Another control plane is using the data directory/)
  await using other = startWriter(folder.path, { mode: 'idle' })
  await assert.rejects(other.reaches(0), /Another control plane is using the data directory/)
  await first.kill()
  await using store = await openIn(folder.path)
  assert.equal((await store.hosts.list()).length, 1)
})

test('a clean stop leaves one file and loses nothing', async () => {
  await using folder = await temporaryFolder()
  {
    await using store = await openIn(folder.path)
    await store.hosts.ensure(host)
  }
  assert.deepEqual((await readdir(folder.path)).sort(), ['cello.db', 'lock', 'master.key'])
  await using store = await openIn(folder.path)
  assert.deepEqual(await store.hosts.list(), [{ ...host, fabricVersion: undefined }])
})

test('after an unclean stop a damaged file is refused, and an undamaged one goes on', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'cello.db')
  {
    await using store = await openIn(folder.path)
    for (let n = 0; n < 200; n++) await store.hosts.ensure({ ...host, id: `h${n}`, name: `n${n}`.padEnd(200, 'x') })
  }
  // An empty log is what a kill before the first write leaves.
  await (await open(`${file}-wal`, 'w')).close()
  await using whole = await openIn(folder.path)
  assert.equal((await whole.hosts.list()).length, 200)
  await whole[Symbol.asyncDispose]()
  await (await open(`${file}-wal`, 'w')).close()
  await damage(file)
  await assert.rejects(openIn(folder.path), /is damaged|malformed/)
})

test('a database is not opened with another master key', async () => {
  await using folder = await temporaryFolder()
  await (await openIn(folder.path))[Symbol.asyncDispose]()
  await rm(join(folder.path, 'master.key'))
  await assert.rejects(
    openIn(folder.path),
    /The master key is not that of the database .*; put the right key file back/,
  )
})

test('a private key is nowhere in the folder but sealed: not in the database, its log, or a blob', async () => {
  await using made = await temporaryStore()
  const { store, folder } = made
  const canary = 'CANARY-7f3a-PRIVATE-KEY'
  await store.hosts.ensure(host)
  const networkId = await networkIn(made)
  const identity = { networkId, organization: 'Org1', custody: 'held', createdAt: 1 } as const
  const certificate = 'CERTIFICATE-IN-THE-OPEN'
  await store.identities.keep([{ ...identity, id: newId(), subject: 'ca', certificate, key: new Secret(canary) }])
  await (await openFileBlobs(join(folder, 'blobs'))).put(made.sealer.seal(new Secret(canary), 'blob'))
  assert.equal((await store.identities.key(networkId, 'Org1', 'ca')).reveal(), canary)
  assert.deepEqual(await filesWith(folder, canary), [])
  assert.deepEqual(await filesWith(folder, certificate), ['cello.db-wal'], 'the search finds what is there')
  assert.deepEqual(await filesWith(folder, Buffer.from(canary).toString('base64').slice(0, 20)), [])
})

test('all files of the store are for our eyes only', async () => {
  await using made = await temporaryStore()
  for (const file of ['cello.db', 'cello.db-wal', 'cello.db-shm', 'master.key']) {
    assert.equal((await stat(join(made.folder, file))).mode & 0o077, 0, file)
  }
})

test('nothing is written while nothing changes, but the heartbeat of the claim', async () => {
  await using made = await temporaryStore()
  const { store } = made
  await store.hosts.ensure(host)
  const networkId = await networkIn(made)
  const fence = (await store.claims.take('us', 1, 1000)) ?? 0
  await store.networks.observed(networkId, 1, 1, fence)
  const log = join(made.folder, 'cello.db-wal')
  const before = (await stat(log)).size
  await store.networks.observed(networkId, 1, 2, fence)
  await store.networks.forgetNode(newId(), fence)
  await store.hosts.ensure(host)
  await store.requests.abandon({ key: 'none', actor: 'a' })
  assert.equal((await stat(log)).size, before)
  await store.claims.renew('us', fence, 500, 1000)
  // One page of 4096 bytes and its frame header of 24.
  assert.equal((await stat(log)).size - before, 4120)
})

test('versions are compared by their numbers', () => {
  assert.equal(isOlder('3.51.2', [3, 51, 3]), true)
  assert.equal(isOlder('3.9.9', [3, 51, 3]), true)
  assert.equal(isOlder('3.51.3', [3, 51, 3]), false)
  assert.equal(isOlder('3.100.0', [3, 51, 3]), false)
  assert.equal(isOlder('4.0', [3, 51, 3]), false)
})

async function networkIn({ store }: Awaited<ReturnType<typeof temporaryStore>>): Promise<string> {
  const id = newId()
  const { NetworkSpec } = await import('@cello/model')
  const network = {
    id,
    name: 'demo',
    spec: NetworkSpec.parse({ name: 'demo', organizations: [{ name: 'Org1' }] }),
    runtime: { kind: 'fake', version: '3.1.5', programs: {} },
    hostId: host.id,
    power: 'running',
    deleting: false,
    generation: 1,
    observedGeneration: 0,
    createdAt: 1,
    nodes: [],
  } as const
  await store.networks.create(network, { id: newId(), kind: 'create-network', actor: 'test', at: 1 })
  return id
}

async function filesWith(folder: string, text: string): Promise<string[]> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const found = await Promise.all(
    files.map(async ({ parentPath, name }) => {
      const content = await readFile(join(parentPath, name))
      return content.includes(text) ? [name] : []
    }),
  )
  return found.flat().sort()
}

/** Overwrites the middle of the file, pages of rows and of indexes. */
async function damage(file: string): Promise<void> {
  const { size } = await stat(file)
  await using handle = await open(file, 'r+')
  for (let at = 16_384; at < size; at += 8192) await handle.write(Buffer.alloc(512, 0x5a), 0, 512, at)
}

test('a key whose request was in hand when its process died is free again, and one that was answered is not', async () => {
  await using at = await temporaryFolder()
  const sealer = await openSealer(join(at.path, 'master.key'))
  const file = join(at.path, 'cello.db')
  const request = { actor: 'administrator', hash: 'h', at: Date.now() }
  const before = await openStore({ file, sealer })
  await before.requests.begin({ ...request, key: 'in-hand' })
  await before.requests.begin({ ...request, key: 'answered' })
  await before.requests.finish({ ...request, key: 'answered', status: 202, body: '{}', headers: {} })
  await before[Symbol.asyncDispose]()
  await using after = await openStore({ file, sealer })
  assert.equal(await after.requests.begin({ ...request, key: 'in-hand' }), 'new')
  assert.deepEqual(await after.requests.begin({ ...request, key: 'answered' }), {
    status: 202,
    body: '{}',
    headers: {},
  })
})
