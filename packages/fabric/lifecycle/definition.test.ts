import assert from 'node:assert/strict'
import { test } from 'node:test'
import { msp, peer } from '@hyperledger/fabric-protos'
import { parsePolicy } from '../codec/index.ts'
import { openConnection } from '../connection.ts'
import { FabricError } from '../errors.ts'
import { localSigner, localTls } from '../testing/local-node.ts'
import { prepareApproval } from './approval.ts'
import { sameDefinition } from './commit.ts'
import { type ContractDefinition, fillDefinition, readCollections, readDefinition } from './definition.ts'

const full: Required<ContractDefinition> = {
  name: 'kv',
  version: '2.1',
  sequence: 7,
  initRequired: true,
  endorsementPolicy: { signature: "AND('Org1MSP.peer', OR('Org2MSP.peer', 'Org3MSP.admin'))" },
  collections: [
    {
      name: 'secrets',
      members: "OR('Org1MSP.member', 'Org2MSP.member')",
      requiredPeerCount: 1,
      maxPeerCount: 3,
      blockToLive: 1_000,
      memberOnlyRead: false,
      memberOnlyWrite: true,
      endorsementPolicy: { channelConfig: '/Channel/Application/Endorsement' },
    },
  ],
  endorsementPlugin: 'escc',
  validationPlugin: 'vscc',
}

test('a definition is read back from its message as it was written', () => {
  const bytes = fillDefinition(new peer.lifecycle.CommitChaincodeDefinitionArgs(), full).serializeBinary()
  const message = peer.lifecycle.CommitChaincodeDefinitionArgs.deserializeBinary(bytes)
  assert.deepEqual(readDefinition('kv', message), full)
})

test('a definition is the same with its defaults left out or written out, and differs in each field', () => {
  const short: ContractDefinition = { name: 'kv', version: '1', sequence: 1 }
  const long: ContractDefinition = {
    ...short,
    initRequired: false,
    endorsementPolicy: { channelConfig: '/Channel/Application/Endorsement' },
    collections: [],
    endorsementPlugin: 'escc',
    validationPlugin: 'vscc',
  }
  assert.ok(sameDefinition(long, short))
  const changes: readonly Partial<ContractDefinition>[] = [
    { version: '2' },
    { sequence: 2 },
    { initRequired: true },
    { endorsementPolicy: { signature: "OR('Org1MSP.peer')" } },
    { collections: full.collections },
    { validationPlugin: 'other' },
  ]
  for (const change of changes) assert.ok(!sameDefinition(long, { ...short, ...change }), JSON.stringify(change))
})

test('a policy that is none is refused before anything is sent', () => {
  const wrong = { ...full, endorsementPolicy: { signature: 'OR(' } }
  assert.throws(() => fillDefinition(new peer.lifecycle.CommitChaincodeDefinitionArgs(), wrong), FabricError)
})

test('a number that the message cannot hold is refused before anything is sent, and by the promise', async () => {
  const odd: readonly Partial<ContractDefinition>[] = [
    { sequence: 1.5 },
    { collections: [{ name: 'a', members: "OR('Org1MSP.member')", blockToLive: -1 }] },
    { collections: [{ name: 'a', members: "OR('Org1MSP.member')", requiredPeerCount: 0.5 }] },
  ]
  for (const change of odd) {
    const wrong = { ...full, ...change }
    assert.throws(() => fillDefinition(new peer.lifecycle.CommitChaincodeDefinitionArgs(), wrong), { code: 'INVALID' })
  }
  await using connection = openConnection({ ...localTls, host: '127.0.0.1', port: 1 })
  const prepared = prepareApproval(connection, localSigner(), {
    channel: 'alpha',
    definition: { ...full, endorsementPolicy: { signature: 'OR(' } },
  })
  await assert.rejects(prepared, { code: 'INVALID' })
})

/** `AND('Org1MSP.peer')`, but for a unit of the organization. */
function unitPolicy(): peer.ApplicationPolicy {
  const envelope = parsePolicy("AND('Org1MSP.peer')")
  envelope.getIdentitiesList()[0]?.setPrincipalClassification(msp.MSPPrincipal.Classification.ORGANIZATION_UNIT)
  const policy = new peer.ApplicationPolicy()
  policy.setSignaturePolicy(envelope)
  return policy
}

test('a policy that no text can say is kept as its bytes, and written back to the byte', () => {
  const message = new peer.lifecycle.CommitChaincodeDefinitionArgs()
  const encoding = unitPolicy().serializeBinary()
  message.setValidationParameter(encoding)
  const read = readDefinition('kv', message)
  assert.deepEqual(read.endorsementPolicy, { encoded: Buffer.from(encoding).toString('base64') })
  const written = fillDefinition(new peer.lifecycle.CommitChaincodeDefinitionArgs(), read)
  assert.deepEqual(written.getValidationParameter_asU8(), encoding)
  assert.ok(sameDefinition(read, read))
})

test('members of a collection that no text can say hide neither the collection nor the definitions beside it', () => {
  const members = new peer.CollectionPolicyConfig()
  members.setSignaturePolicy(unitPolicy().getSignaturePolicy())
  const encoded = Buffer.from(members.serializeBinary()).toString('base64')
  const definition = { ...full, collections: [{ ...full.collections[0], name: 'units', members: { encoded } }] }
  const bytes = fillDefinition(new peer.lifecycle.CommitChaincodeDefinitionArgs(), definition).serializeBinary()
  const message = peer.lifecycle.CommitChaincodeDefinitionArgs.deserializeBinary(bytes)
  assert.deepEqual(readDefinition('kv', message).collections, definition.collections)
})

test('a collection of a kind that is not known is not passed over', () => {
  const collections = new peer.CollectionConfigPackage()
  collections.addConfig(new peer.CollectionConfig())
  assert.throws(() => readCollections(collections), { code: 'UNKNOWN_FIELDS' })
})
