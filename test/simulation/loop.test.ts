import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId, poll, systemClock } from '@cello/kit'
import type { OperationKind } from '@cello/model'
import type { OperationRecord } from '@cello/ports'
import { addChannel, addOrderer, addPeer, deploy, type Edit } from './edits.ts'
import { openPlatform, type Platform, smallNetwork } from './platform.ts'

async function demo(platform: Platform) {
  const { network, operation } = await platform.create(smallNetwork('demo'))
  assertSucceeded(await platform.ended(operation))
  return network
}

function assertSucceeded(operation: OperationRecord) {
  assert.equal(operation.state, 'succeeded', JSON.stringify(operation, null, 1))
}

async function changed(platform: Platform, networkId: string, edit: Edit) {
  const operation = await platform.ended(await platform.change(networkId, edit))
  assertSucceeded(operation)
  return operation
}

const steps = (operation: OperationRecord, kind: string) => operation.steps.filter((step) => step.kind === kind).length

test('a network that is wanted comes into being, and its operation says so when it is seen', async () => {
  await using platform = await openPlatform()
  const network = await demo(platform)
  const { nodes } = await platform.nodes.inventory()
  assert.equal(nodes.filter(({ state }) => state === 'running').length, 5)
  assert.equal((await platform.store.networks.get(network.id))?.observedGeneration, 1)
})

test('a contract is installed, approved by both organizations, committed and running', async () => {
  await using platform = await openPlatform()
  const network = await demo(platform)
  const operation = await changed(
    platform,
    network.id,
    deploy('assets', '1.0', await platform.keepPackage('assets', '1.0')),
  )
  assert.deepEqual(
    ['install-package', 'approve-contract', 'commit-contract', 'ensure-node'].map((kind) => steps(operation, kind)),
    [2, 2, 1, 2],
  )
  const session = await platform.worker().networks.session(network.id)
  const [contract] = await session.observeContracts('main', ['assets'])
  assert.equal(contract?.committed?.sequence, 1)
})

test('an upgrade raises the sequence, and the old nodes go after the commit', async () => {
  await using platform = await openPlatform()
  const network = await demo(platform)
  await changed(platform, network.id, deploy('assets', '1.0', await platform.keepPackage('assets', '1.0')))
  await changed(platform, network.id, deploy('assets', '2.0', await platform.keepPackage('assets', '2.0')))
  const session = await platform.worker().networks.session(network.id)
  const [contract] = await session.observeContracts('main', ['assets'])
  assert.equal(contract?.committed?.sequence, 2)
  assert.equal(contract?.committed?.version, '2.0')
  const { nodes } = await platform.nodes.inventory()
  assert.equal(nodes.filter(({ labels }) => labels.kind === 'contract').length, 2)
})

test('a peer, an orderer, a second channel and new batch settings are plans of the same function', async () => {
  await using platform = await openPlatform()
  const network = await demo(platform)
  await changed(platform, network.id, addPeer('Org1', 'peer1'))
  await changed(platform, network.id, (spec) =>
    Object.assign(spec.channels[0]?.batch ?? {}, { timeout: '1s', maxMessages: 20 }),
  )
  await changed(platform, network.id, addChannel('second'))
  await changed(platform, network.id, addOrderer('Orderer', 'orderer3'))
  const session = await platform.worker().networks.session(network.id)
  const main = await session.observeChannel('main')
  assert.equal(main.batch.timeout, '1s')
  assert.equal(main.consenters.length, 4)
  assert.equal((await session.observeChannel('second')).consenters.length, 4)
})

test('a node that ends by itself is running again, and the repair is an operation of its own', async () => {
  await using platform = await openPlatform()
  const network = await demo(platform)
  const peer = network.nodes.find(({ kind }) => kind === 'peer')
  await platform.nodes.exitNode(peer?.id ?? '', { signal: 'SIGKILL' })
  const repaired = await poll(
    async () => {
      const { items } = await platform.store.operations.list({ networkId: network.id, limit: 10 })
      return items.find(({ kind, state }) => kind === 'repair-network' && state === 'succeeded')
    },
    { timeoutMs: 90_000 },
  )
  assert.ok(repaired)
  const { nodes } = await platform.nodes.inventory()
  assert.ok(nodes.every(({ state }) => state === 'running'))
})

