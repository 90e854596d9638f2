import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { poll, sha256Hex } from '@cello/kit'
import { type ErrorCode, PlatformError } from '@cello/model'
import type { ProgramSource } from '@cello/ports'
import { pack } from 'tar-stream'
import { type ContractBuilder, createContractBuilder } from './builder.ts'
import { shippedPackages } from './shipped-packages.ts'

const examples = join(import.meta.dirname, '../../../examples/contracts')

let folder = ''
let builder: ContractBuilder

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cello-contracts-'))
  builder = createContractBuilder({ ...folders(), addProgram: keep })
})

after(() => rm(folder, { recursive: true }))

const folders = () => ({ workFolder: join(folder, 'work'), cacheFolder: join(folder, 'cache') })

/** Keeps a folder by what is in it, as a driver does. */
async function keep(source: ProgramSource) {
  assert.equal(source.kind, 'folder')
  const digest = sha256Hex((await listing(source.path)).join('\n'))
  await cp(source.path, join(folder, digest), { recursive: true })
  return { digest, entry: source.kind === 'folder' ? source.entry : '' }
}

async function listing(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const lines = files.map(async (path) => `${relative(root, path)} ${sha256Hex(await readFile(path))}`)
  return (await Promise.all(lines)).sort()
}

async function archiveOf(files: Readonly<Record<string, string>>): Promise<Uint8Array[]> {
  const archive = pack()
  for (const [name, content] of Object.entries(files)) archive.entry({ name }, content)
  archive.finalize()
  return [gzipSync(Buffer.concat(await Array.fromAsync(archive as AsyncIterable<Buffer>)))]
}

