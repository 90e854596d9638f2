import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { common } from '@hyperledger/fabric-protos'
import { concatBytes } from '../codec/index.ts'
import {
  createOrganizationAuthorities,
  createRevocationList,
  enrol,
  renewAuthority,
  trustOf,
} from '../identity/index.ts'
import { vectorConfig, vectorSpec } from '../testing/config-vectors.ts'
import * as config from './index.ts'

/** Field 99 with content "x", which no message of Fabric has. */
const unknownField = Uint8Array.of(0x9a, 0x06, 1, 0x78)
const [consenter] = vectorSpec('raft').orderer.consensus.consenters
const [bftConsenter] = vectorSpec('bft').orderer.consensus.consenters
assert.ok(consenter && bftConsenter && 'id' in bftConsenter)

function valueAt(of: common.Config, path: readonly string[], name: string): common.ConfigValue {
  const group = path.reduce((at, key) => at?.getGroupsMap().get(key), of.getChannelGroup())
  const value = group?.getValuesMap().get(name)
  assert.ok(value, name)
  return value
}

/** Of no authority, as `openssl ca -gencrl` makes them unless told otherwise; thrown-away keys. */
const nobodysList = `-----BEGIN X509 CRL-----
MIHPMHgCAQEwCgYIKoZIzj0EAwIwOTEZMBcGA1UEChMQb3JnMi5leGFtcGxlLmNv
bTEcMBoGA1UEAxMTY2Eub3JnMi5leGFtcGxlLmNvbRcNMjYxMTIzMTQwNjMxWhcN
MjYxMjIzMTQwNjMxWqAOMAwwCgYDVR0UBAMCAQEwCgYIKoZIzj0EAwIDRwAwRAIg
Yq8P8hfu2i66vZeLUsNvENsm7kCc0LVKkyQm10DTGb4CID3iAUydaOTHchvvIsh8
Ueg67BNIcwx52FG60PwTH+ec
-----END X509 CRL-----
`

type Edit = (it: common.Config) => common.Config
const edits: readonly [path: readonly string[], value: string, edit: Edit][] = [
  [['Orderer'], 'BatchSize', (it) => config.setBatch(it, { maxMessageCount: 3 })],
  [['Orderer'], 'BatchTimeout', (it) => config.setBatch(it, { timeout: '3s' })],
  [['Orderer'], 'ConsensusType', (it) => config.setRaftOptions(it, { electionTick: 30 })],
  [['Orderer'], 'Capabilities', (it) => config.setCapabilities(it, 'orderer', ['V2_0'])],
  [['Orderer', 'OrdererMSP'], 'Endpoints', (it) => config.setOrdererEndpoints(it, 'OrdererMSP', ['a:1'])],
  [['Application', 'Org1MSP'], 'AnchorPeers', (it) => config.setAnchorPeers(it, 'Org1MSP', [{ host: 'a', port: 1 }])],
  [['Application', 'Org1MSP'], 'MSP', (it) => config.updateMsp(it, 'Org1MSP', { revocationLists: [] })],
]

for (const [path, name, edit] of edits) {
  test(`${name} with a field of a newer Fabric is not edited, and elsewhere not touched`, () => {
    const novel = vectorConfig('raft')
    const value = valueAt(novel, path, name)
    const bytes = concatBytes(value.getValue_asU8(), unknownField)
    value.setValue(bytes)
    assert.throws(() => edit(novel), { code: 'UNKNOWN_FIELDS' })
    const elsewhere = config.setPolicy(novel, { group: 'channel' }, 'X', { type: 'ImplicitMeta', rule: 'ANY Readers' })
    assert.deepEqual(valueAt(elsewhere, path, name).getValue_asU8(), bytes)
  })
}

