import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeStates } from '@cello/model'
import { nodeState, nodeStateTable } from '../node/state.ts'
import { type NetworkFacts, networkState, networkStateTable } from './state.ts'

const running: NetworkFacts = {
  deleting: false,
  power: 'running',
  settled: true,
  wasWhole: true,
  nodes: [
    { ref: 'Org1/peer0', wantedUp: true, state: 'running' },
    { ref: 'Org2/peer0', wantedUp: true, state: 'running' },
  ],
}
const down = running.nodes?.map((node) => ({ ...node, wantedUp: false, state: 'stopped' as const }))
const creating = { ...running, settled: false, wasWhole: false, nodes: [] }
const failed = { kind: 'create-network', state: 'failed', message: 'no space' } as const
const change = { kind: 'change-network', state: 'running' } as const

const cases: readonly [sentence: string, facts: NetworkFacts, state: string, reason?: string | undefined][] = [
  ['all that is wanted is there', running, 'running'],
  ['it is being made', { ...creating, operation: { kind: 'create-network', state: 'running' } }, 'creating'],
  ['its making failed', { ...creating, operation: failed }, 'failed', 'no space'],
  ['its making was cancelled', creating, 'failed', 'its last operation was cancelled'],
  ['a change goes on', { ...running, settled: false, operation: change }, 'changing', 'change-network'],
  [
    'a change failed while it goes on running',
    { ...running, settled: false, operation: { ...change, state: 'failed' } },
    'degraded',
    'its last operation failed',
  ],
  ['it is started', { ...running, settled: false, operation: { kind: 'start-network', state: 'queued' } }, 'starting'],
  [
    'it is stopped just now',
    { ...running, power: 'stopped', settled: false, operation: { kind: 'stop-network', state: 'running' } },
    'stopping',
  ],
  ['it is stopped', { ...running, power: 'stopped', nodes: down }, 'stopped'],
  ['it is stopped and a node has come up by itself', { ...running, power: 'stopped' }, 'stopping'],
  ['it is deleted', { ...running, deleting: true }, 'deleting'],
  [
    'its deletion failed',
    { ...running, deleting: true, operation: { ...failed, kind: 'delete-network' } },
    'deleting',
    'no space',
  ],
  [
    'a node ended',
    { ...running, nodes: [{ ref: 'Org1/peer0', wantedUp: true, state: 'exited' }] },
    'degraded',
    'Org1/peer0 is exited',
  ],
  [
    'a node ended and a channel has no leader',
    {
      ...running,
      nodes: [{ ref: 'Org1/peer0', wantedUp: true, state: 'exited' }],
      broken: ['in channel main no orderer leads'],
    },
    'degraded',
    'Org1/peer0 is exited and in channel main no orderer leads',
  ],
  [
    'all nodes run and a channel has no leader',
    { ...running, broken: ['in channel main no orderer leads'] },
    'degraded',
    'in channel main no orderer leads',
  ],
  ['a node is stopped as wanted', { ...running, nodes: [...(running.nodes ?? []), ...(down ?? [])] }, 'running'],
  ['nobody has looked yet', { ...running, nodes: undefined }, 'unknown', 'it was not looked at yet'],
  [
    'its host is silent',
    { ...running, nodes: [{ ref: 'Org1/peer0', wantedUp: true, state: 'unknown' }] },
    'unknown',
    'its host does not answer',
  ],
]

for (const [sentence, facts, state, reason] of cases) {
  test(`a network is ${state} when ${sentence}`, () => {
    assert.deepEqual(networkState(facts), reason === undefined ? { state } : { state, reason })
  })
}

test('every row of the table of networks is reached by one of the cases', () => {
  const reached = new Set(cases.map(([, facts]) => networkStateTable.findIndex(({ when }) => when(facts))))
  const missed = networkStateTable.map((_row, index) => index).filter((index) => !reached.has(index))
  // Row 2, a failure of what was whole once and of which nothing runs, is the same answer as row 1.
  assert.deepEqual(missed, [2])
})

test('a node has a state for whatever is wanted of it and whatever was seen', () => {
  for (const wanted of ['up', 'down', 'gone'] as const) {
    assert.deepEqual(Object.keys(nodeStateTable[wanted]).sort(), [...nodeStates].sort())
  }
  assert.equal(nodeState('up', undefined, true), 'pending')
  assert.equal(nodeState('up', undefined, false), 'unknown')
  assert.equal(nodeState('down', 'exited', true), 'stopped')
  assert.equal(nodeState('gone', 'running', true), 'removing')
})
