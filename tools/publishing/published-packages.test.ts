import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pack } from './pack.ts'
import { publishedPackages } from './published-package.ts'

const root = join(import.meta.dirname, '..', '..')

const usesFabric = `
import { formatPolicy, parsePolicy, sha256, toHex } from '@cello/fabric/codec'
import * as fabric from '@cello/fabric'
const policy: string = formatPolicy(parsePolicy("OutOf(2,'Org1MSP.peer','Org2MSP.peer')"))
const digest: string = toHex(sha256(new Uint8Array()))
console.log(JSON.stringify({ policy, digest, functions: Object.keys(fabric).length > 50 }))
`
const usesSdk = `
import { CelloError, createClient, type Client } from '@cello/sdk'
const client: Client = createClient({ baseUrl: 'http://127.0.0.1:9', token: 'none' })
const error = await client.networks.list().catch((cause: unknown) => cause)
console.log(JSON.stringify({ verbs: typeof client.networks.create, isOurs: error instanceof CelloError }))
`
const settings = {
  compilerOptions: {
    target: 'es2022',
    module: 'nodenext',
    strict: true,
    types: ['node'],
    skipLibCheck: false,
    noEmitOnError: true,
  },
  include: ['*.ts'],
}

describe('the published packages, installed in an empty project', () => {
  let folder = ''
  const inProject = (program: string, args: readonly string[]): string => {
    const ran = spawnSync(program, args, { cwd: folder, encoding: 'utf8', timeout: 600_000 })
    assert.equal(ran.status, 0, `${basename(program)} ${args.join(' ')}: ${ran.stdout}${ran.stderr}`)
    return ran.stdout
  }

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'published-'))
    const tarballs = publishedPackages(root).map((published) => pack(published, root, join(folder, 'packed')))
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
    // What the installation of this project fetched is not fetched again, and a registry that stumbles is asked again.
    const careful = ['--prefer-offline', '--fetch-retries=5']
    const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
    inProject('npm', ['install', '--ignore-scripts', ...careful, ...quiet, ...tarballs])
    writeFileSync(join(folder, 'uses-fabric.ts'), usesFabric)
    writeFileSync(join(folder, 'uses-sdk.ts'), usesSdk)
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
    // What every TypeScript project on Node has besides.
    mkdirSync(join(folder, 'node_modules', '@types'), { recursive: true })
    for (const name of ['@types/node', 'undici-types']) {
      rmSync(join(folder, 'node_modules', name), { recursive: true, force: true })
      symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
    }
    inProject(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', '.'])
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  test('the Fabric library works from its tarball', () => {
    assert.deepEqual(JSON.parse(inProject(process.execPath, ['uses-fabric.js'])), {
      policy: "AND('Org1MSP.peer', 'Org2MSP.peer')",
      digest: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      functions: true,
    })
  })

  test('every door of every package opens', () => {
    for (const { name, entries } of publishedPackages(root)) {
      for (const door of Object.keys(entries)) {
        const specifier = name + door.slice(1)
        inProject(process.execPath, ['--input-type=module', '-e', `await import('${specifier}')`])
      }
    }
  })

  test('the client works from its tarball, with none of our workspaces beside it', () => {
    assert.deepEqual(JSON.parse(inProject(process.execPath, ['uses-sdk.js'])), { verbs: 'function', isOurs: true })
    const scope = readdirSync(join(folder, 'node_modules', '@cello')).toSorted()
    assert.deepEqual(scope, ['fabric', 'sdk'])
  })

  test('no test and no test material is packed', () => {
    const packed = readdirSync(join(folder, 'node_modules', '@cello'), { recursive: true, encoding: 'utf8' })
    const unwanted = packed.filter(
      (path) => /\.test\.|(?:^|\/)testing(?:\/|$)|suites/.test(path) || basename(path).endsWith('.tgz'),
    )
    assert.deepEqual(unwanted, [])
  })
})
