import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NetworkSpec, type NodeRecord, type ObservedChannelState } from '@cello/model'
import { emptyObservation } from '@cello/planning'
import type { NetworkRecord } from '@cello/ports'
import { brokenChannels, channelProblems } from './health.ts'

const spec = NetworkSpec.parse({
  name: 'demo',
  organizations: [
    { name: 'Orderer', orderers: [{ name: 'orderer0' }, { name: 'orderer1' }, { name: 'orderer2' }] },
    { name: 'Org1', peers: [{ name: 'peer0' }, { name: 'peer1' }] },
  ],
  channels: [{ name: 'main' }],
})
const [channel] = spec.channels
assert.ok(channel)

const nodes = spec.organizations.flatMap(({ name: organization, orderers, peers }) => [
  ...orderers.map(({ name }) => nodeOf(organization, name, 'orderer')),
  ...peers.map(({ name }) => nodeOf(organization, name, 'peer')),
])

function nodeOf(organization: string, name: string, kind: NodeRecord['kind']): NodeRecord {
  const fixed = { networkId: 'n', hostId: 'local', ports: {}, power: 'running', incarnation: 1 } as const
  return { ...fixed, id: name, organization, name, kind, removed: false, createdAt: 0 }
}

const orderer = { height: 40, status: 'active', relation: 'consenter', leads: false as boolean | 'unknown' }
const healthy: ObservedChannelState = {
  orderers: { orderer0: { ...orderer, leads: true }, orderer1: orderer, orderer2: orderer },
  peers: { peer0: { height: 40 }, peer1: { height: 31 } },
  discovered: true,
}
const network: Pick<NetworkRecord, 'spec' | 'nodes' | 'power'> = { spec, nodes, power: 'running' }
const problems = (seen: Partial<ObservedChannelState>, of: Partial<typeof network> = {}) =>
  channelProblems({ ...network, ...of }, channel, { ...healthy, ...seen })

test('a channel with a leader, active orderers and peers that follow and see each other has no problem', () => {
  assert.deepEqual(problems({}), [])
  const unknown = { ...orderer, leads: 'unknown' as const }
  assert.deepEqual(problems({ orderers: { orderer0: unknown, orderer1: unknown, orderer2: unknown } }), [])
})

test('a missing leader, an orderer that is not active, a peer that lags or is not there, and silence between peers are told', () => {
  const { orderer1, orderer2, orderer0 } = healthy.orderers
  assert.ok(orderer0 && orderer1 && orderer2)
  const led = { orderer0, orderer1 }
  assert.deepEqual(problems({ orderers: { orderer0: orderer1, orderer1, orderer2 } }), ['no orderer leads'])
  assert.deepEqual(problems({ orderers: { ...led, orderer2: { ...orderer2, status: 'onboarding' } } }), [
    'Orderer/orderer2 is onboarding, as a consenter',
  ])
  assert.deepEqual(problems({ orderers: { ...led, orderer2: { ...orderer2, relation: 'follower' } } }), [
    'Orderer/orderer2 is active, as a follower',
  ])
  assert.deepEqual(problems({ orderers: led }), ['Orderer/orderer2 is not seen on it'])
  assert.deepEqual(problems({ peers: { peer0: { height: 40 }, peer1: { height: 30 } } }), [
    'Org1/peer1 is 10 blocks behind',
  ])
  assert.deepEqual(problems({ peers: { peer0: { height: 40 } } }), ['Org1/peer1 is not seen on it'])
  assert.deepEqual(problems({ discovered: false }), ['not all peers see each other'])
  assert.deepEqual(channelProblems(network, channel, undefined), ['no node was seen to have it'])
})

test('what its owner stopped is no problem', () => {
  const stopped = nodes.map((node) => (node.id === 'orderer2' ? { ...node, power: 'stopped' as const } : node))
  const { orderer2: _gone, ...left } = healthy.orderers
  assert.deepEqual(problems({ orderers: left }, { nodes: stopped }), [])
  assert.deepEqual(channelProblems({ ...network, power: 'stopped' }, channel, undefined), [])
})

test('a channel is broken where no orderer leads or not all peers see each other, not where one node alone is not well', () => {
  const broken = (seen: Partial<ObservedChannelState>) =>
    brokenChannels(network, { ...emptyObservation('n', 0), channels: { main: { ...healthy, ...seen } } })
  assert.deepEqual(broken({ peers: {} }), [])
  assert.deepEqual(broken({ orderers: { orderer1: orderer }, discovered: false }), [
    'in channel main no orderer leads',
    'in channel main not all peers see each other',
  ])
  assert.deepEqual(brokenChannels(network, emptyObservation('n', 0)), [])
})
