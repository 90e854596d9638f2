import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { PlatformError } from '@cello/model'
import { administrator, useFabric } from '@cello/usecases'
import { archiveName, platformName } from './release.ts'
import { type Item, releaseItems, sha256, tgz } from './testing/archives.ts'
import { startReleaseServer } from './testing/release-server.ts'
import { bytesOf, host, makeWorld, putFabric, stepsOf } from './testing/world.ts'

const version = '3.1.4'
const archive = archiveName(version)
const path = `/v${version}/${archive}`
const place = `${version}/${platformName()}`
const wholeCache = [
  version,
  place,
  `${place}/archive.sha256`,
  `${place}/bin`,
  `${place}/bin/orderer`,
  `${place}/bin/osnadmin`,
  `${place}/bin/peer`,
  `${place}/config`,
  `${place}/config/core.yaml`,
  `${place}/config/orderer.yaml`,
]

test('a release is fetched, checked against its pinned digest, unpacked into the cache and found there', async () => {
  await using server = await startReleaseServer()
  const bytes = await tgz(releaseItems(version, { padding: 100_000 }))
  server.files.set(path, { bytes })
  await using world = await makeWorld({ releases: server.url, pinned: { [archive]: sha256(bytes) } })
  const view = await world.install({ version })
  assert.deepEqual([view.state, view.error], ['succeeded', undefined])
  assert.deepEqual([view.kind, view.subject], ['install-fabric', { kind: 'host', id: host.id, name: 'local' }])
  assert.deepEqual(bytesOf(view, 'fetch-archive'), [bytes.length, bytes.length])
  assert.deepEqual(await world.cached(), wholeCache, 'and nothing of builders, which we bring ourselves')
  assert.deepEqual(await readdir(join(world.cacheDir, 'fabric/.downloads')), [])
  assert.deepEqual(
    (await world.catalogue.list(host)).map((release) => [release.version, release.source, release.chosen]),
    [[version, 'cache', true]],
  )
  assert.deepEqual(server.requests, [path])
  assert.equal((await world.install({ version })).state, 'succeeded')
  assert.deepEqual(server.requests, [path], 'what is there is not fetched again')
})

test('a release is checked against the digest that is published beside it', async () => {
  await using server = await startReleaseServer()
  const bytes = await tgz(releaseItems(version))
  server.files.set(path, { bytes })
  server.files.set(`${path}.sha256`, {
    bytes: Buffer.from(`${'0'.repeat(64)}  other.tar.gz\n${sha256(bytes)}  ${archive}\n`),
  })
  await using world = await makeWorld({ releases: server.url })
  assert.equal((await world.install({ version })).state, 'succeeded')
})

test('without a known digest nothing is fetched, and the user is asked for one', async () => {
  await using server = await startReleaseServer()
  const bytes = await tgz(releaseItems(version))
  server.files.set(path, { bytes })
  await using world = await makeWorld({ releases: server.url })
  const asks = (error: unknown) => {
    assert.ok(error instanceof PlatformError)
    assert.equal(error.code, 'DIGEST_UNKNOWN')
    assert.match(`${error.message} ${error.next}`, new RegExp(`${archive}.*--sha256`))
    return true
  }
  await assert.rejects(world.install({ version }), asks)
  assert.deepEqual(server.requests, [`${path}.sha256`])
  const file = join(world.folder, 'mine.tgz')
  await writeFile(file, bytes)
  await assert.rejects(world.install({ version, file }), asks)
  assert.deepEqual((await world.store.operations.list({ limit: 9 })).items, [])
  assert.equal((await world.install({ version, sha256: sha256(bytes) })).state, 'succeeded', 'asked again at once')
})

