import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { writeTree } from '@cello/fabric/testing/real-node'
import { builderPrograms } from './builder-programs.ts'
import { buildMark, contractClientJson, contractClientPath } from './contract-client.ts'

const client = {
  certificate: 'a certificate\nof "us"\n',
  privateKey: 'a key\\n\n',
  rootCertificate: 'a root %s $HOME\n',
}
const mark = buildMark(client)

/** The folders that a peer prepares for its builder, with a space in their path. */
function stage(context: TestContext, files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'cello builder-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const part of ['source', 'metadata', 'output', 'release', 'node']) mkdirSync(join(folder, part))
  writeTree(folder, { ...files })
  writeTree(join(folder, 'node'), { ...builderPrograms })
  const at = (path: string): string => join(folder, path)
  const run = (name: string, ...parts: string[]) => {
    const program = at(`node/builder/bin/${name}`)
    chmodSync(program, 0o700)
    const env = { CELLO_NODE_FILES: at('node'), CELLO_BUILD_MARK: mark }
    // No PATH at all: the shell's own default has to do.
    const { status, stderr } = spawnSync(program, parts.map(at), { env, encoding: 'utf8' })
    return { status, stderr }
  }
  return {
    at,
    detect: () => run('detect', 'source', 'metadata').status,
    build: () => run('build', 'source', 'metadata', 'output'),
    release: () => run('release', 'output', 'release'),
    connection: (): unknown => JSON.parse(readFileSync(at('release/chaincode/server/connection.json'), 'utf8')),
  }
}

const plain = { address: '127.0.0.1:9999', dial_timeout: '10s', tls_required: false }
const withTls = { address: 'c.example:9999', dial_timeout: '10s', tls_required: true, root_cert: 'old root' }

test('packages of type ccaas are ours, in any case and spacing, and no others', (context) => {
  const cases: [string, number][] = [
    ['{"path":"","type":"ccaas","label":"asset_1"}', 0],
    ['{ "type" : "CCaaS", "label": "x" }', 0],
    ['{"type":"node","label":"ccaas"}', 1],
    ['{"type":"golang"}', 1],
    ['{"type":"ccaas-other"}', 1],
    ['', 1],
  ]
  for (const [metadata, status] of cases) {
    assert.equal(stage(context, { 'metadata/metadata.json': metadata }).detect(), status, metadata)
  }
  assert.notEqual(stage(context, {}).detect(), 0, 'no metadata at all')
})

test('a package without TLS goes through build and release as it is', (context) => {
  const builder = stage(context, { 'source/connection.json': JSON.stringify(plain) })
  assert.deepEqual(builder.build(), { status: 0, stderr: '' })
  assert.deepEqual(builder.release(), { status: 0, stderr: '' })
  assert.deepEqual(builder.connection(), plain)
  assert.ok(existsSync(builder.at(`output/${mark}`)))
})

test('a package that asks for TLS gets the identity of the peer, whose file is beside it, and stays valid JSON', (context) => {
  for (const text of [JSON.stringify(withTls), JSON.stringify(withTls, null, 2), `${JSON.stringify(withTls)}\n\n`]) {
    const builder = stage(context, {
      'source/connection.json': text,
      [`node/${contractClientPath}`]: contractClientJson(client),
    })
    assert.equal(builder.build().status, 0)
    assert.deepEqual(builder.release(), { status: 0, stderr: '' })
    assert.deepEqual(builder.connection(), {
      ...withTls,
      client_auth_required: true,
      client_key: client.privateKey,
      client_cert: client.certificate,
      root_cert: client.rootCertificate,
    })
    const { mode } = statSync(builder.at('release/chaincode/server/connection.json'))
    assert.equal(mode & 0o077, 0, 'others must not read the key')
  }
})

test('the identity does not go into packages without TLS, and its lack does not stop one with it', (context) => {
  const open = stage(context, {
    'source/connection.json': JSON.stringify(plain),
    [`node/${contractClientPath}`]: contractClientJson(client),
  })
  assert.equal(open.build().status, 0)
  assert.equal(open.release().status, 0)
  assert.deepEqual(open.connection(), plain)
  const bare = stage(context, { 'source/connection.json': JSON.stringify(withTls) })
  assert.equal(bare.build().status, 0)
  assert.equal(bare.release().status, 0)
  assert.deepEqual(bare.connection(), withTls)
})

test('indexes of the package reach the peer', (context) => {
  const index = 'META-INF/statedb/couchdb/indexes/owner.json'
  const builder = stage(context, {
    'source/connection.json': JSON.stringify(plain),
    [`source/${index}`]: '{"index":{}}',
  })
  assert.equal(builder.build().status, 0)
  assert.equal(builder.release().status, 0)
  assert.equal(readFileSync(builder.at('release/statedb/couchdb/indexes/owner.json'), 'utf8'), '{"index":{}}')
})

test('a package without a connection, without an address, or that is no object is refused in words', (context) => {
  const none = stage(context, {}).build()
  assert.deepEqual([none.status, none.stderr], [1, 'the package holds no connection.json\n'])
  const nowhere = stage(context, { 'source/connection.json': '{"tls_required":false}' }).build()
  assert.deepEqual([nowhere.status, nowhere.stderr], [1, 'connection.json names no address\n'])
  const cut = stage(context, { 'source/connection.json': '{"address":"x:1"' })
  assert.equal(cut.build().status, 0)
  const released = cut.release()
  assert.deepEqual([released.status, released.stderr], [1, 'connection.json is not a JSON object\n'])
})

test('the mark sorts after all other files of a build, since the peer copies by name, and follows the identity', () => {
  assert.ok([mark, 'connection.json', 'META-INF'].toSorted().at(-1) === mark)
  assert.notEqual(mark, buildMark({ ...client, certificate: 'renewed' }))
  assert.notEqual(mark, buildMark(undefined))
  assert.equal(mark, buildMark({ ...client }))
})
