import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { peerKeys } from './peer-keys.ts'
import { readPeerSettings } from './peer-settings.ts'

const read = (yaml: string, env: Readonly<Record<string, string>> = {}) =>
  readPeerSettings({ folder: '/etc/node', yaml, env })

const smallest = 'peer: { address: "h:1", listenAddress: "0.0.0.0:1", localMspId: M, mspConfigPath: msp'
const withMore = (more: string) => `${smallest}${more} }`

test('what Fabric needs must be set, and the rest is what a missing key means to Fabric', () => {
  assert.throws(() => read(''), /peer.address isn't set/)
  const settings = read(withMore(''))
  assert.equal(settings.mspFolder, '/etc/node/msp')
  assert.equal(settings.timeWindowMs, 900_000)
  assert.equal(settings.discovery.enabled, false)
  assert.equal(settings.gateway.enabled, false, 'no gateway without discovery')
  assert.deepEqual(settings.contracts.system, { _lifecycle: false, cscc: false, qscc: false })
  assert.deepEqual(settings.state, { richQueries: false, queryLimit: 10_000, history: false })
  assert.equal(settings.neighbours.endpoint, 'h:1')
  assert.equal(settings.contracts.startTimeoutMs, 5_000)
})

test('clients are watched as Fabric watches them: a missing key is its default, and 0 is that of its gRPC library', () => {
  const shipped = { intervalMs: 7_200_000, timeoutMs: 20_000, minIntervalMs: 60_000 }
  assert.deepEqual(read(withMore('')).keepalive.server, shipped)
  const none = withMore(', keepalive: { interval: 0s, timeout: 0s, minInterval: 0s }')
  assert.deepEqual(read(none).keepalive.server, { ...shipped, minIntervalMs: 300_000 })
})

test('lists of sections are read from the file and from variables', () => {
  const builders = 'externalBuilders: [{ name: b, path: /b, propagateEnvironment: [A, B] }]'
  const yaml = `${withMore(', discovery: { enabled: true }')}\nchaincode: { ${builders}, system: { cscc: enable } }`
  const expected = [{ name: 'b', path: '/b', propagateEnvironment: ['A', 'B'] }]
  assert.deepEqual(read(yaml).contracts.builders, expected)
  assert.equal(read(yaml).gateway.enabled, true)
  assert.equal(read(yaml).contracts.system.cscc, true)
  const env = { CORE_CHAINCODE_EXTERNALBUILDERS: '[{name: c, path: /c}]', CORE_PEER_GOSSIP_BOOTSTRAP: 'a:1 b:2' }
  assert.deepEqual(read(yaml, env).contracts.builders, [{ name: 'c', path: '/c', propagateEnvironment: [] }])
  assert.deepEqual(read(yaml, env).neighbours.bootstrap, ['a:1', 'b:2'])
  assert.throws(() => read(`${smallest} }\nchaincode: { externalBuilders: [{ name: b }] }`), /path attribute missing/)
  assert.throws(() => read(withMore(', handlers: { authFilters: [{ name: Mine }] }')), /authFilters names Mine/)
})

test('what is unknown or may not differ is refused; what Docker is told is free', () => {
  const free = 'vm: { docker: { hostConfig: { Anything: 1, LogConfig: { Config: { max-size: 5 } } } } }'
  assert.doesNotThrow(() => read(`${withMore('')}\n${free}`, { CORE_VM_DOCKER_HOSTCONFIG_NETWORKMODE: 'x' }))
  assert.throws(() => read(withMore(', colour: red')), /peer.colour is no key/)
  assert.throws(() => read(withMore(''), { CORE_CHAINCODE_MODE: 'dev' }), /chaincode.mode is dev, and may only be net/)
  assert.throws(() => read(withMore(''), { CORE_LEDGER_STATE_STATEDATABASE: 'x' }), /may only be goleveldb or CouchDB/)
})

for (const version of ['2.5.16', '3.1.5']) {
  const cache = process.env['CELLO_CACHE'] ?? join(homedir(), '.cache', 'cello')
  const arch = process.arch === 'x64' ? 'amd64' : process.arch
  const file = join(cache, 'fabric', version, `${process.platform}-${arch}`, 'config', 'core.yaml')
  const skip = existsSync(file) ? false : `no core.yaml of Fabric ${version}`
  test(`the core.yaml that Fabric ${version} ships is taken as it is`, { skip }, () => {
    const settings = read(readFileSync(file, 'utf8'))
    assert.deepEqual(settings.listen, { host: '0.0.0.0', port: 7051 })
    assert.equal(settings.gateway.enabled, true)
    assert.deepEqual(settings.contracts.system, { _lifecycle: true, cscc: true, qscc: true })
    assert.equal(settings.contracts.runtimeParams.useWriteBatch, version === '3.1.5')
    assert.equal(settings.contracts.runtimeParams.maxSizeWriteBatch, 1_000)
    assert.deepEqual(settings.checks, { expiry: true, time: version === '3.1.5' })
    assert.equal(settings.contracts.builders[0]?.name, 'ccaas_builder')
  })
}

test('docs/devnode.md shows every key of a peer with what is done with it', () => {
  const page = readFileSync(new URL('../../../docs/devnode.md', import.meta.url), 'utf8')
  for (const [key, row] of Object.entries(peerKeys)) {
    const why = row.rule === 'obeyed' ? '' : row.why
    const shipped =
      row.rule === 'fixed' ? `must be ${row.values.filter((value) => value !== '').join(' or ') || 'empty'}` : row.rule
    assert.ok(page.includes(`| \`${key}\` | ${shipped} | ${why} |`), `| \`${key}\` | ${shipped} | ${why} |`)
  }
})
