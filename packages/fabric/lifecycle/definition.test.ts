import assert from 'node:assert/strict'
import { test } from 'node:test'
import { peer } from '@hyperledger/fabric-protos'
import { FabricError } from '../errors.ts'
import { sameDefinition } from './commit.ts'
import { type ContractDefinition, fillDefinition, readDefinition } from './definition.ts'

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
