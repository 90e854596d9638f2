import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Collection } from '@cello/model'
import { fromFabric, toFabric } from './policies.ts'

// As the file of collections reads that Fabric's own command takes. OR of one is printed as AND of one.
const collections = [
  { name: 'shared', policy: "OR('Org1MSP.member', 'Org2MSP.member')", requiredPeerCount: 1, blockToLive: 1000 },
  {
    name: 'own',
    policy: "AND('Org1MSP.member')",
    memberOnlyWrite: false,
    endorsementPolicy: { signaturePolicy: "AND('Org1MSP.member')" },
  },
  {
    name: 'named',
    policy: "AND('Org2MSP.member')",
    endorsementPolicy: { channelConfigPolicy: '/Channel/Application/Admins' },
  },
].map((written) => Collection.parse(written))

test('collections keep every word on the way to Fabric and back, who must endorse their writes included', () => {
  const definition = {
    name: 'a',
    version: '1',
    sequence: 1,
    initRequired: false,
    policy: '/Channel/Application/Writers',
  }
  const fabric = toFabric({ channel: 'main', ...definition, collections })
  assert.deepEqual(
    fabric.collections?.map(({ endorsementPolicy }) => endorsementPolicy),
    [undefined, { signature: "AND('Org1MSP.member')" }, { channelConfig: '/Channel/Application/Admins' }],
  )

  const { endorsementPolicy = { channelConfig: '' }, collections: sent = [] } = fabric
  const plugins = { endorsementPlugin: 'escc', validationPlugin: 'vscc' }
  const back = fromFabric('main', { ...definition, ...plugins, endorsementPolicy, collections: sent })
  assert.deepEqual(back.collections, collections)
})

test('who must endorse is written in one of two ways, not in both', () => {
  const own = { name: 'own', policy: "AND('Org1MSP.member')" }
  for (const endorsementPolicy of [{}, { signaturePolicy: "OR('A.peer')", channelConfigPolicy: '/Channel/x' }]) {
    assert.equal(Collection.safeParse({ ...own, endorsementPolicy }).success, false)
  }
})
