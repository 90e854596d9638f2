import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firstToCampaign } from './first-to-campaign.ts'

// What orderers 3.1.5 said when they had joined channels of these names with five consenters, and `bench` with three:
// "This node is picked to start campaign channel=a1 node=1", and so on. Nodes are numbered from 1, in the order of the consenters.
const picked: readonly (readonly [channel: string, consenters: number, node: number])[] = [
  ['a1', 5, 1],
  ['bench', 5, 5],
  ['c0', 5, 1],
  ['c1', 5, 5],
  ['harbour', 5, 1],
  ['main', 5, 2],
  ['second-channel', 5, 5],
  ['trade', 5, 2],
  ['bench', 3, 3],
]

test('the first orderer stands where Fabric picks the one that campaigns', () => {
  for (const [channel, count, node] of picked) {
    const consenters = Array.from({ length: count }, (_, index) => `orderer${index}`)
    const placed = firstToCampaign(channel, consenters)
    assert.equal(placed.indexOf('orderer0') + 1, node, channel)
    assert.deepEqual(placed.toSorted(), consenters, 'none is lost')
  }
})

test('a lone orderer stays where it is', () => {
  assert.deepEqual(firstToCampaign('main', ['orderer0']), ['orderer0'])
})