test('a local archive is installed without a network, over what stood there', async () => {
  await using world = await makeWorld({ releases: 'http://127.0.0.1:1' })
  const file = join(world.folder, 'mine.tgz')
  for (const text of ['one', 'two']) {
    const items: Item[] = [...releaseItems(version), [{ name: './config/configtx.yaml' }, text]]
    const bytes = await tgz(items)
    await writeFile(file, bytes)
    const view = await world.install({ version, file, sha256: sha256(bytes) })
    assert.equal(view.state, 'succeeded', view.error?.message)
    assert.deepEqual(bytesOf(view, 'check-digest'), [bytes.length, bytes.length])
    assert.equal(await readFile(join(world.cacheDir, 'fabric', place, 'config/configtx.yaml'), 'utf8'), text)
  }
  assert.deepEqual(await world.cached(), [
    ...wholeCache.slice(0, 8),
    `${place}/config/configtx.yaml`,
    ...wholeCache.slice(8),
  ])
})

test('an archive with another digest than the known one is refused before anything in it runs, and thrown away', async () => {
  await using server = await startReleaseServer()
  server.files.set(path, { bytes: await tgz(releaseItems(version)) })
  await using world = await makeWorld({ releases: server.url, pinned: { [archive]: 'f'.repeat(64) } })
  const view = await world.install({ version })
  assert.equal(view.error?.code, 'DIGEST_MISMATCH')
  assert.match(view.error?.message ?? '', new RegExp(`${archive} is [0-9a-f]{64}, not f{64}`))
  assert.deepEqual(await world.cached(), [])
  assert.deepEqual(await readdir(join(world.cacheDir, 'fabric/.downloads')), [])
})

test('a truncated archive is refused: by its digest, and where that fits, since it is no whole archive', async () => {
  await using server = await startReleaseServer()
  const whole = await tgz(releaseItems(version, { padding: 50_000 }))
  const bytes = whole.subarray(0, whole.length - 30_000)
  server.files.set(path, { bytes })
  await using world = await makeWorld({ releases: server.url })
  assert.equal((await world.install({ version, sha256: sha256(whole) })).error?.code, 'DIGEST_MISMATCH')
  const view = await world.install({ version, sha256: sha256(bytes) })
  assert.equal(view.error?.code, 'ARCHIVE_REFUSED')
  assert.match(view.error?.message ?? '', /no whole tar\.gz archive/)
  assert.deepEqual(await world.cached(), [])
})

const hostile: Record<string, Item> = {
  'a path that climbs out': [{ name: '../evil' }, 'x'],
  'a path that climbs out in its middle': [{ name: 'bin/../../evil' }, 'x'],
  'an absolute path': [{ name: '/tmp/cello-evil' }, 'x'],
  'a path with a backslash': [{ name: 'bin\\peer' }, 'x'],
  'a symbolic link': [{ name: 'bin/discover', type: 'symlink', linkname: '/bin/sh' }],
  'a hard link': [{ name: 'bin/discover', type: 'link', linkname: 'bin/peer' }],
  'a device': [{ name: 'null', type: 'character-device', devmajor: 1, devminor: 3 }],
  'a fifo': [{ name: 'pipe', type: 'fifo' }],
  'a program twice': [{ name: './bin/peer' }, 'x'],
}

for (const [what, item] of Object.entries(hostile)) {
  test(`an archive with ${what} is refused, and leaves nothing`, async () => {
    await using world = await makeWorld()
    const bytes = await tgz([...releaseItems(version), item])
    const file = join(world.folder, 'hostile.tar.gz')
    await writeFile(file, bytes)
    const view = await world.install({ version, file, sha256: sha256(bytes) })
    assert.equal(view.error?.code, 'ARCHIVE_REFUSED', view.error?.message)
    assert.deepEqual(await world.cached(), [])
    assert.deepEqual((await readdir(world.folder)).sort(), ['cache', 'data', 'hostile.tar.gz'])
  })
}