test('the options inside the consensus type are walked too', () => {
  const novel = vectorConfig('bft')
  const value = valueAt(novel, ['Orderer'], 'ConsensusType')
  // ConsensusType { type: "BFT", metadata: <field 99> }
  value.setValue(concatBytes(Uint8Array.of(0x0a, 3, 0x42, 0x46, 0x54, 0x12, unknownField.length), unknownField))
  assert.throws(() => config.setBftOptions(novel, { syncOnStart: true }), { code: 'UNKNOWN_FIELDS' })
})

test('an edit keeps the version and the guard of what it changes', () => {
  const original = vectorConfig('wide')
  const value = valueAt(original, ['Orderer'], 'BatchSize')
  value.setModPolicy('/Channel/Admins')
  const edited = valueAt(config.setBatch(original, { maxMessageCount: 3 }), ['Orderer'], 'BatchSize')
  assert.deepEqual([edited.getVersion(), edited.getModPolicy()], [value.getVersion(), '/Channel/Admins'])
})

test('what cannot be is refused with its reason', () => {
  const raft = vectorConfig('raft')
  const bft = vectorConfig('bft')
  const anyReaders = { type: 'ImplicitMeta', rule: 'ANY Readers' } as const
  const { enrolment } = createOrganizationAuthorities({ domain: 'x.example' })
  const msp = { mspId: 'X', rootCertificates: [enrolment.certificate] }
  const renewed = renewAuthority(enrolment).certificate
  const beside = { ...msp, rootCertificates: [enrolment.certificate, renewed] }
  const below = createOrganizationAuthorities({ domain: 'y.example', withIntermediates: true })
  const chain = trustOf(below.enrolment)
  const certifiedBy = (certificate: string): config.MspSpec => ({
    mspId: 'Y',
    rootCertificates: [chain.root],
    intermediateCertificates: chain.intermediates,
    nodeOus: { client: { unit: 'client' }, admin: { unit: 'admin', certificate } },
  })
  config.addApplicationOrganization(raft, { name: 'Y', msp: certifiedBy(below.enrolment.certificate) })
  const pinned = { ...msp, intermediateCertificates: [renewed] }
  const stranger = {
    ...bftConsenter,
    id: 9,
    host: 'new',
    identity: enrol(enrolment, { name: 'o', role: 'orderer' }).certificate,
  }
  const refusals: readonly [code: string, message: RegExp, act: () => unknown][] = [
    ['INVALID', /not BFT/, () => config.setBftOptions(raft, {})],
    ['INVALID', /not etcdraft/, () => config.setRaftOptions(bft, {})],
    ['INVALID', /not BFT/, () => config.addBftConsenter(raft, bftConsenter)],
    ['INVALID', /leaderRotation on/, () => config.setBftOptions(bft, { leaderRotation: 'on' })],
    ['INVALID', /viewChangeTimeout 4s/, () => config.setBftOptions(bft, { viewChangeTimeout: '4s' })],
    ['INVALID', /at least 10240/, () => config.setBatch(bft, { absoluteMaxBytes: 9_999, preferredMaxBytes: 9_999 })],
    ['INVALID', /electionTick/, () => config.setRaftOptions(raft, { electionTick: 1 })],
    ['INVALID', /maxMessageCount/, () => config.setBatch(raft, { maxMessageCount: 0 })],
    ['INVALID', /same address/, () => config.addRaftConsenter(raft, consenter)],
    ['INVALID', /same address/, () => config.addBftConsenter(bft, bftConsenter)],
    ['INVALID', /at least one/, () => config.removeRaftConsenter(raft, consenter)],
    ['INVALID', /MSP 'X', which/, () => config.addBftConsenter(bft, { ...stranger, mspId: 'X' })],
    ['INVALID', /MSP 'OrdererMSP', which/, () => config.removeOrdererOrganization(bft, 'OrdererMSP')],
    [
      'INVALID',
      /two certificates of its authority CN=ca.x/,
      () => config.addOrdererOrganization(raft, { name: 'X', msp: beside }),
    ],
    ['INVALID', /two certificates/, () => config.addApplicationOrganization(raft, { name: 'X', msp: pinned })],
    [
      'INVALID',
      /two certificates/,
      () => config.updateMsp(raft, 'Org1MSP', { rootCertificates: beside.rootCertificates }),
    ],
    [
      'INVALID',
      /no authority key identifier/,
      () => config.updateMsp(raft, 'Org1MSP', { revocationLists: [nobodysList] }),
    ],
    [
      'INVALID',
      /must hold this config/,
      () => config.setBatch(raft, { absoluteMaxBytes: 9_000, preferredMaxBytes: 9_000 }),
    ],
    ['INVALID', /no application capability/, () => config.setCapabilities(raft, 'application', ['V3_0'])],
    ['NOT_FOUND', /no consenter at x:1/, () => config.removeRaftConsenter(raft, { host: 'x', port: 1 })],
    ['NOT_FOUND', /no consenter at x:1/, () => config.replaceBftConsenter(bft, { host: 'x', port: 1 }, bftConsenter)],
    ['NOT_FOUND', /no group 'Nobody'/, () => config.setAnchorPeers(raft, 'Nobody', [])],
    ['NOT_FOUND', /no group 'Nobody'/, () => config.removeApplicationOrganization(raft, 'Nobody')],
    ['NOT_FOUND', /MSP id Nobody/, () => config.updateMsp(raft, 'Nobody', {})],
    ['INVALID', /root certificate/, () => config.updateMsp(raft, 'Org1MSP', { rootCertificates: [] })],
    ['INVALID', /'Writers' cannot be removed/, () => config.removePolicy(raft, { group: 'channel' }, 'Writers')],
    ['INVALID', /no name of a policy/, () => config.setPolicy(raft, { group: 'channel' }, 'a b', anyReaders)],
    ['INVALID', /no name of an organization/, () => config.addApplicationOrganization(raft, { name: 'a_b', msp })],
    ['INVALID', /not host:port/, () => config.setOrdererEndpoints(raft, 'OrdererMSP', ['nowhere'])],
    ['INVALID', /not host:port/, () => config.setAnchorPeers(raft, 'Org1MSP', [{ host: 'a', port: 0 }])],
    ['ALREADY_DONE', /'Org1MSP' already/, () => config.addApplicationOrganization(raft, { name: 'Org1MSP', msp })],
  ]
  for (const [code, message, act] of refusals) assert.throws(act, { name: 'FabricError', code, message }, `${message}`)
})

