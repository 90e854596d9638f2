import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtempDisposable, readdir, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { hostStepKinds } from '@cello/model'
import { administrator, cancelOperation, retryOperation } from '@cello/usecases'
import { httpGet } from './http-get.ts'
import { archiveName } from './release.ts'
import { releaseItems, sha256, tgz } from './testing/archives.ts'
import { startReleaseServer } from './testing/release-server.ts'
import { bytesOf, makeWorld, stepsOf } from './testing/world.ts'

const version = '3.1.4'
const archive = archiveName(version)
const path = `/v${version}/${archive}`

const allDone = ['fetch-archive', 'check-digest', 'unpack-archive', 'check-programs', 'place-release'].map(
  (kind) => `${kind} done`,
)

async function serve(options: { etag?: string; noRanges?: boolean } = {}) {
  const server = await startReleaseServer()
  const bytes = await tgz(releaseItems(version, { padding: 400_000 }))
  server.files.set(path, { bytes, etag: '"one"', ...options })
  return { server, bytes, digest: sha256(bytes) }
}

test('a connection that is cut is taken up where it ended', async () => {
  const { server, bytes, digest } = await serve()
  await using _server = server
  server.files.set(path, { bytes, etag: '"one"', stallAfter: 150_000 })
  await using world = await makeWorld({ releases: server.url })
  const id = await world.ask({ version, sha256: digest })
  await server.stalled()
  await untilSize(join(world.cacheDir, 'fabric/.downloads', `${archive}.part`), 150_000)
  server.files.set(path, { bytes, etag: '"one"' })
  server.cut()
  const operation = await world.ended(id)
  assert.equal(operation.state, 'succeeded', operation.error?.message)
  assert.deepEqual(bytesOf(operation, 'fetch-archive'), [bytes.length, bytes.length])
  assert.deepEqual(server.requests, [path, `${path} bytes=150000-`])
})

test('an operation whose control plane is killed goes on by itself in the next one, from the byte where it was', async () => {
  const { server, bytes, digest } = await serve()
  await using _server = server
  server.files.set(path, { bytes, etag: '"one"', stallAfter: 200_000 })
  await using folder = await mkdtempDisposable(join(tmpdir(), 'cello-killed-'))
  const [cacheDir, dataDir] = [join(folder.path, 'cache'), join(folder.path, 'data')]
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'testing/install-child.ts'), cacheDir, dataDir, server.url, version, digest],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, TMPDIR: folder.path } },
  )
  const [told]: Buffer[] = await once(child.stdout, 'data')
  const id = String(told).trim()
  await server.stalled()
  await untilSize(join(cacheDir, 'fabric/.downloads', `${archive}.part`), 200_000)
  child.kill('SIGKILL')
  await once(child, 'exit')
  // As an installation that was killed while it unpacked leaves them.
  await mkdir(join(cacheDir, 'fabric', `.fresh-${child.pid}-0123`, 'bin'), { recursive: true })
  server.files.set(path, { bytes, etag: '"one"' })
  await using world = await makeWorld({ releases: server.url, cacheDir, dataDir })
  assert.deepEqual((await world.finder.find()).length, 0)
  const operation = await world.ended(id)
  assert.equal(operation.state, 'succeeded', operation.error?.message)
  assert.deepEqual(server.requests, [path, `${path} bytes=200000-`])
  assert.deepEqual(stepsOf(operation), allDone)
  assert.equal(operation.steps[0]?.attempts, 2, 'begun twice, and shown as one step')
  assert.deepEqual((await readdir(join(cacheDir, 'fabric'))).sort(), ['.downloads', version])
  assert.deepEqual(await readdir(join(cacheDir, 'fabric/.downloads')), [])
})

for (const step of hostStepKinds.filter((kind) => kind !== 'choose-release')) {
  test(`an operation whose control plane is killed when ${step} is done and not recorded is completed by the next one`, async () => {
    const { server, digest } = await serve()
    await using _server = server
    await using folder = await mkdtempDisposable(join(tmpdir(), 'cello-killed-'))
    const [cacheDir, dataDir] = [join(folder.path, 'cache'), join(folder.path, 'data')]
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'testing/install-child.ts'), cacheDir, dataDir, server.url, version, digest, step],
      { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, TMPDIR: folder.path } },
    )
    assert.deepEqual(await once(child, 'exit'), [null, 'SIGKILL'])
    await using world = await makeWorld({ releases: server.url, cacheDir, dataDir })
    const [found, ...others] = (await world.store.operations.list({ limit: 9 })).items
    assert.deepEqual(others, [])
    const operation = await world.ended(found?.id ?? '')
    assert.deepEqual([operation.state, stepsOf(operation)], ['succeeded', allDone], operation.error?.message)
    assert.deepEqual(server.requests, [path], 'fetched once')
    assert.deepEqual((await readdir(join(cacheDir, 'fabric'))).sort(), ['.downloads', version])
    assert.equal((await world.finder.find()).length, 1)
  })
}

