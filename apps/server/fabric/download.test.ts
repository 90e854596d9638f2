import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { archiveName } from './release.ts'
import { releaseItems, sha256, tgz } from './testing/archives.ts'
import { startReleaseServer } from './testing/release-server.ts'
import { ended, host, makeWorld } from './testing/world.ts'

const version = '3.1.4'
const archive = archiveName(version)
const path = `/v${version}/${archive}`

async function serve(options: { etag?: string; noRanges?: boolean } = {}) {
  const server = await startReleaseServer()
  const bytes = await tgz(releaseItems(version, { padding: 400_000 }))
  server.files.set(path, { bytes, etag: '"one"', ...options })
  return { server, bytes, digest: sha256(bytes) }
}

test('a connection that is cut is taken up where it ended', async () => {
  const { server, bytes, digest } = await serve()
  await using _server = server
  server.files.set(path, { bytes, etag: '"one"', cutAfter: 150_000 })
  await using world = await makeWorld({ releases: server.url })
  const view = await world.install({ version, sha256: digest })
  assert.deepEqual([view.state, view.bytesDone], ['succeeded', bytes.length], view.error?.message)
  assert.deepEqual(server.requests, [path, `${path} bytes=150000-`])
})

test('an installation goes on where one that was killed ended, and the killed one leaves nothing half-made', async () => {
  const { server, bytes, digest } = await serve()
  await using _server = server
  server.files.set(path, { bytes, etag: '"one"', stallAfter: 200_000 })
  await using world = await makeWorld({ releases: server.url })
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'testing/install-child.ts'), world.cacheDir, server.url, version, digest],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, TMPDIR: world.folder } },
  )
  await server.stalled()
  await untilSize(join(world.cacheDir, 'fabric/.downloads', `${archive}.part`), 200_000)
  child.kill('SIGKILL')
  await once(child, 'exit')
  // As an installation that was killed while it unpacked leaves them.
  const dead = join(world.cacheDir, 'fabric', `.fresh-${child.pid}-0123`)
  await mkdir(join(dead, 'bin'), { recursive: true })
  assert.deepEqual((await world.finder.find()).length, 0)
  server.files.set(path, { bytes, etag: '"one"' })
  const view = await world.install({ version, sha256: digest })
  assert.equal(view.state, 'succeeded', view.error?.message)
  assert.deepEqual(server.requests, [path, `${path} bytes=200000-`])
  assert.deepEqual((await readdir(join(world.cacheDir, 'fabric'))).sort(), ['.downloads', version])
  assert.deepEqual(await readdir(join(world.cacheDir, 'fabric/.downloads')), [])
})

test('an installation that the end of the server stops goes on with the next one', async () => {
  const { server, bytes, digest } = await serve()
  await using _server = server
  server.files.set(path, { bytes, etag: '"one"', stallAfter: 100_000 })
  await using first = await makeWorld({ releases: server.url })
  const { id } = await first.catalogue.install(host, { version, sha256: digest }, 'tester')
  await server.stalled()
  await untilSize(join(first.cacheDir, 'fabric/.downloads', `${archive}.part`), 100_000)
  await first.catalogue[Symbol.asyncDispose]()
  assert.equal((await ended(first.catalogue, id)).error?.code, 'STARTING')
  server.files.set(path, { bytes, etag: '"one"' })
  await using second = await makeWorld({ releases: server.url, cacheDir: first.cacheDir })
  assert.equal((await second.install({ version, sha256: digest })).state, 'succeeded')
  assert.equal(server.requests.at(-1), `${path} bytes=100000-`)
})

test('a file that changed on the server is fetched from its start', async () => {
  const { server, bytes, digest } = await serve({ etag: '"two"' })
  await using _server = server
  await using world = await makeWorld({ releases: server.url })
  await leavePart(world.cacheDir, { url: `${server.url}${path}`, etag: '"one"', length: 300_000 }, 100_000)
  const view = await world.install({ version, sha256: digest })
  assert.deepEqual([view.state, view.bytesDone], ['succeeded', bytes.length], view.error?.message)
  assert.deepEqual(server.requests, [`${path} bytes=100000-`])
})

for (const [what, options] of Object.entries({ 'no ranges': { noRanges: true }, 'no etags': { etag: '' } })) {
  test(`what a server with ${what} gave before is not trusted`, async () => {
    const { server, bytes, digest } = await serve(options)
    await using _server = server
    await using world = await makeWorld({ releases: server.url })
    await leavePart(world.cacheDir, { url: `${server.url}${path}`, length: bytes.length }, 100_000)
    const view = await world.install({ version, sha256: digest })
    assert.deepEqual([view.state, view.bytesDone], ['succeeded', bytes.length], view.error?.message)
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

async function leavePart(cacheDir: string, facts: object, bytes: number): Promise<void> {
  const part = join(cacheDir, 'fabric/.downloads', `${archive}.part`)
  await mkdir(join(cacheDir, 'fabric/.downloads'), { recursive: true })
  await writeFile(part, Buffer.alloc(bytes, 'z'))
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