test('an authority is listed twice if it is the same certificate, and an unchanged list is not looked at', () => {
  const [root = ''] = vectorSpec('raft').orderer.organizations.flatMap(({ msp }) => msp.rootCertificates)
  const twice = config.updateMsp(vectorConfig('raft'), 'OrdererMSP', { rootCertificates: [root, root] })
  config.updateMsp(twice, 'OrdererMSP', { admins: [] })
})

test('an organization with orderers and with peers has its MSP changed in both places', () => {
  const [organization] = vectorSpec('raft').orderer.organizations
  assert.ok(organization)
  const { enrolment } = createOrganizationAuthorities({ domain: 'example.com' })
  const list = createRevocationList(enrolment, { revoked: [], number: 1 })
  const both = config.addApplicationOrganization(vectorConfig('raft'), organization)
  const view = config.readChannelConfig(config.updateMsp(both, 'OrdererMSP', { revocationLists: [list] }))
  const lists = [...view.ordererOrganizations, ...view.applicationOrganizations]
    .filter(({ mspId }) => mspId === 'OrdererMSP')
    .map(({ msp }) => msp?.revocationLists)
  assert.deepEqual(lists, [[list], [list]])
})

test('removing what is optional removes the value', () => {
  const wide = vectorConfig('wide')
  const bare = config.setAcls(config.setOrdererAddresses(wide, []), {})
  const view = config.readChannelConfig(bare)
  assert.deepEqual([view.acls, view.ordererAddresses], [{}, []])
  assert.equal(bare.getChannelGroup()?.getValuesMap().has('OrdererAddresses'), false)
})