test('an operation that the end of the server stops goes on with the next one', async () => {
  const { server, bytes, digest } = await serve()
  await using _server = server
  server.files.set(path, { bytes, etag: '"one"', stallAfter: 100_000 })
  await using first = await makeWorld({ releases: server.url })
  const id = await first.ask({ version, sha256: digest })
  await server.stalled()
  await untilSize(join(first.cacheDir, 'fabric/.downloads', `${archive}.part`), 100_000)
  await first.stop()
  server.files.set(path, { bytes, etag: '"one"' })
  await using second = await makeWorld({ releases: server.url, cacheDir: first.cacheDir, dataDir: first.dataDir })
  assert.equal((await second.ended(id)).state, 'succeeded')
  assert.equal(server.requests.at(-1), `${path} bytes=100000-`)
})

test('an archive that was fetched whole before a kill is checked, not fetched again', async () => {
  const { server, bytes, digest } = await serve()
  await using _server = server
  await using world = await makeWorld({ releases: server.url })
  await leavePart(world.cacheDir, { url: `${server.url}${path}`, etag: '"one"', length: bytes.length }, bytes)
  const operation = await world.install({ version, sha256: digest })
  assert.deepEqual([operation.state, stepsOf(operation)], ['succeeded', allDone.slice(1)])
  assert.deepEqual(server.requests, [])
})

test('a cancelled download ends at once and leaves its bytes to the next one', async () => {
  const { server, bytes, digest } = await serve()
  await using _server = server
  server.files.set(path, { bytes, etag: '"one"', stallAfter: 100_000 })
  await using world = await makeWorld({ releases: server.url })
  const id = await world.ask({ version, sha256: digest })
  await server.stalled()
  await untilSize(join(world.cacheDir, 'fabric/.downloads', `${archive}.part`), 100_000)
  const cancelled = await cancelOperation(world.context, { actor: administrator }, id)
  assert.deepEqual([cancelled.state, cancelled.subject.name], ['cancelled', 'local'])
  server.files.set(path, { bytes, etag: '"one"' })
  const operation = await world.install({ version, sha256: digest })
  assert.equal(operation.state, 'succeeded', operation.error?.message)
  assert.equal(server.requests.at(-1), `${path} bytes=100000-`)
  assert.equal((await world.ended(id)).state, 'cancelled')
})

test('a failed operation goes on when it is retried, and tells its steps and bytes as events', async () => {
  const { server, bytes, digest } = await serve()
  await using _server = server
  server.files.set(path, { bytes, etag: '"one"', stallAfter: 100_000 })
  await using world = await makeWorld({ releases: server.url })
  const id = await world.ask({ version, sha256: digest })
  await server.stalled()
  await untilSize(join(world.cacheDir, 'fabric/.downloads', `${archive}.part`), 100_000)
  server.files.set(path, { bytes, says: 'goodbye' })
  server.cut()
  const failed = await world.ended(id)
  assert.deepEqual([failed.state, failed.error?.code], ['failed', 'FABRIC_DOWNLOAD_FAILED'])
  assert.deepEqual(stepsOf(failed), ['fetch-archive failed', ...stepsOf(failed).slice(1)])
  assert.deepEqual(bytesOf(failed, 'fetch-archive'), [100_000, bytes.length])
  server.files.set(path, { bytes, etag: '"one"' })
  await retryOperation(world.context, { actor: administrator }, failed.id)
  const operation = await world.ended(failed.id)
  assert.deepEqual([operation.state, stepsOf(operation)], ['succeeded', allDone])
  const events = await world.events(failed.id)
  assert.deepEqual([events[0]?.state, events.at(-1)?.state], ['queued', 'succeeded'])
  const told = events.flatMap(({ step }) => (step?.kind === 'fetch-archive' ? (step.progress?.bytesDone ?? []) : []))
  assert.equal(told.at(-1), bytes.length)
})

test('a file that changed on the server is fetched from its start', async () => {
  const { server, bytes, digest } = await serve({ etag: '"two"' })
  await using _server = server
  await using world = await makeWorld({ releases: server.url })
  await leavePart(world.cacheDir, { url: `${server.url}${path}`, etag: '"one"', length: 300_000 }, 100_000)
  const operation = await world.install({ version, sha256: digest })
  assert.equal(operation.state, 'succeeded', operation.error?.message)
  assert.deepEqual(bytesOf(operation, 'fetch-archive'), [bytes.length, bytes.length])
  assert.deepEqual(server.requests, [`${path} bytes=100000-`])
})

