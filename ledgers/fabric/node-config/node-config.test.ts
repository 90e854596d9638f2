import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import { contractNode } from './contract-node.ts'
import { fabricLine } from './fabric-line.ts'
import type { NodeParts } from './node-parts.ts'
import { ordererNode } from './orderer-node.ts'
import { peerNode } from './peer-node.ts'

const key = '-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n'
const identity = {
  msp: { 'keystore/priv_sk': key, 'config.yaml': 'NodeOUs:\n' },
  tls: { 'server.key': key, 'server.crt': 'certificate' },
}

function peer(version: string, more: Partial<Parameters<typeof peerNode>[0]> = {}): NodeParts {
  return peerNode({
    version,
    networkName: 'demo',
    name: 'peer0',
    mspId: 'Org1MSP',
    listenHost: '0.0.0.0',
    advertised: 'host1.example:21000',
    ports: { service: '{port:service}', operations: '{port:operations}' },
    bootstrap: ['host1.example:21001', 'host2.example:21000'],
    peerRoots: ['root1\n', 'root2\n'],
    ...identity,
    ...more,
  })
}

function orderer(version: string): NodeParts {
  const ports = { service: 21_000, admin: 21_001, operations: 21_002 }
  const hosts = { listenHost: '127.0.0.1', adminHost: '127.0.0.1' }
  return ordererNode({ version, mspId: 'OrdererMSP', ...hosts, ports, adminRoots: ['root1\n', 'root2\n'], ...identity })
}

const contentOf = (parts: NodeParts, name: string): string =>
  parts.files.find(({ path }) => path === name)?.content ?? assert.fail(`no file ${name}`)

test('equal input gives equal parts', () => {
  assert.deepEqual(peer('3.1.5'), peer('3.1.5'))
  assert.deepEqual(orderer('2.5.16'), orderer('2.5.16'))
})

test('the driver’s placeholders stay whole in the files, and every port and folder is one of them', () => {
  const core = parse(contentOf(peer('3.1.5'), 'core.yaml'))
  assert.equal(core.peer.listenAddress, '0.0.0.0:{port:service}')
  assert.equal(core.operations.listenAddress, '127.0.0.1:{port:operations}')
  assert.equal(core.peer.fileSystemPath, '{data}')
  assert.equal(core.ledger.snapshots.rootDir, '{data}/snapshots')
  assert.equal(core.peer.mspConfigPath, '{files}/msp')
  assert.equal(core.chaincode.externalBuilders[0].path, '{files}/builder')
})

test('what a peer dies of or goes deaf without is written', () => {
  for (const version of ['2.5.16', '3.0.0', '3.1.5']) {
    const core = parse(contentOf(peer(version), 'core.yaml'))
    assert.deepEqual(core.chaincode.system, { _lifecycle: 'enable', cscc: 'enable', qscc: 'enable' }, version)
    assert.equal(core.peer.discovery.enabled, true, version)
    assert.equal(core.peer.gateway.enabled, true, version)
    assert.equal(core.ledger.history.enableHistoryDatabase, true, version)
    assert.equal(core.peer.deliveryclient.blockGossipEnabled, false, version)
    assert.deepEqual([core.peer.gossip.orgLeader, core.peer.gossip.state.enabled], [true, false], version)
    assert.equal(core.peer.gossip.reconnectInterval, '1s', version)
    assert.equal(core.vm.endpoint, '', version)
    assert.equal(core.metrics.provider, 'prometheus', version)
    assert.equal(core.peer.gossip.externalEndpoint, 'host1.example:21000', version)
  }
})

test('a peer alone in its organization bootstraps from itself', () => {
  const core = parse(contentOf(peer('3.1.5', { bootstrap: [] }), 'core.yaml'))
  assert.deepEqual(core.peer.gossip.bootstrap, ['host1.example:21000'])
})

test('keys of one line of Fabric stay out of the files of the other', () => {
  const newer = parse(contentOf(orderer('3.1.5'), 'orderer.yaml')).General
  const older = parse(contentOf(orderer('2.5.16'), 'orderer.yaml')).General
  assert.equal(older.BootstrapMethod, 'none')
  assert.deepEqual([newer.BootstrapMethod, older.Backoff, older.Throttling], [undefined, undefined, undefined])
  assert.equal(newer.Backoff.MaxDelay, '10s')
})

test('keys are secret files, and nothing else is', () => {
  const client = { certificate: 'c', privateKey: key }
  const parts = peer('3.1.5', { contractClient: client })
  const secrets = parts.secretFiles.map(({ path }) => path).toSorted()
  assert.deepEqual(secrets, ['contract-client.json', 'msp/keystore/priv_sk', 'tls/server.key'])
  assert.ok(!JSON.stringify(parts).includes('PRIVATE KEY'))
  assert.equal(parts.secretFiles.find(({ path }) => path === 'tls/server.key')?.content.reveal(), key)
})

test('the builder is executable, and half-made builds are swept by the mark that its programs are told', () => {
  const parts = peer('3.1.5')
  const programs = parts.files.filter(({ executable }) => executable).map(({ path }) => path)
  assert.deepEqual(programs.toSorted(), ['builder/bin/build', 'builder/bin/detect', 'builder/bin/release'])
  assert.deepEqual(parts.sweep, [
    { folder: 'externalbuilder/builds', unlessHolds: `bld/${parts.env.CELLO_BUILD_MARK}` },
  ])
})

test('a peer that reads packages by itself has no builder, and what one made is swept', () => {
  const parts = peer('3.1.5', { readsPackages: true })
  assert.deepEqual(parse(contentOf(parts, 'core.yaml')).chaincode.externalBuilders, [])
  assert.ok(!parts.files.some(({ executable }) => executable))
  assert.deepEqual(parts.sweep, [{ folder: 'externalbuilder/builds', unlessHolds: 'no-build' }])
})

test('the admin listener trusts the given roots alone', () => {
  const parts = orderer('3.1.5')
  const { Admin } = parse(contentOf(parts, 'orderer.yaml'))
  assert.deepEqual(Admin.TLS.ClientRootCAs, ['{files}/tls/admin-roots.crt'])
  assert.equal(Admin.TLS.ClientAuthRequired, true)
  assert.equal(contentOf(parts, 'tls/admin-roots.crt'), 'root1\nroot2\n')
})

test('lines of Fabric that we do not configure are refused', () => {
  assert.deepEqual(['2.5.0', 'v2.5.16', '3.0.0', '3.1.5', '3.2'].map(fabricLine), ['2.5', '2.5', '3', '3', '3'])
  for (const version of ['', '1.4.12', '2.2.3', '2.50.1', '4.0.0', 'latest']) {
    assert.throws(() => fabricLine(version), { code: 'UNSUPPORTED' }, version)
  }
})

test('a contract is started for its package, at the address that peers dial', () => {
  const options = { packageId: 'a_1:ff', mspId: 'Org1MSP', listenHost: '127.0.0.1' }
  const { args, env, secretFiles } = contractNode({ ...options, hasModules: false })
  assert.deepEqual(args, ['{program:contract}'])
  assert.equal(env['CHAINCODE_SERVER_ADDRESS'], '127.0.0.1:{port:service}')
  assert.equal(env['CHAINCODE_ID'], 'a_1:ff')
  assert.equal(env['CORE_PEER_LOCALMSPID'], 'Org1MSP', 'contracts ask the shim whose peer calls them')
  assert.equal(env['CELLO_KEPT_MODULES'], undefined)
  assert.equal(contractNode({ ...options, hasModules: true }).env['CELLO_KEPT_MODULES'], '{program:modules}')
  assert.deepEqual(secretFiles, [])
})
