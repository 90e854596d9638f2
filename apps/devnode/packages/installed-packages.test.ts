import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ExternalBuilder } from '../settings/peer-lists.ts'
import { openInstalledPackages } from './installed-packages.ts'
import { connection, testLog, testPackage, writeTestBuilder } from './testing/test-packages.ts'

const detectServices = 'grep -q \'"type":"ccaas"\' "$2/metadata.json"'
const build = 'cp "$1/connection.json" "$3/connection.json"'
const release = 'mkdir -p "$2/chaincode/server"; cp "$1/connection.json" "$2/chaincode/server/connection.json"'

async function inFolder(act: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'devnode-installed-'))
  try {
    await act(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function open(folder: string, builders: readonly ExternalBuilder[] = [], environment: Record<string, string> = {}) {
  const { log, lines } = testLog()
  const all = { PATH: process.env.PATH, SECRET: 'secret', ...environment }
  return {
    lines,
    packages: openInstalledPackages({ folder, builders, environment: all, installTimeoutMs: 60_000, log }),
  }
}

test('a service’s package needs no builder, is installed once, and is found after a start', () =>
  inFolder(async (folder) => {
    const packages = await open(folder).packages
    const bytes = await testPackage()
    // Whichever is unpacked first.
    const both = await Promise.allSettled([packages.install(bytes), packages.install(bytes)])
    const installed = both.find((one) => one.status === 'fulfilled')
    const refused = both.find((one) => one.status === 'rejected')
    assert.ok(installed && refused)
    const { id } = installed.value
    assert.equal(refused.reason.message, `chaincode already successfully installed (package ID '${id}')`)
    const again = await open(folder).packages
    assert.deepEqual(
      again.list().map((one) => [one.id, one.label]),
      [[id, 'assets_1.0']],
    )
    assert.deepEqual(await again.get(id)?.connection(), { address: connection.address, dialTimeoutMs: 10_000 })
    assert.deepEqual(Buffer.from(await again.load(id)), Buffer.from(bytes))
    await assert.rejects(again.install(bytes), /already successfully installed/)
  }))

test('a package that nobody builds is not kept', () =>
  inFolder(async (folder) => {
    const packages = await open(folder).packages
    await assert.rejects(packages.install(await testPackage({ type: 'golang' })), {
      message: 'could not build chaincode: no DockerBuilder, cannot build',
    })
    assert.deepEqual(packages.list(), [])
    assert.deepEqual(readdirSync(join(folder, 'lifecycle', 'chaincodes')), [])
    await assert.rejects(packages.install(Buffer.from('rubbish!rubbish!')), {
      message: 'could not parse as a chaincode install package: error reading as gzip stream: gzip: invalid header',
    })
  }))

test('a builder sees its folders and the variables that it may, and what it released is read anew each time', () =>
  inFolder(async (folder) => {
    const look = 'env | sort | cut -d= -f1 | grep -v PWD >"$3/variables"; ls "$1" "$2" >"$3/listed"'
    const programs = { detect: detectServices, build: `${build}; ${look}; echo built >&2`, release }
    const builder = writeTestBuilder(join(folder, 'builder'), programs, ['CELLO_TEST'])
    const { packages: opening, lines } = open(folder, [builder], { CELLO_TEST: 'yes' })
    const packages = await opening
    const code = {
      'connection.json': JSON.stringify(connection),
      'src/': { type: 'directory' } as const,
      'src/a.txt': 'a',
    }
    const { id } = await packages.install(await testPackage({ code }))
    const made = join(folder, 'externalbuilder', 'builds', id.replace(':', '-'))
    assert.deepEqual(readdirSync(made).sort(), ['bld', 'build-info.json', 'release'])
    assert.equal(readFileSync(join(made, 'build-info.json'), 'utf8'), '{"builder_name":"test-builder"}')
    const variables = readFileSync(join(made, 'bld', 'variables'), 'utf8')
      .trim()
      .split('\n')
    assert.deepEqual(
      variables.filter((name) => name !== '_' && name !== 'SHLVL'),
      ['CELLO_TEST', 'PATH'],
    )
    assert.match(readFileSync(join(made, 'bld', 'listed'), 'utf8'), /metadata\.json\n[^]*connection\.json\nsrc\n/)
    assert.ok(lines.some((line) => line.includes('built') && line.includes('test-builder')))
    const installed = packages.get(id)
    assert.equal((await installed?.connection())?.address, connection.address)
    const file = join(made, 'release', 'chaincode', 'server', 'connection.json')
    writeFileSync(file, JSON.stringify({ ...connection, address: 'elsewhere:1' }))
    assert.equal((await installed?.connection())?.address, 'elsewhere:1')
  }))

test('a builder that fails takes the package with it, and says what Fabric says', () =>
  inFolder(async (folder) => {
    const failing = writeTestBuilder(join(folder, 'builder'), { detect: 'true', build: 'echo no >&2; exit 3' })
    const { packages: opening, lines } = open(folder, [failing])
    const packages = await opening
    await assert.rejects(packages.install(await testPackage()), {
      message:
        "could not build chaincode: external builder failed: external builder failed to build: external builder 'test-builder' failed: exit status 3",
    })
    assert.ok(
      lines.some((line) => line.includes('info [devnode] no ')),
      'what it said is in the log',
    )
    assert.deepEqual(readdirSync(join(folder, 'externalbuilder', 'builds')), [])
    const releasing = { detect: 'true', build: 'true', release: 'kill -9 $$' }
    const killed = await open(folder, [writeTestBuilder(join(folder, 'other'), releasing)]).packages
    await assert.rejects(killed.install(await testPackage()), {
      message:
        "could not build chaincode: external builder failed: external builder failed to release: builder 'test-builder' release failed: signal: killed",
    })
  }))

test('code that leads out of its folder is not unpacked', () =>
  inFolder(async (folder) => {
    const builder = writeTestBuilder(join(folder, 'builder'), { detect: 'true', build: 'true' })
    const packages = await open(folder, [builder]).packages
    const begin =
      'could not build chaincode: external builder failed: could not create build context: could not untar source package: '
    const tricks = [
      [{ '../../out': 'x' }, "tar contains the absolute or escaping path '../../out'"],
      [{ 'a/../../out': 'x' }, "tar contains the absolute or escaping path 'a/../../out'"],
      [{ '/etc/out': 'x' }, "tar contains the absolute or escaping path '/etc/out'"],
      [{ link: { type: 'symlink', linkname: '/' } }, "invalid file type '50' contained in archive for file 'link'"],
    ] as const
    for (const [code, sentence] of tricks) {
      await assert.rejects(packages.install(await testPackage({ code })), { message: begin + sentence }, sentence)
    }
    assert.deepEqual(packages.list(), [])
  }))

test('what a kill left of a build is taken away and built anew', () =>
  inFolder(async (folder) => {
    const builder = writeTestBuilder(join(folder, 'builder'), { detect: detectServices, build, release })
    const { id } = await (await open(folder, [builder]).packages).install(await testPackage())
    const made = join(folder, 'externalbuilder', 'builds', id.replace(':', '-'))
    const halves = [
      () => rmSync(join(made, 'build-info.json')),
      () => writeFileSync(join(made, 'build-info.json'), '{"builder_na'),
      () => rmSync(join(made, 'bld'), { recursive: true }),
      () => rmSync(join(made, 'release'), { recursive: true }),
      () => mkdirSync(join(folder, 'externalbuilder', 'builds', '.half')),
    ]
    for (const cut of halves) {
      cut()
      const packages = await open(folder, [builder]).packages
      assert.equal((await packages.get(id)?.connection())?.address, connection.address)
      assert.deepEqual(readdirSync(join(folder, 'externalbuilder', 'builds')), [id.replace(':', '-')])
    }
  }))

test('a build whose builder is gone is not run by another', () =>
  inFolder(async (folder) => {
    const builder = writeTestBuilder(join(folder, 'builder'), { detect: detectServices, build, release })
    const { id } = await (await open(folder, [builder]).packages).install(await testPackage())
    const packages = await open(folder, [{ ...builder, name: 'another' }]).packages
    await assert.rejects(async () => packages.get(id)?.connection(), {
      message: `error building image: external builder failed: existing build could not be restored: chaincode '${id}' was already built with builder 'test-builder', but that builder is no longer available`,
    })
  }))

test('the first builder that detects a package builds it, and one that hangs is ended', () =>
  inFolder(async (folder) => {
    const never = writeTestBuilder(join(folder, 'never'), { detect: 'false', build: 'exit 9' })
    const hangs = {
      ...writeTestBuilder(join(folder, 'hangs'), { detect: 'true', build: 'exec sleep 60' }),
      name: 'hangs',
    }
    const { log } = testLog()
    const packages = await openInstalledPackages({
      folder,
      builders: [never, hangs],
      environment: { PATH: process.env.PATH },
      installTimeoutMs: 3_000,
      log,
    })
    await assert.rejects(packages.install(await testPackage()), /external builder 'hangs' failed: signal: killed/)
  }))