test('an archive without a peer, of another version, of another processor, or of scripts is refused', async () => {
  await using world = await makeWorld()
  const foreign = process.arch === 'arm64' ? 'x64' : 'arm64'
  const items = releaseItems(version)
  const script: Item = [{ name: 'bin/discover' }, '#!/bin/sh\n']
  const cases: [what: string, items: Item[], code: string, message: RegExp][] = [
    ['no peer', items.filter(([{ name }]) => name !== 'bin/peer'), 'ARCHIVE_REFUSED', /no bin\/peer/],
    ['other version', releaseItems('3.1.3'), 'ARCHIVE_REFUSED', /says that it is 3\.1\.3, and 3\.1\.4 was asked for/],
    ['other processor', releaseItems(version, { arch: foreign }), 'PROGRAM_UNSUITABLE', /another processor/],
    ['a script', [...items, script], 'PROGRAM_UNSUITABLE', /discover .* no program for Linux/],
  ]
  for (const [what, content, code, message] of cases) {
    const bytes = await tgz(content)
    const file = join(world.folder, 'odd.tar.gz')
    await writeFile(file, bytes)
    const view = await world.install({ version, file, sha256: sha256(bytes) })
    assert.equal(view.error?.code, code, `${what}: ${view.error?.message}`)
    assert.match(view.error?.message ?? '', message, what)
    assert.deepEqual(await world.cached(), [], what)
  }
})

test('who asks for what is being installed is told of that operation; another source takes its place', async () => {
  await using server = await startReleaseServer()
  const bytes = await tgz(releaseItems(version, { padding: 100_000 }))
  server.files.set(path, { bytes, stallAfter: 1000 })
  server.files.set('/other.tar.gz', { bytes })
  await using world = await makeWorld({ releases: server.url, pinned: { [archive]: sha256(bytes) } })
  const [first, second] = await Promise.all([world.ask({ version }), world.ask({ version })])
  assert.equal(first, second)
  await server.stalled()
  assert.equal(await world.ask({ version }), first)
  const other = await world.install({ version, url: `${server.url}/other.tar.gz` })
  assert.deepEqual([other.state, other.error], ['succeeded', undefined])
  assert.equal((await world.ended(first)).state, 'superseded')
  assert.deepEqual(await world.store.operations.onHosts(), [])
})

test('a version is chosen by an operation, once it is found', async () => {
  await using world = await makeWorld()
  const call = { actor: administrator }
  await assert.rejects(useFabric(world.context, call, { host: 'local', version }), { code: 'FABRIC_NOT_FOUND' })
  await putFabric(join(world.cacheDir, 'fabric', place, 'bin'), version)
  const { id } = await useFabric(world.context, call, { host: 'local', version })
  const operation = await world.ended(id)
  assert.deepEqual(
    [operation.kind, operation.state, stepsOf(operation)],
    ['use-fabric', 'succeeded', ['choose-release done']],
  )
  assert.equal((await world.store.hosts.get(host.id))?.fabricVersion, version)
  const again = await useFabric(world.context, call, { host: 'local', version })
  assert.deepEqual((await world.ended(again.id)).steps, [], 'what is so needs no step')
})

test('a version that is too old is refused, and so is a request that makes no sense', async () => {
  await using world = await makeWorld()
  const file = join(world.folder, 'x.tgz')
  await writeFile(file, 'x')
  const codeOf = (request: Parameters<typeof world.install>[0]) =>
    world.install(request).then(
      () => 'none',
      (error: unknown) => (error instanceof PlatformError ? error.code : String(error)),
    )
  assert.equal(await codeOf({ version: '2.4.9' }), 'UNSUPPORTED')
  assert.equal(await codeOf({ version, file: 'x.tgz' }), 'INVALID_REQUEST')
  assert.equal(await codeOf({ version, file, url: 'https://example.org/' }), 'INVALID_REQUEST')
  for (const url of ['ftp://example.org/', 'file:///etc/passwd', 'https://user:secret@example.org/', 'nonsense']) {
    assert.equal(await codeOf({ version, url }), 'INVALID_REQUEST', url)
  }
})