async function filesOf(root: string): Promise<Record<string, string>> {
  const entries = (await readdir(root, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const paths = entries.map((entry) => join(entry.parentPath, entry.name))
  const pairs = paths.map(async (path) => [relative(root, path), await readFile(path, 'utf8')] as const)
  return Object.fromEntries(await Promise.all(pairs))
}

function packageJson(more: object = {}): string {
  return JSON.stringify({ name: 'small', version: '1.2.3', main: 'index.js', ...more })
}

const plainContract = `
const { Contract } = require('fabric-contract-api')
exports.contracts = [class Small extends Contract { async get(ctx, key) { return String(await ctx.stub.getState(key)) } }]
`

async function refused(
  files: Readonly<Record<string, string>>,
  code: ErrorCode,
  words: RegExp,
): Promise<PlatformError> {
  const failure: unknown = await builder.build(await archiveOf(files)).catch((error: unknown) => error)
  assert.ok(failure instanceof PlatformError, String(failure))
  assert.equal(failure.code, code, failure.message)
  assert.match(failure.message, words)
  return failure
}

/** Starts a kept contract with nothing but what its node would have, and waits until it listens. */
async function startsAndListens(digest: string, entry: string, more: Record<string, string> = {}): Promise<string> {
  const port = await freePort()
  const address = `127.0.0.1:${port}`
  const env = { CHAINCODE_SERVER_ADDRESS: address, CHAINCODE_ID: 'test:1', ...more }
  const child = spawn(process.execPath, [join(folder, digest, entry)], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise((resolve) => child.once('close', resolve))
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  const listening = await poll(
    async () => {
      if (child.exitCode !== null) return 'ended'
      return (await answers(port)) ? 'listens' : undefined
    },
    { timeoutMs: 120_000 },
  )
  // It says so a little later than it does.
  const isSaid = async () => (child.exitCode !== null || output.includes(' listens on ') ? true : undefined)
  await poll(isSaid, { timeoutMs: 120_000 })
  child.kill('SIGTERM')
  await ended
  assert.equal(listening, 'listens', output)
  assert.equal(child.exitCode, 0, 'it ends by itself when asked')
  return output
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

/** Below the ports that the kernel gives to connections, of which one would be taken before the contract listens. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const isFree = await new Promise<boolean>((resolve) => {
      const probe = createServer().once('error', () => resolve(false))
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
    })
    if (isFree) return port
  }
}

for (const name of ['assets', 'smallest']) {
  test(`the example ${name} is built without a network, and its node listens`, async () => {
    const built = await builder.build(await archiveOf(await filesOf(join(examples, name))))
    assert.deepEqual([built.name, built.version, built.language], [name, '1.0.0', 'node'])
    assert.match(
      await startsAndListens(built.digest, built.entry),
      new RegExp(`contract ${name} 1.0.0 listens on .* as test:1`),
    )
  })
}

test('the same archive gives the same digest, and is compiled once', async () => {
  const files = await filesOf(join(examples, 'smallest'))
  const archive = await archiveOf(files)
  const compiled = async () => (await readdir(join(folder, 'cache/compiled'))).sort()
  const first = await builder.build(archive)
  const before = await compiled()
  assert.equal((await builder.build(archive)).digest, first.digest)
  assert.deepEqual(await compiled(), before)
  const changed = { ...files, 'src/index.ts': `${files['src/index.ts']}\nexport const more = 1\n` }
  assert.notEqual((await builder.build(await archiveOf(changed))).digest, first.digest)
  assert.equal((await compiled()).length, before.length + 1)
  await refused({ ...files, 'src/index.ts': 'missing()' }, 'BUILD_FAILED', /Cannot find name/)
  assert.equal((await compiled()).length, before.length + 1, 'what does not compile is compiled again')
})

test('a contract in JavaScript is not compiled, and its index definitions are kept', async () => {
  const index = 'META-INF/statedb/couchdb/indexes/owner.json'
  const built = await builder.build(
    await archiveOf({ 'package.json': packageJson(), 'index.js': plainContract, [index]: '{}' }),
  )
  assert.deepEqual(built.metadata, { [index]: '{}' })
  await startsAndListens(built.digest, built.entry)
})

test('a contract notices nothing of the modules that are kept for its start', async () => {
  const contract = `
    const asked = (name) => (require(name), require.resolve(name))
    let stack
    try {
      require('fabric-contract-api').Returns('x')({}, undefined)
      require('fabric-contract-api').Transaction()(class { put() {} }.prototype, 'put')
    } catch (error) { stack = error.stack.split(' at ', 2).join(' at ') }
    const names = ['fabric-contract-api', 'fabric-shim', 'fabric-shim/lib/stub', 'fabric-shim/lib/chaincode.js', 'winston',
      'reflect-metadata', 'class-transformer', '@hyperledger/fabric-protos', '@hyperledger/fabric-protos/lib/peer/index.js']
    const told = names.map((name) => {
      const { id, filename, path, loaded, exports } = require.cache[asked(name)]
      return [name, id, filename, path, loaded, exports === require(name), typeof exports, Object.keys(exports).length]
    })
    const same = require('fabric-shim').ChaincodeStub === require('fabric-shim/lib/stub')
    const modules = Object.keys(require.cache).filter((path) => !path.endsWith('/kept-modules.cjs')).sort()
    process.stdout.write('told ' + JSON.stringify({ told, same, stack, modules, main: require.main.filename }) + '\\n')
    ${plainContract}`
  const built = await builder.build(await archiveOf({ 'package.json': packageJson(), 'index.js': contract }))
  const told = async (env = {}) => /^told .*$/m.exec(await startsAndListens(built.digest, built.entry, env))?.[0]
  const { modules } = built
  assert.ok(modules)
  const kept = await told({ CELLO_KEPT_MODULES: join(folder, modules.digest, modules.entry) })
  assert.equal(kept, await told())
  assert.match(String(kept), /transaction\.js:\d+:\d+/)
})

test('an archive gives the same contract wherever it is built, whatever was built there before', async () => {
  const files = { 'package.json': packageJson(), 'index.js': plainContract }
  const elsewhere = createContractBuilder({ ...folders(), cacheFolder: join(folder, 'other-cache'), addProgram: keep })
  const [here, there] = [await builder.build(await archiveOf(files)), await elsewhere.build(await archiveOf(files))]
  assert.equal(here.digest, there.digest)
})

test('a contract of ECMAScript modules, in the folder that npm pack makes', async () => {
  const source = `import api from 'fabric-contract-api'
    class Small extends api.Contract { async get(ctx, key) { return String(await ctx.stub.getState(key)) } }
    export const contracts = [Small]`
  const manifest = packageJson({ type: 'module', dependencies: { 'fabric-contract-api': '^2.5' } })
  const built = await builder.build(await archiveOf({ 'package/package.json': manifest, 'package/index.js': source }))
  await startsAndListens(built.digest, built.entry)
})

test('a contract without a tsconfig.json is compiled, with its decorators', async () => {
  const source = `import { Context, Contract, Transaction } from 'fabric-contract-api'
    export class A extends Contract {
      @Transaction() async put(ctx: Context, key: string): Promise<void> { await ctx.stub.putState(key, new Uint8Array()) }
    }
    export const contracts = [A]`
  const manifest = packageJson({ main: 'dist/index.js' })
  const built = await builder.build(await archiveOf({ 'package.json': manifest, 'src/index.ts': source }))
  assert.match(await readFile(join(folder, built.digest, 'dist/index.js'), 'utf8'), /design:paramtypes/)
})

test('a folder that is built already is taken as it is', async () => {
  const files = { 'package.json': packageJson({ dependencies: { other: '1.0.0' } }), 'index.js': plainContract }
  const shim = { 'node_modules/fabric-shim/package.json': '{"name":"fabric-shim","version":"2.2.0"}' }
  const whole = { ...files, ...shim, 'src/broken.ts': 'this is no TypeScript' }
  const built = await builder.build(await archiveOf(whole))
  assert.deepEqual(await readdir(join(folder, built.digest, 'node_modules')), ['fabric-shim'])
  assert.equal(built.modules, undefined)
  await refused({ ...files, 'node_modules/other/package.json': '{}' }, 'PACKAGE_INVALID', /fabric-shim is not among/)
})

test('what the compiler finds is told with file, line and column', async () => {
  const files = {
    'package.json': packageJson({ main: 'dist/index.js' }),
    'src/index.ts': 'export const contracts = []\nconst n: number = "text"\nmissing()\n',
  }
  const failure = await refused(
    files,
    'BUILD_FAILED',
    /^The contract does not build: src\/index\.ts:2:7: Type 'string'.*\(and 1 more\)/,
  )
  assert.deepEqual(failure.facts.problems, [
    "src/index.ts:2:7: Type 'string' is not assignable to type 'number'. (TS2322)",
    "src/index.ts:3:1: Cannot find name 'missing'. (TS2304)",
  ])
})

test('a tsconfig.json neither reads nor writes outside of the contract', async () => {
  const base = { 'package.json': packageJson({ main: 'dist/index.js' }), 'src/index.ts': 'export const contracts = []' }
  const config = (value: object) => ({ ...base, 'tsconfig.json': JSON.stringify(value) })
  await refused(config({ compilerOptions: { outDir: '../../out' } }), 'BUILD_FAILED', /outside of the contract/)
  await refused(config({ extends: '/etc/tsconfig.json' }), 'BUILD_FAILED', /tsconfig\.json/)
  await refused(config({ files: ['/etc/hostname'] }), 'BUILD_FAILED', /hostname/)
  const reads = {
    ...config({ compilerOptions: { resolveJsonModule: true } }),
    'src/a.ts': `import x from '${folder}/a.json'`,
  }
  await refused(reads, 'BUILD_FAILED', /Cannot find module/)
})

test('a contract that cannot be run says what it lacks', async () => {
  await refused({ 'a.js': '' }, 'PACKAGE_INVALID', /no package\.json/)
  await refused({ 'package.json': '{' }, 'PACKAGE_INVALID', /no JSON/)
  await refused({ 'package.json': packageJson({ name: '../evil' }) }, 'PACKAGE_INVALID', /name: write it as npm/)
  await refused({ 'package.json': packageJson({ main: '../index.js' }) }, 'PACKAGE_INVALID', /leads out/)
  await refused({ 'package.json': packageJson({ workspaces: ['a'] }) }, 'PACKAGE_INVALID', /workspaces/)
  await refused({ 'package.json': packageJson() }, 'BUILD_FAILED', /names index\.js as its main file/)
})

test('dependencies that are not shipped need an npm and a lockfile of whole releases', async () => {
  const files = { 'package.json': packageJson({ dependencies: { other: '1.0.0' } }), 'index.js': plainContract }
  await refused(files, 'BUILD_NEEDS_NETWORK', /other \(this server installs nothing\)/)
  builder = createContractBuilder({
    ...folders(),
    addProgram: keep,
    npm: { command: process.execPath, path: '' },
  })
  await refused(files, 'BUILD_NEEDS_NETWORK', /other, and there is no package-lock\.json/)
  const locked = (path: string, entry: object) => ({
    ...files,
    'package-lock.json': JSON.stringify({ lockfileVersion: 3, packages: { '': {}, [path]: entry } }),
  })
  const at = 'node_modules/other'
  await refused(
    locked(at, { resolved: 'git+ssh://git@host/x.git', integrity: 'x' }),
    'PACKAGE_INVALID',
    /takes .* from git/,
  )
  await refused(locked(at, { resolved: 'file:../../etc', integrity: 'x' }), 'PACKAGE_INVALID', /takes .* from file/)
  await refused(locked(at, { link: true }), 'PACKAGE_INVALID', /links/)
  await refused(locked(at, { resolved: 'https://host/x.tgz' }), 'PACKAGE_INVALID', /no integrity/)
  await refused(locked('../../evil', { integrity: 'x' }), 'PACKAGE_INVALID', /names the path/)
  await refused({ ...files, 'package-lock.json': '{"lockfileVersion":1}' }, 'PACKAGE_INVALID', /not understood/)
  // In a folder of its own, since npm's home and cache stay.
  const workFolder = join(folder, 'without-npm')
  builder = createContractBuilder({ ...folders(), workFolder, addProgram: keep, npm: { command: '/nonexistent/npm' } })
  const whole = { resolved: 'https://host/x.tgz', integrity: 'sha512-x' }
  await refused(locked(at, whole), 'BUILD_NEEDS_NETWORK', /no npm is on the PATH of the server/)
})

test('nothing is left in the work folder', async () => {
  assert.deepEqual(await readdir(join(folder, 'work')), [])
})

test('what a server left that was killed while it built goes before the next build, and npm’s cache stays', async () => {
  const workFolder = join(folder, 'left')
  await mkdir(join(workFolder, 'build-abc123', 'node_modules'), { recursive: true })
  await mkdir(join(workFolder, 'npm', 'cache'), { recursive: true })
  const next = createContractBuilder({ ...folders(), workFolder, addProgram: keep })
  await assert.rejects(next.build(await archiveOf({ 'a.js': '' })), { code: 'PACKAGE_INVALID' })
  assert.deepEqual(await readdir(workFolder), ['npm'])
})

test('each shipped package finds the versions that it was installed with', async () => {
  const shipped = shippedPackages()
  const places = new Map(shipped.map((one) => [one.place, one]))
  assert.equal(
    places.get('@hyperledger/fabric-protos')?.version,
    '0.3.7',
    "one version of Fabric's messages everywhere",
  )
  for (const { source, place } of shipped) {
    const { dependencies = {} } = JSON.parse(await readFile(join(source, 'package.json'), 'utf8'))
    for (const name of Object.keys(dependencies).filter((dependency) => !dependency.startsWith('@types/'))) {
      const here = nearest(place, name, (path) => places.get(path)?.version)
      const { version } = JSON.parse(await readFile(await installed(source, name), 'utf8'))
      assert.equal(here, version, `${name}, needed by ${place}`)
    }
  }
})

function nearest(place: string, name: string, look: (path: string) => string | undefined): string | undefined {
  const parts = place.split('/node_modules/')
  for (let depth = parts.length; depth >= 0; depth--) {
    const found = look([...parts.slice(0, depth), name].join('/node_modules/'))
    if (found) return found
  }
  return undefined
}

async function installed(from: string, name: string): Promise<string> {
  for (let at = from; at !== '/'; at = join(at, '..')) {
    const path = join(at, 'node_modules', name, 'package.json')
    if (
      await readFile(path).then(
        () => true,
        () => false,
      )
    )
      return path
  }
  return ''
}
