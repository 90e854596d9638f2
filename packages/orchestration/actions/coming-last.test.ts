import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NetworkSpec, type NodeRecord } from '@cello/model'
import { allotNodes } from '@cello/planning'
import { channelsLed } from './coming-last.ts'

const names = ['orderer0', 'orderer1', 'orderer2']
const spec = NetworkSpec.parse({
  name: 'demo',
  organizations: [
    { name: 'Orderer', orderers: names.map((name) => ({ name })) },
    { name: 'Org1', peers: [{ name: 'peer0' }] },
  ],
  channels: [{ name: 'main' }],
})

/** @param stopped names of orderers that their owner stopped */
function ask(stopped: readonly string[], leads: boolean): Promise<boolean> {
  let count = 0
  const next = () => ++count
  const rows = allotNodes({
    networkId: 'network',
    spec,
    existing: [],
    hostId: 'host',
    takePort: next,
    newId: () => `n${next()}`,
    now: 1,
  })
  const nodes = rows.map((node): NodeRecord => (stopped.includes(node.name) ? { ...node, power: 'stopped' } : node))
  const channel = { name: 'main', height: 1, status: 'active', relation: 'consenter', leads } as const
  const session = {
    observeOrderer: async () => ({ ready: true, channels: [channel] }),
    observeContractNode: () => assert.fail('no contract is asked'),
    observeDiscovery: () => assert.fail('no peer is asked'),
  }
  return channelsLed({ network: { wanted: { spec, nodes, power: 'running' }, session }, signal: AbortSignal.any([]) })
}

test('a leader is waited for while one can be elected, and not where the owner stopped too many orderers', async () => {
  assert.equal(await ask([], false), false)
  assert.equal(await ask(['orderer0'], false), false)
  assert.equal(await ask(['orderer0', 'orderer1'], false), true)
  assert.equal(await ask([], true), true)
})
