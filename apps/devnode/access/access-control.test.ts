import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parsePolicy } from '@cello/fabric/codec'
import { common, peer } from '@hyperledger/fabric-protos'
import type { PeerChannel } from '../committing/peer-channel.ts'
import type { ChannelConfig } from '../config/channel-config.ts'
import { buildPolicyTree } from '../policies/policy-tree.ts'
import { accessControl } from './access-control.ts'
import { readLocalMembership } from './local-membership.ts'
import { memberFolder, memberSigner, signed, writeCryptogen } from './testing/cryptogen-members.ts'

const folder = mkdtempSync(join(tmpdir(), 'devnode-access-'))
after(() => rmSync(folder, { recursive: true, force: true }))
writeCryptogen(folder)
const own = memberFolder(folder, 'peer')
const localMsp = readLocalMembership(own, 'Org1MSP')
const access = accessControl({ localMsp })
const [admin, user, peerOfOwn] = [
  memberSigner(folder, 'admin'),
  memberSigner(folder, 'user'),
  memberSigner(folder, 'peer'),
]
const stranger = memberSigner(folder, 'stranger', 'OrdererMSP')

test('what concerns the peer is for administrators of its organization, told from members by their units', () => {
  access.checkLocal('cscc/JoinChain', signed(admin))
  access.checkLocal('cscc/GetChannels', signed(admin))
  access.checkLocal('cscc/GetChannels', signed(user))
  const begin =
    "Failed verifying that proposal's creator satisfies local MSP principal during channelless check policy with policy [Admins]: "
  const sentence = `${begin}[The identity is not an admin under this MSP [Org1MSP]: The identity does not contain OU [ADMIN], MSP: [Org1MSP]]`
  for (const member of [user, peerOfOwn]) {
    assert.throws(() => access.checkLocal('_lifecycle/InstallChaincode', signed(member)), { message: sentence })
  }
})

test('strangers, forgers and unknown resources are refused in Fabric’s words', () => {
  const during = 'during channelless check policy with policy [Members]'
  assert.throws(() => access.checkLocal('cscc/GetChannels', signed(stranger)), {
    message: `Failed deserializing proposal creator ${during}: [expected MSP ID Org1MSP, received OrdererMSP]`,
  })
  const posing = memberSigner(folder, 'stranger', 'Org1MSP')
  assert.throws(() => access.checkLocal('cscc/GetChannels', signed(posing)), {
    message: `Failed verifying that proposal's creator satisfies local MSP principal ${during}: [the supplied identity is not valid: x509: certificate signed by unknown authority]`,
  })
  const forged = { ...signed(admin), data: Buffer.from('other data') }
  assert.throws(() => access.checkLocal('cscc/GetChannels', forged), { message: 'The signature is invalid' })
  assert.throws(() => access.checkLocal('nothing/at-all', signed(admin)), {
    message: 'Unmapped policy for nothing/at-all',
  })
  const writers = '/Channel/Application/Writers'
  assert.throws(() => access.checkLocal('peer/Propose', signed(admin)), {
    message: `Failed getting local MSP principal during channelless check policy with policy [${writers}]: [MSP Principal role [${writers}] not recognized]`,
  })
})

function signaturePolicy(text: string): common.ConfigPolicy {
  return configPolicy(common.Policy.PolicyType.SIGNATURE, parsePolicy(text).serializeBinary())
}

function anyPolicy(name: string): common.ConfigPolicy {
  const meta = new common.ImplicitMetaPolicy()
  meta.setSubPolicy(name)
  return configPolicy(common.Policy.PolicyType.IMPLICIT_META, meta.serializeBinary())
}

function configPolicy(type: number, value: Uint8Array): common.ConfigPolicy {
  const policy = new common.Policy()
  policy.setType(type)
  policy.setValue(value)
  const config = new common.ConfigPolicy()
  config.setPolicy(policy)
  return config
}

function channelWith(acls: Readonly<Record<string, string>>): PeerChannel {
  const organization = new common.ConfigGroup()
  organization.getPoliciesMap().set('Readers', signaturePolicy("OR('Org1MSP.member')"))
  organization.getPoliciesMap().set('Writers', signaturePolicy("OR('Org1MSP.client','Org1MSP.admin')"))
  const application = new common.ConfigGroup()
  application.getGroupsMap().set('Org1MSP', organization)
  application.getPoliciesMap().set('Readers', anyPolicy('Readers'))
  application.getPoliciesMap().set('Writers', anyPolicy('Writers'))
  application.getPoliciesMap().set('Chiefs', signaturePolicy("OR('Org1MSP.admin')"))
  const message = new peer.ACLs()
  for (const [resource, policy] of Object.entries(acls)) {
    const one = new peer.APIResource()
    one.setPolicyRef(policy)
    message.getAclsMap().set(resource, one)
  }
  const value = new common.ConfigValue()
  value.setValue(message.serializeBinary())
  application.getValuesMap().set('ACLs', value)
  const group = new common.ConfigGroup()
  group.getGroupsMap().set('Application', application)
  const config = new common.Config()
  config.setChannelGroup(group)
  const parts: Partial<ChannelConfig> = {
    config,
    policies: buildPolicyTree('Channel', group),
    memberships: new Map([['Org1MSP', localMsp]]),
  }
  return { name: 'orders', config: parts } as unknown as PeerChannel
}