for (const [what, options] of Object.entries({ 'no ranges': { noRanges: true }, 'no etags': { etag: '' } })) {
  test(`what a server with ${what} gave before is not trusted`, async () => {
    const { server, bytes, digest } = await serve(options)
    await using _server = server
    await using world = await makeWorld({ releases: server.url })
    await leavePart(world.cacheDir, { url: `${server.url}${path}`, length: bytes.length }, 100_000)
    const operation = await world.install({ version, sha256: digest })
    assert.equal(operation.state, 'succeeded', operation.error?.message)
  })
}

test('a part of another address is not gone on with', async () => {
  const { server, digest } = await serve()
  await using _server = server
  await using world = await makeWorld({ releases: server.url })
  await leavePart(world.cacheDir, { url: 'https://example.org/other.tar.gz', etag: '"one"' }, 100_000)
  assert.equal((await world.install({ version, sha256: digest })).state, 'succeeded')
  assert.deepEqual(server.requests, [path])
})

test('where there is no network, the answer names the address and the way without', async () => {
  await using world = await makeWorld({ releases: 'http://127.0.0.1:1/mirror/' })
  const view = await world.install({ version, sha256: 'f'.repeat(64) })
  assert.equal(view.error?.code, 'FABRIC_DOWNLOAD_FAILED')
  assert.equal(
    view.error?.message,
    `Fabric could not be downloaded from http://127.0.0.1:1/mirror/v3.1.4/${archive}: nothing listens there.`,
  )
  assert.match(view.error?.next ?? '', /cello fabric install VERSION --file/)
  await assert.rejects(world.install({ version }), { code: 'FABRIC_DOWNLOAD_FAILED' }, 'nor can its digest be asked')
})

test('a server that says nothing, or nothing more, is given up', async () => {
  const { server, bytes } = await serve()
  await using _server = server
  const { signal } = new AbortController()
  const get = async (address: string) => {
    const { body } = await httpGet(new URL(address, server.url), { signal, idleMs: 50 })
    await Array.fromAsync(body)
  }
  server.files.set('/mute', { bytes, says: 'nothing' })
  server.files.set('/stalls', { bytes, stallAfter: 1000 })
  for (const address of ['/mute', '/stalls']) await assert.rejects(get(address), /nothing came for 0\.05 s/, address)
})

test('a release that is not there, and a mirror that redirects, are refused', async () => {
  const { server, digest } = await serve()
  await using _server = server
  await using world = await makeWorld({ releases: server.url })
  server.files.set('/moved.tar.gz', { bytes: Buffer.alloc(0), redirect: path })
  const missing = await world.install({ version: '3.1.9', sha256: digest })
  assert.match(missing.error?.message ?? '', /3\.1\.9.*there is no such file \(404\)/)
  const moved = await world.install({ version, url: `${server.url}/moved.tar.gz`, sha256: digest })
  assert.match(moved.error?.message ?? '', /only the official address may redirect/)
  assert.equal((await world.install({ version, url: `${server.url}${path}`, sha256: digest })).state, 'succeeded')
})

test('a download that another process of this user makes is not disturbed', async () => {
  const { server, digest } = await serve()
  await using _server = server
  await using world = await makeWorld({ releases: server.url })
  const downloads = join(world.cacheDir, 'fabric/.downloads')
  await mkdir(downloads, { recursive: true })
  await writeFile(join(downloads, `${archive}.part.lock`), String(process.ppid))
  assert.match(
    (await world.install({ version, sha256: digest })).error?.message ?? '',
    /another Cello .* is fetching it/,
  )
  await writeFile(join(downloads, `${archive}.part.lock`), '999999999')
  assert.equal((await world.install({ version, sha256: digest })).state, 'succeeded', 'that of a dead one is')
})

async function leavePart(cacheDir: string, facts: object, bytes: number | Uint8Array): Promise<void> {
  const part = join(cacheDir, 'fabric/.downloads', `${archive}.part`)
  await mkdir(join(cacheDir, 'fabric/.downloads'), { recursive: true })
  await writeFile(part, typeof bytes === 'number' ? Buffer.alloc(bytes, 'z') : bytes)
  await writeFile(`${part}.json`, JSON.stringify(facts))
}

async function untilSize(file: string, size: number): Promise<void> {
  while (
    (await stat(file).then(
      (found) => found.size,
      () => 0,
    )) < size
  ) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
