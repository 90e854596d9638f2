import assert from 'node:assert/strict'
import { test } from 'node:test'
import { peer } from '@hyperledger/fabric-protos'
import { testOrganization } from '../endorsement/testing/test-organization.ts'
import type { ContractDefinition } from '../lifecycle/definition.ts'
import type { Neighbour } from '../neighbours/neighbours.ts'
import { signedBy, testConfig, testLifecycle, testPeerChannel } from '../neighbours/testing/test-peers.ts'
import { endorsersFor, peersFor } from './endorsers.ts'

const organizations = ['Org1MSP', 'Org2MSP', 'Org3MSP'].map(testOrganization)
const config = testConfig({ channel: 'orders', organizations })
const channel = testPeerChannel(config)

function policy(needed: number, ...mspIds: readonly string[]): peer.ApplicationPolicy {
  const found = new peer.ApplicationPolicy()
  found.setSignaturePolicy(signedBy(needed, mspIds))
  return found
}

function reference(path: string): peer.ApplicationPolicy {
  const found = new peer.ApplicationPolicy()
  found.setChannelConfigPolicyReference(path)
  return found
}

function collection(name: string, members: readonly string[], endorsement?: peer.ApplicationPolicy) {
  const found = new peer.StaticCollectionConfig()
  found.setName(name)
  const readers = new peer.CollectionPolicyConfig()
  readers.setSignaturePolicy(signedBy(1, members))
  found.setMemberOrgsPolicy(readers)
  found.setEndorsementPolicy(endorsement)
  return found
}

const definition = (
  validation: peer.ApplicationPolicy,
  collections: readonly peer.StaticCollectionConfig[] = [],
): Partial<ContractDefinition> => ({ validationParameter: validation.serializeBinary(), collections })

const definitions = new Map([
  ['two', definition(policy(2, 'Org1MSP', 'Org2MSP', 'Org3MSP'))],
  ['most', definition(reference('/Channel/Application/Endorsement'))],
  ['nowhere', definition(reference('/Channel/Application/Nothing'))],
  [
    'secrets',
    definition(policy(1, 'Org1MSP', 'Org2MSP', 'Org3MSP'), [
      collection('ours', ['Org1MSP', 'Org2MSP']),
      collection('theirs', ['Org3MSP'], policy(1, 'Org3MSP')),
    ]),
  ],
])

function neighbour(number: number, contracts: readonly string[], sequence = '1'): Neighbour {
  const organization = organizations[number - 1] ?? testOrganization('')
  return {
    endpoint: `peer.org${number}:7051`,
    mspId: organization.mspId,
    identity: organization.member('peer').serialized,
    channels: new Map([['orders', { height: 5, contracts: contracts.map((name) => ({ name, version: sequence })) }]]),
  }
}

const every = [...definitions.keys(), '_lifecycle']

function ask(neighbours: readonly Neighbour[], ...calls: readonly peer.ChaincodeCall[]) {
  const interest = new peer.ChaincodeInterest()
  interest.setChaincodesList([...calls])
  const all = { self: () => neighbour(1, []), others: () => [], onChannel: () => neighbours }
  const context = { channel, neighbours: all, lifecycle: testLifecycle(definitions, new Set()) }
  return { found: () => endorsersFor(context, interest), peers: () => peersFor(context, interest) }
}

function call(name: string, collections: readonly string[] = [], isWriteOnly = false): peer.ChaincodeCall {
  const found = new peer.ChaincodeCall()
  found.setName(name)
  found.setCollectionNamesList([...collections])
  found.setNoPrivateReads(isWriteOnly)
  return found
}

/** Layouts as organizations with numbers, in no order. */
function layouts({ found }: ReturnType<typeof ask>): string[] {
  const { layouts: all, groups } = found()
  const nameOf = (group: string) => groups.get(group)?.[0]?.mspId ?? group
  return all
    .map((layout) =>
      [...layout]
        .map(([group, needed]) => `${nameOf(group)} ${needed}`)
        .sort()
        .join(),
    )
    .sort()
}

test('layouts are the ways to satisfy the policy with the peers that run the contract', () => {
  const all = [1, 2, 3].map((number) => neighbour(number, every))
  assert.deepEqual(layouts(ask(all, call('two'))), [
    'Org1MSP 1,Org2MSP 1',
    'Org1MSP 1,Org3MSP 1',
    'Org2MSP 1,Org3MSP 1',
  ])
  assert.deepEqual(layouts(ask(all.slice(0, 2), call('most'))), ['Org1MSP 1,Org2MSP 1'])
  assert.deepEqual(layouts(ask(all.slice(1), call('_lifecycle'))), ['Org2MSP 1,Org3MSP 1'])
})

test('who has too few peers, or peers of another definition, is told why', () => {
  const one = neighbour(1, every)
  assert.throws(ask([one], call('two')).found, /no peer combination can satisfy the endorsement policy/)
  assert.throws(
    ask([one, neighbour(2, every, '2')], call('two')).found,
    /required chaincodes are not installed on sufficient peers/,
  )
  assert.throws(ask([one], call('other')).found, /^Error: No metadata was found for chaincode other in channel orders$/)
  assert.throws(ask([one], call('nowhere')).found, /^Error: No metadata was found for chaincode nowhere/)
  assert.throws(ask([{ ...one, endpoint: '' }], call('secrets')).found, /no peer combination/)
})

test('who reads a collection is asked of its members alone, and its own policy counts', () => {
  const all = [1, 2, 3].map((number) => neighbour(number, every))
  assert.deepEqual(layouts(ask(all, call('secrets', ['ours']))), ['Org1MSP 1', 'Org2MSP 1'])
  assert.deepEqual(layouts(ask(all, call('secrets', ['ours'], true))), ['Org1MSP 1', 'Org2MSP 1', 'Org3MSP 1'])
  assert.deepEqual(layouts(ask(all, call('secrets', ['theirs']))), ['Org3MSP 1'])
  assert.deepEqual(layouts(ask(all, call('secrets', ['_implicit_org_Org2MSP']))), ['Org2MSP 1'])
  assert.throws(ask(all, call('secrets', ['ours', 'theirs'])).found, /no peer combination/)
  assert.throws(ask(all, call('secrets', ['none'])).found, /collection none doesn't exist in collection config/)
  assert.deepEqual(
    ask(all, call('secrets', ['theirs']))
      .peers()
      .map(({ mspId }) => mspId),
    ['Org3MSP'],
  )
})

test('calls of several contracts need what each of them needs', () => {
  const all = [1, 2, 3].map((number) => neighbour(number, every))
  assert.deepEqual(layouts(ask(all, call('secrets', ['theirs'], true), call('two'))), [
    'Org1MSP 1,Org3MSP 1',
    'Org2MSP 1,Org3MSP 1',
  ])
  const bare = call('two')
  bare.setDisregardNamespacePolicy(true)
  assert.throws(ask(all, bare).found, /requested to disregard chaincode two's policy/)
  bare.addKeyPolicies(signedBy(1, ['Org3MSP']))
  assert.deepEqual(layouts(ask(all, bare)), ['Org3MSP 1'])
})
