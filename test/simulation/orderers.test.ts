import assert from 'node:assert/strict'
import { test } from 'node:test'
import { removeOrderer } from './edits.ts'
import { openPlatform, smallNetwork } from './platform.ts'

test('two of three orderers are taken away by one change, one after the other, and leave nothing behind', async () => {
  await using platform = await openPlatform()
  const { network, operation } = await platform.create(smallNetwork('demo'))
  assert.equal((await platform.ended(operation)).state, 'succeeded')
  const change = await platform.change(network.id, (spec) => {
    removeOrderer('Orderer', 'orderer0')(spec)
    removeOrderer('Orderer', 'orderer2')(spec)
  })
  const ended = await platform.ended(change)
  assert.equal(ended.state, 'succeeded', JSON.stringify(ended.error))
  const session = await platform.worker().networks.session(network.id)
  assert.equal((await session.observeChannel('main')).consenters.length, 1)
  assert.equal((await platform.nodes.inventory()).nodes.length, 3)
})

test('an orderer that was stopped is taken away without being started', async () => {
  await using platform = await openPlatform()
  const { network, operation } = await platform.create(smallNetwork('demo'))
  assert.equal((await platform.ended(operation)).state, 'succeeded')
  const gone = network.nodes.find(({ name }) => name === 'orderer2')
  assert.ok(gone)
  await platform.store.networks.change({
    networkId: network.id,
    nodes: [{ ...gone, power: 'stopped' }],
    operation: { id: 'stop', kind: 'stop-node', actor: 'test', at: Date.now() },
  })
  platform.worker().engine.wake(network.id)
  assert.equal((await platform.ended('stop')).state, 'succeeded')
  const ended = await platform.ended(await platform.change(network.id, removeOrderer('Orderer', 'orderer2')))
  assert.equal(ended.state, 'succeeded', JSON.stringify(ended.error))
  const session = await platform.worker().networks.session(network.id)
  assert.equal((await session.observeChannel('main')).consenters.length, 2)
  assert.equal((await platform.nodes.inventory()).nodes.length, 4)
})