const refusal = (count: number, name: string) =>
  `implicit policy evaluation failed - ${count} sub-policies were satisfied, but this policy requires 1 of the '${name}' sub-policies to be satisfied`

test('a channel’s resources go by its own policies, as Fabric sets them', () => {
  const channel = channelWith({})
  access.checkChannel(channel, 'peer/Propose', signed(user))
  access.checkChannel(channel, 'event/Block', signed(peerOfOwn))
  assert.throws(() => access.checkChannel(channel, 'peer/Propose', signed(peerOfOwn)), {
    message: `Failed evaluating policy on signed data during check policy on channel [orders] with policy [/Channel/Application/Writers]: [${refusal(0, 'Writers')}]`,
  })
  assert.throws(() => access.checkChannel(channel, 'qscc/GetChainInfo', signed(stranger)), {
    message: `Failed evaluating policy on signed data during check policy on channel [orders] with policy [/Channel/Application/Readers]: [${refusal(0, 'Readers')}]`,
  })
  assert.throws(() => access.checkChannel(channel, 'qscc/GetEverything', signed(admin)), {
    message: 'Unmapped policy for qscc/GetEverything',
  })
})

test('a channel’s ACLs name other policies, of the application or by their path, but not for what concerns the peer', () => {
  const channel = channelWith({
    'event/Block': 'Chiefs',
    'peer/Propose': '/Channel/Application/Org1MSP/Readers',
    'qscc/GetChainInfo': 'Nowhere',
    'event/FilteredBlock': '',
    'mine/Own': 'Chiefs',
    '_lifecycle/InstallChaincode': 'Readers',
  })
  access.checkChannel(channel, 'event/Block', signed(admin))
  access.checkChannel(channel, 'peer/Propose', signed(peerOfOwn))
  access.checkChannel(channel, 'event/FilteredBlock', signed(user))
  access.checkChannel(channel, 'mine/Own', signed(admin))
  assert.throws(() => access.checkChannel(channel, 'event/Block', signed(user)), {
    message:
      'failed evaluating policy on signed data during check policy [/Channel/Application/Chiefs]: [signature set did not satisfy policy]',
  })
  assert.throws(() => access.checkChannel(channel, 'qscc/GetChainInfo', signed(admin)), {
    message:
      'failed evaluating policy on signed data during check policy [/Channel/Application/Nowhere]: [policy /Channel/Application/Nowhere not found]',
  })
  assert.throws(() => access.checkChannel(channel, '_lifecycle/InstallChaincode', signed(user)), /not an admin/)
})

test('without units, administrators are those whose certificates lie in admincerts', () => {
  const copy = join(folder, 'without-units')
  mkdirSync(join(copy, 'cacerts'), { recursive: true })
  mkdirSync(join(copy, 'admincerts'))
  const read = (member: 'admin' | 'peer', path: string) => readFileSync(join(memberFolder(folder, member), path))
  writeFileSync(join(copy, 'cacerts', 'ca.pem'), read('peer', 'cacerts/ca.org1.example-cert.pem'))
  assert.throws(() => readLocalMembership(copy, 'Org1MSP'), /administrators must be declared/)
  writeFileSync(join(copy, 'admincerts', 'admin.pem'), read('admin', 'signcerts/Admin@org1.example-cert.pem'))
  writeFileSync(join(copy, 'admincerts', 'README'), 'no certificate')
  const plain = accessControl({ localMsp: readLocalMembership(copy, 'Org1MSP') })
  plain.checkLocal('cscc/JoinChain', signed(admin))
  assert.throws(() => plain.checkLocal('cscc/JoinChain', signed(user)), /\[This identity is not an admin\]/)
})

test('an MSP folder without authorities is refused by name', () => {
  const empty = join(folder, 'empty')
  mkdirSync(empty)
  assert.throws(() => readLocalMembership(empty, 'Org1MSP'), {
    message: `no ca certificate found in directory ${join(empty, 'cacerts')}`,
  })
})

test('units that an organization requires are read, with who certifies them', () => {
  const copy = mkdtempSync(join(folder, 'required-'))
  writeCryptogen(copy)
  const required =
    'OrganizationalUnitIdentifiers:\n  - Certificate: cacerts/ca.org1.example-cert.pem\n    OrganizationalUnitIdentifier: admin\n'
  appendFileSync(join(memberFolder(copy, 'peer'), 'config.yaml'), required)
  const strict = accessControl({ localMsp: readLocalMembership(memberFolder(copy, 'peer'), 'Org1MSP') })
  strict.checkLocal('cscc/GetChannels', signed(admin))
  assert.throws(
    () => strict.checkLocal('cscc/GetChannels', signed(user)),
    /none of the identity's organizational units/,
  )
})
