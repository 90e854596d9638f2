import assert from 'node:assert/strict'
import { readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { PlatformError } from '@cello/model'
import type { Driver } from '@cello/ports'
import { createFabricCatalogue } from './catalogue.ts'
import { cachedRelease, chooseFabric, createFabricFinder, type FoundFabric } from './find-fabric.ts'
import { findFabricRuntime } from './find-runtime.ts'
import { tinyFabricProgram } from './testing/tiny-program.ts'
import { host, makeWorld, putFabric } from './testing/world.ts'

test('Fabric is found where it was configured, then in PATH, then in the cache, newest first', async () => {
  await using world = await makeWorld()
  const at = (name: string) => join(world.folder, name)
  await putFabric(at('configured/bin'), '2.5.9')
  await putFabric(at('one'), '3.1.0')
  await putFabric(join(cachedRelease(world.cacheDir, '2.5.16'), 'bin'), '2.5.16')
  await putFabric(join(cachedRelease(world.cacheDir, '3.1.5'), 'bin'), '3.1.5')
  const finder = createFabricFinder({
    configured: at('configured'),
    path: [at('missing'), at('one'), at('one')],
    cacheDir: world.cacheDir,
  })
  const found = await finder.find()
  assert.deepEqual(
    found.map(({ version, source }) => `${version} ${source}`),
    ['2.5.9 configured', '3.1.0 path', '3.1.5 cache', '2.5.16 cache'],
  )
  assert.equal(chooseFabric(found, undefined)?.version, '2.5.9')
  assert.equal(chooseFabric(found, '3.1.5')?.source, 'cache')
  assert.equal(chooseFabric(found, '3.0.0'), undefined)
})

test('a folder without an orderer, a program that says nothing, and one that cannot be started are no Fabric', async () => {
  await using world = await makeWorld()
  const folders = ['half', 'mute', 'foreign', 'unstartable'].map((name) => join(world.folder, name))
  for (const folder of folders) await putFabric(folder, '3.1.5')
  const [half = '', mute = '', foreign = '', unstartable = ''] = folders
  await rm(join(half, 'orderer'))
  await writeFile(join(mute, 'peer'), '#!/bin/sh\necho hello\n')
  await writeFile(join(foreign, 'peer'), '#!/nonexistent/interpreter\n')
  await rm(join(unstartable, 'peer'))
  await writeFile(join(unstartable, 'peer'), 'x', { mode: 0o644 })
  assert.deepEqual(await createFabricFinder({ path: folders, cacheDir: world.cacheDir }).find(), [])
})

test('a program is asked for its version with nothing in its environment', async () => {
  await using world = await makeWorld()
  const folder = await putFabric(join(world.folder, 'bin'), '3.1.5')
  const seen = join(world.folder, 'seen')
  const peer = ['#!/bin/sh', `/usr/bin/env > ${seen}`, "echo ' Version: v3.1.5'"].join('\n')
  await writeFile(join(folder, 'peer'), peer)
  await createFabricFinder({ path: [folder], cacheDir: world.cacheDir }).find()
  const names = (await readLines(seen)).map((line) => line.split('=')[0])
  // The shell itself adds these.
  assert.deepEqual(
    names.filter((name) => name !== 'PWD' && name !== '_' && name !== 'SHLVL'),
    [],
  )
})

test('a second look runs nothing; a program that changed is asked again', async () => {
  await using world = await makeWorld()
  const folder = await putFabric(join(world.folder, 'bin'), '3.1.4')
  const log = join(world.folder, 'log')
  const peer = (version: string) => ['#!/bin/sh', `echo run >> ${log}`, `echo ' Version: v${version}'`].join('\n')
  await writeFile(join(folder, 'peer'), peer('3.1.4'))
  const others = Array.from({ length: 20 }, (_, n) => join(world.folder, `path${n}`))
  const finder = createFabricFinder({ path: [...others, folder], cacheDir: world.cacheDir })
  await Promise.all([finder.find(), finder.find()])
  assert.equal((await finder.find())[0]?.version, '3.1.4')
  assert.equal((await readLines(log)).length, 1, 'one run for all')
  const before = await finder.digest(join(folder, 'peer'))
  await writeFile(join(folder, 'peer'), peer('3.1.5'))
  // A clock that goes in steps may show the same time as before.
  await utimes(join(folder, 'peer'), new Date(), new Date(Date.now() + 5_000))
  assert.equal((await finder.find())[0]?.version, '3.1.5')
  assert.notEqual(await finder.digest(join(folder, 'peer')), before)
  assert.equal((await readLines(log)).length, 2)
})

test('an old Fabric in PATH is passed over where a newer is found, and refused with the reason where none is', async () => {
  const old: FoundFabric = { version: '2.2.15', source: 'path', folder: '/old' }
  const fresh: FoundFabric = { version: '2.5.0', source: 'cache', folder: '/new' }
  assert.equal(chooseFabric([old, fresh], undefined), fresh)
  assert.equal(chooseFabric([old], undefined), old)
  const configured: FoundFabric = { ...old, source: 'configured' }
  assert.equal(chooseFabric([configured, fresh], undefined), configured, 'what somebody configured is not passed over')
  await assert.rejects(runtimeOf([old], {}), (error) => {
    assert.ok(error instanceof PlatformError)
    assert.equal(error.code, 'UNSUPPORTED')
    assert.match(error.message, /Fabric 2\.2\.15 is not supported: .*V2_5.*2\.5\.0/)
    return true
  })
  await assert.rejects(runtimeOf([fresh], { version: '2.4.9' }), { code: 'UNSUPPORTED' })
})

test('a network gets the version it asks for, else the one chosen for the host, with the digests of its programs', async () => {
  const found: FoundFabric[] = [
    { version: '3.1.5', source: 'path', folder: '/a' },
    { version: '2.5.16', source: 'cache', folder: '/b' },
  ]
  assert.deepEqual(await runtimeOf(found, {}), {
    kind: 'fabric',
    version: '3.1.5',
    programs: { peer: { digest: 'of /a/peer', entry: 'peer' }, orderer: { digest: 'of /a/orderer', entry: 'orderer' } },
  })
  assert.equal((await runtimeOf(found, {}, '2.5.16')).version, '2.5.16')
  assert.equal((await runtimeOf(found, { version: '3.1.5' }, '2.5.16')).version, '3.1.5')
  await assert.rejects(runtimeOf(found, { version: '3.0.0' }), (error) => {
    assert.ok(error instanceof PlatformError)
    assert.equal(error.code, 'FABRIC_NOT_FOUND')
    assert.match(
      `${error.message} ${error.next}`,
      /No Hyperledger Fabric 3\.0\.0 .* host local\..*cello fabric install/,
    )
    assert.deepEqual(error.facts['found'], ['3.1.5', '2.5.16'])
    return true
  })
})

test('where all there is was made for another machine, that is the reason, and the program is named', async () => {
  await using world = await makeWorld()
  const folder = await putFabric(join(world.folder, 'bin'), '3.1.5')
  const other = process.arch === 'x64' ? 'arm64' : 'x64'
  await writeFile(join(folder, 'peer'), tinyFabricProgram('peer', '3.1.5', other))
  const path = [await putFabric(join(world.folder, 'fake'), 'none'), join(world.folder, 'missing')]
  const finder = createFabricFinder({ configured: folder, path, cacheDir: world.cacheDir })
  assert.deepEqual(await finder.find(), [])
  const unsuitable = await createFabricCatalogue({ finder, cacheDir: world.cacheDir }).unsuitable(host)
  assert.deepEqual(
    unsuitable.map(({ program, reason }) => [program.slice(world.folder.length), reason.replace(/ \(.*/, '')]),
    [
      ['/bin/peer', 'it is made for another processor than this one'],
      ['/fake/peer', 'it does not start, or does not say its version'],
    ],
  )
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing of the driver is asked
  const target = { host, driver: {} as Driver }
  await assert.rejects(findFabricRuntime(finder, target, { kind: 'fabric' }), (error) => {
    assert.ok(error instanceof PlatformError)
    assert.equal(error.code, 'PROGRAM_UNSUITABLE')
    assert.match(error.message, /bin\/peer cannot run on this machine: it is made for another processor/)
    return true
  })
})

test('the list names each version once for each place, with digests, and what new networks get', async () => {
  await using world = await makeWorld()
  const [one, two] = [join(world.folder, 'one'), join(world.folder, 'two')]
  await putFabric(one, '3.1.5')
  await putFabric(two, '3.1.5')
  await putFabric(join(cachedRelease(world.cacheDir, '2.5.16'), 'bin'), '2.5.16')
  await using listing = await makeWorld({ path: [one, two], cacheDir: world.cacheDir })
  const shown = async (fabricVersion?: string) =>
    (await listing.catalogue.list({ ...host, fabricVersion })).map((release) => [release.version, release.chosen])
  assert.deepEqual(await shown(), [
    ['3.1.5', true],
    ['2.5.16', false],
  ])
  assert.deepEqual(await shown('2.5.16'), [
    ['3.1.5', false],
    ['2.5.16', true],
  ])
  const [first] = await listing.catalogue.list(host)
  assert.deepEqual(
    first?.programs.map(({ name }) => name),
    ['orderer', 'peer'],
  )
  for (const { digest } of first?.programs ?? []) assert.match(digest, /^[0-9a-f]{64}$/)
  assert.deepEqual((await readdir(one)).sort(), ['orderer', 'peer'], 'nothing is written where Fabric is found')
})

async function runtimeOf(found: FoundFabric[], runtime: { version?: string }, chosen?: string) {
  const addProgram: Driver['addProgram'] = async ({ path }) => ({
    digest: `of ${path}`,
    entry: path.split('/').at(-1) ?? '',
  })
  const finder = { find: async () => found, digest: async () => undefined, unsuitable: async () => [] }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else of the driver is asked
  const driver = { addProgram } as Driver
  return await findFabricRuntime(
    finder,
    { host: { ...host, fabricVersion: chosen }, driver },
    { kind: 'auto', ...runtime },
  )
}

async function readLines(path: string): Promise<string[]> {
  return (await readFile(path, 'utf8')).trim().split('\n')
}