test('a stopped network stands still and starts again with what it had', async () => {
  await using platform = await openPlatform()
  const network = await demo(platform)
  const power = async (wanted: 'running' | 'stopped', kind: OperationKind) => {
    const id = newId()
    await platform.store.networks.change({
      networkId: network.id,
      power: wanted,
      operation: { id, kind, actor: 'test', at: Date.now() },
    })
    platform.worker().engine.wake(network.id)
    assertSucceeded(await platform.ended(id))
  }
  await power('stopped', 'stop-network')
  assert.ok((await platform.nodes.inventory()).nodes.every(({ state }) => state === 'stopped'))
  await power('running', 'start-network')
  assert.ok((await platform.nodes.inventory()).nodes.every(({ state }) => state === 'running'))
  const made = (await platform.nodes.journal()).filter(({ kind }) => kind === 'create')
  assert.equal(made.length, 5, 'nothing was made a second time')
})

test('a deleted network leaves nothing behind', async () => {
  await using platform = await openPlatform()
  const network = await demo(platform)
  await changed(platform, network.id, deploy('assets', '1.0', await platform.keepPackage('assets', '1.0')))
  assertSucceeded(await platform.ended(await platform.change(network.id, () => {}, { deleting: true })))
  const left = await platform.nodes.inventory()
  assert.deepEqual([left.nodes.length, left.volumes.length, Object.keys(left.ports).length], [0, 0, 0])
  assert.equal(await platform.store.networks.get(network.id), undefined)
})

test('a node that dies at each start fails its operation with the cause and its last lines, and a delete still works', async () => {
  await using platform = await openPlatform()
  await platform.nodes.dieAtOnce({ code: 2, lines: ['panic: no such key'], times: 100 })
  const { network, operation } = await platform.create(smallNetwork('demo'))
  const failed = await platform.ended(operation)
  assert.equal(failed.state, 'failed')
  assert.equal(failed.error?.code, 'NODE_EXITED')
  assert.equal(failed.error?.lastLines?.at(-1), 'panic: no such key')
  assertSucceeded(await platform.ended(await platform.change(network.id, () => {}, { deleting: true })))
  assert.equal((await platform.nodes.inventory()).nodes.length, 0)
})

test('a cancelled operation does no more, what ran goes on running, and an edit goes on from there', async () => {
  await using platform = await openPlatform()
  await platform.ledgers.setLatency(60)
  const { network, operation } = await platform.create(smallNetwork('demo'))
  await poll(async () => ((await platform.nodes.inventory()).nodes.length === 5 ? true : undefined), {
    timeoutMs: 90_000,
  })
  assert.ok(await platform.store.operations.move(operation, 'cancelled', Date.now()))
  platform.worker().networks.cancel(operation)
  await platform.ledgers.setLatency(0)
  const steps = async () => (await platform.ledgers.journal()).length
  const before = await steps()
  platform.worker().engine.wake(network.id)
  await systemClock.sleep(700)
  assert.equal(await steps(), before, 'nothing was done after the cancel')
  assert.ok((await platform.nodes.inventory()).nodes.every(({ state }) => state === 'running'))
  await changed(platform, network.id, (spec) => spec)
  assert.equal((await platform.ledgers.chains()).length, 1)
})

test('a repair that keeps failing is tried again by itself, ever more seldom, until it works', async () => {
  await using platform = await openPlatform()
  const network = await demo(platform)
  const peer = network.nodes.find(({ kind }) => kind === 'peer')
  await platform.nodes.dieAtOnce({ code: 1, times: 6 })
  await platform.nodes.exitNode(peer?.id ?? '', { code: 1 })
  const repaired = await poll(
    async () => {
      const { items } = await platform.store.operations.list({ networkId: network.id, limit: 10 })
      return items.filter(({ kind }) => kind === 'repair-network').map(({ state }) => state)[0] === 'succeeded'
        ? items
        : undefined
    },
    { timeoutMs: 90_000 },
  )
  assert.ok(repaired, 'it is whole again')
  assert.equal(
    repaired.filter(({ kind }) => kind === 'repair-network').length,
    2,
    'the first gave up, a second came by itself',
  )
})
