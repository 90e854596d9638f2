import assert from 'node:assert/strict'
import { test } from 'node:test'
import { common, orderer } from '@hyperledger/fabric-protos'
import { vectorConfig, vectorSpec } from '../testing/config-vectors.ts'
import { defaultBftOptions, defaultRaftOptions } from './consensus-options.ts'
import { defaultApplicationPolicies, defaultOrdererPolicies } from './default-policies.ts'
import { readChannelConfig } from './read-channel-config.ts'

test('the view of a Raft channel says what its spec said', () => {
  const spec = vectorSpec('raft')
  const view = readChannelConfig(vectorConfig('raft'))
  assert.equal(view.sequence, 0)
  assert.deepEqual(view.capabilities, spec.capabilities)
  assert.deepEqual(view.batch, spec.orderer.batch)
  assert.deepEqual(view.consensus, { ...spec.orderer.consensus, options: defaultRaftOptions })
  assert.equal(view.consensusState, 'normal')
  const [organization] = view.applicationOrganizations
  const [wanted] = spec.application.organizations
  assert.equal(organization?.mspId, 'Org1MSP')
  assert.deepEqual(organization?.anchorPeers, wanted?.anchorPeers)
  assert.deepEqual(organization?.msp?.rootCertificates, wanted?.msp.rootCertificates)
  assert.deepEqual(view.ordererOrganizations[0]?.endpoints, spec.orderer.organizations[0]?.endpoints)
  assert.deepEqual(view.policies.orderer, defaultOrdererPolicies)
  assert.deepEqual(view.policies.application, defaultApplicationPolicies)
})

test('the view of a BFT channel has its consenters, and no text for the policy that names them', () => {
  const view = readChannelConfig(vectorConfig('bft'))
  assert.deepEqual(view.consensus, { ...vectorSpec('bft').orderer.consensus, options: defaultBftOptions })
  assert.equal(view.policies.orderer.BlockValidation, null)
})

test('the view of a channel where all is otherwise has it all', () => {
  const spec = vectorSpec('wide')
  const view = readChannelConfig(vectorConfig('wide'))
  assert.deepEqual(view.ordererAddresses, spec.orderer.addresses)
  assert.deepEqual(view.acls, spec.acls)
  assert.deepEqual(view.capabilities.application, ['V2_0', 'V2_5'])
  assert.deepEqual(view.consensus, {
    ...spec.orderer.consensus,
    options: { ...defaultRaftOptions, ...spec.orderer.consensus.options },
  })
  const [wanted] = spec.orderer.organizations
  const [found] = view.ordererOrganizations
  assert.equal(found?.name, 'Orderers.Ltd')
  assert.deepEqual(found?.msp?.revocationLists, wanted?.msp.revocationLists)
  assert.deepEqual(found?.msp?.admins, wanted?.msp.admins)
  assert.deepEqual(found?.msp?.intermediateCertificates, wanted?.msp.intermediateCertificates)
  const byName = Object.fromEntries(view.applicationOrganizations.map((each) => [each.name, each.msp?.nodeOus]))
  assert.deepEqual(byName, { NoUnits: false, Org2MSP: spec.application.organizations[0]?.msp.nodeOus })
})

test('a config without any of it reads as empty', () => {
  const view = readChannelConfig(new common.Config())
  assert.deepEqual(view.consensus, { type: 'other', name: '' })
  assert.deepEqual([view.ordererOrganizations, view.applicationOrganizations, view.batch.timeout], [[], [], ''])
})

test('a consensus of another name is shown by its name, and maintenance as such', () => {
  const config = vectorConfig('raft')
  const value = config.getChannelGroup()?.getGroupsMap().get('Orderer')?.getValuesMap().get('ConsensusType')
  const type = new orderer.ConsensusType()
  type.setType('novel')
  type.setState(orderer.ConsensusType.State.STATE_MAINTENANCE)
  value?.setValue(type.serializeBinary())
  const view = readChannelConfig(config)
  assert.deepEqual([view.consensus, view.consensusState], [{ type: 'other', name: 'novel' }, 'maintenance'])
})