test('a file that is no archive to begin with is named before any work, with why and what to give instead', async (t) => {
  await using world = await makeWorld()
  const at = (name: string) => join(world.folder, name)
  await mkdir(at('folder'))
  await writeFile(at('empty.tgz'), '')
  await symlink('loop.tgz', at('loop.tgz'))
  execFileSync('mkfifo', [at('pipe.tgz')])
  await writeFile(at('secret.tgz'), 'x', { mode: 0 })
  const cases: [name: string, why: RegExp][] = [
    ['missing.tgz', /: there is no such file\.$/],
    ['empty.tgz/missing.tgz', /: there is no such file\.$/],
    ['folder', /: it is a folder\.$/],
    ['pipe.tgz', /: it is no ordinary file\.$/],
    ['empty.tgz', /: it is empty\.$/],
    ['loop.tgz', /: ELOOP/],
  ]
  // Nothing is closed to root.
  if (process.getuid?.() === 0) t.diagnostic('run as root: a file without read permission is not tried')
  else cases.push(['secret.tgz', /: the user that runs the server may not read it\.$/])
  for (const [name, why] of cases) {
    await assert.rejects(world.install({ version, file: at(name), sha256: 'f'.repeat(64) }), (error) => {
      assert.ok(error instanceof PlatformError, name)
      assert.equal(error.code, 'ARCHIVE_UNREADABLE', name)
      assert.ok(error.message.includes(at(name)), error.message)
      assert.match(error.message, why)
      assert.match(error.next, /path of a release archive .* machine of the server/)
      return true
    })
  }
  assert.deepEqual((await world.store.operations.list({ limit: 9 })).items, [])
})

test('a cache that cannot be written is named', async (t) => {
  await using world = await makeWorld()
  const parent = join(world.folder, 'locked')
  await writeFile(parent, 'a file where a folder must be')
  await using blocked = await makeWorld({ cacheDir: join(parent, 'cache') })
  await assert.rejects(blocked.install({ version, sha256: 'f'.repeat(64) }), (error) => {
    assert.ok(error instanceof PlatformError)
    assert.equal(error.code, 'FOLDER_NOT_WRITABLE')
    assert.match(error.next, /CELLO_CACHE/)
    return true
  })
  if (process.getuid?.() === 0) return t.diagnostic('run as root: folders without write permission are not tried')
  await mkdir(world.cacheDir, { recursive: true })
  await chmod(world.cacheDir, 0o500)
  await assert.rejects(world.install({ version, sha256: 'f'.repeat(64) }), { code: 'FOLDER_NOT_WRITABLE' })
})

test('a full disk is named, and leaves nothing unpacked', async (t) => {
  await using server = await startReleaseServer()
  const bytes = await tgz(releaseItems(version, { padding: 3_000_000 }))
  server.files.set(path, { bytes })
  await using world = await makeWorld({ releases: server.url, pinned: { [archive]: sha256(bytes) } })
  await mkdir(world.cacheDir)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', world.cacheDir], { stdio: 'pipe' })
  } catch (error) {
    return t.skip(
      `SKIPPED: no tmpfs can be mounted here, so a full disk is not tested (${String(error).split('\n')[0]})`,
    )
  }
  try {
    const view = await world.install({ version })
    assert.equal(view.error?.code, 'STORAGE_FULL', view.error?.message)
    assert.deepEqual(await world.cached(), [])
  } finally {
    execFileSync('umount', [world.cacheDir], { stdio: 'pipe' })
  }
})

test('an archive of the real programs is installed, found and started', async (t) => {
  const real = join(process.env['CELLO_CACHE'] ?? join(homedir(), '.cache/cello'), 'fabric/3.1.5', platformName())
  const has = await stat(join(real, 'bin/peer')).catch(() => undefined)
  if (!has) return t.skip(`SKIPPED: there is no Fabric 3.1.5 in ${real}, so no real archive is installed`)
  await using world = await makeWorld()
  const names = ['bin/peer', 'bin/orderer', 'config/core.yaml', 'config/orderer.yaml', 'config/configtx.yaml']
  const items = await Promise.all(
    names.map(async (name): Promise<Item> => [{ name }, await readFile(join(real, name))]),
  )
  const bytes = await tgz(items)
  const file = join(world.folder, 'real.tar.gz')
  await writeFile(file, bytes)
  const view = await world.install({ version: '3.1.5', file, sha256: sha256(bytes) })
  assert.equal(view.state, 'succeeded', view.error?.message)
  const [release] = await world.catalogue.list(host)
  assert.deepEqual([release?.version, release?.source], ['3.1.5', 'cache'])
  for (const { name, digest } of release?.programs ?? []) {
    assert.equal(digest, sha256(await readFile(join(real, 'bin', name))), name)
  }
})
