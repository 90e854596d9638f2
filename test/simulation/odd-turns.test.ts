import assert from 'node:assert/strict'
import { test } from 'node:test'
import { poll } from '@cello/kit'
import type { NodeRecord } from '@cello/model'
import type { OperationRecord } from '@cello/ports'
import {
  administrator,
  cancelOperation,
  deleteNetwork,
  getNetwork,
  invokeContract,
  listNodes,
  startNode,
  stopNetwork,
  stopNode,
} from '@cello/usecases'
import { addOrderer, deploy } from './edits.ts'
import { openPlatform, type Platform, smallNetwork } from './platform.ts'
import { settableClock } from './settable-clock.ts'

const call = { actor: administrator }

/** Waits until it is so. */
async function until(isSo: () => Promise<boolean | undefined>): Promise<void> {
  assert.ok(await poll(async () => (await isSo()) || undefined, { timeoutMs: 60_000 }), 'it is so in the end')
}

const states = (operation: OperationRecord | undefined) => operation?.steps.map(({ state }) => state)

async function whole(platform: Platform) {
  const { network, operation } = await platform.create(smallNetwork('demo'))
  assertSucceeded(await platform.ended(operation))
  return network
}

function assertSucceeded(operation: OperationRecord) {
  assert.equal(operation.state, 'succeeded', JSON.stringify(operation, null, 1))
}

async function upgrade(platform: Platform, networkId: string, version: string) {
  return platform.change(networkId, deploy('assets', version, await platform.keepPackage('assets', version)))
}

async function assertNothingLeft(platform: Platform) {
  const left = await platform.nodes.inventory()
  assert.deepEqual([left.nodes.length, left.volumes.length, Object.keys(left.ports).length], [0, 0, 0])
}

/** The first look at what was just asked for is under way, and nothing of it is planned yet. */
async function looking(platform: Platform) {
  await platform.nodes.setLatency(2_000)
  const asked = (await platform.nodes.calls())['observe'] ?? 0
  const { operation, network } = await platform.create(smallNetwork('demo'))
  await until(async () => ((await platform.nodes.calls())['observe'] ?? 0) > asked)
  return { operation, network }
}

test('what a create waits for is not waited for by its deletion', async () => {
  await using platform = await openPlatform()
  await platform.ledgers.addFault({ method: 'observePeer', when: 'before', error: 'NODE_NOT_READY', times: 1e6 })
  const { network, operation } = await platform.create(smallNetwork('demo'))
  const waits = async () =>
    (await platform.store.operations.get(operation))?.steps.some(
      ({ kind, state }) => kind === 'await-ready' && state === 'running',
    )
  await until(waits)
  const deletion = await deleteNetwork(platform.context(), call, { network: network.id })
  assertSucceeded(await platform.ended(deletion.id))
  const created = await platform.store.operations.get(operation)
  assert.equal(created?.state, 'superseded')
  assert.equal(states(created)?.includes('failed'), false, 'it was stopped, and not waited for until it failed')
  assert.equal(states(created)?.includes('running'), false, 'nothing is shown as being done')
  await assertNothingLeft(platform)
})

test('what is superseded before it was planned is not done, in the name of a repair either', async () => {
  await using platform = await openPlatform()
  const { network, operation } = await looking(platform)
  const deletion = await deleteNetwork(platform.context(), call, { network: network.id })
  await platform.nodes.setLatency(0)
  assertSucceeded(await platform.ended(deletion.id))
  const { items } = await platform.store.operations.list({ limit: 10 })
  assert.deepEqual(new Set(items.map(({ id }) => id)), new Set([operation, deletion.id]))
  assert.deepEqual(
    (await platform.nodes.journal()).filter(({ kind }) => kind === 'create'),
    [],
  )
})

test('what is cancelled before it was planned is not done, in the name of a repair either, and can be deleted', async () => {
  await using platform = await openPlatform()
  const { network, operation } = await looking(platform)
  await cancelOperation(platform.context(), call, operation)
  await platform.nodes.setLatency(0)
  const cancelled = await poll(
    async () => {
      const { items } = await platform.store.operations.list({ limit: 10 })
      return items.find(({ id, steps }) => id !== operation || steps.length > 0)
    },
    { timeoutMs: 60_000 },
  )
  assert.equal(cancelled?.id, operation)
  assert.deepEqual(new Set(states(cancelled)), new Set(['dropped']))
  await platform.restart()
  const deletion = await deleteNetwork(platform.context(), call, { network: network.id })
  assertSucceeded(await platform.ended(deletion.id))
  assert.deepEqual(
    (await platform.nodes.journal()).filter(({ kind }) => kind === 'create'),
    [],
  )
})

test('a deletion that was cancelled half-way can be asked for again', async () => {
  await using platform = await openPlatform()
  const network = await whole(platform)
  const [peer] = network.nodes.filter(({ kind }) => kind === 'peer')
  await platform.nodes.addFault({ method: 'remove', about: peer?.id, when: 'hang' })
  const deletion = await deleteNetwork(platform.context(), call, { network: network.id })
  await assert.rejects(deleteNetwork(platform.context(), call, { network: network.id }), { code: 'NETWORK_DELETING' })
  const isHalfDone = async () => states(await platform.store.operations.get(deletion.id))?.includes('done')
  await until(isHalfDone)
  await cancelOperation(platform.context(), call, deletion.id)
  const again = await deleteNetwork(platform.context(), call, { network: network.id })
  assertSucceeded(await platform.ended(again.id))
  assert.equal((await platform.ended(deletion.id)).state, 'cancelled')
  await assertNothingLeft(platform)
})

test('a network that is stopped in the middle of an upgrade stands still whole, and goes on with it when it is started', async () => {
  await using platform = await openPlatform()
  const network = await whole(platform)
  assertSucceeded(await platform.ended(await upgrade(platform, network.id, '1.0')))
  await platform.ledgers.addFault({ method: 'prepareCommit', when: 'before', error: 'LEDGER_BUSY', times: 1e6 })
  const upgrading = await upgrade(platform, network.id, '2.0')
  const commits = async () =>
    (await platform.store.operations.get(upgrading))?.steps.some(
      ({ kind, state }) => kind === 'commit-contract' && state === 'running',
    )
  await until(commits)
  const stop = await stopNetwork(platform.context(), call, { network: network.id })
  assertSucceeded(await platform.ended(stop.id))
  const { nodes } = await platform.nodes.inventory()
  assert.deepEqual(new Set(nodes.map(({ state }) => state)), new Set(['stopped']))
  assert.equal(nodes.length, 9, 'old and new nodes of the contract')
  await platform.ledgers.clearFaults()
  assertSucceeded(await platform.ended(await platform.change(network.id, () => {}, { power: 'running' })))
  const session = await platform.worker().networks.session(network.id)
  assert.equal((await session.observeContracts('main', ['assets']))[0]?.committed?.version, '2.0')
  assert.equal((await platform.nodes.inventory()).nodes.length, 7)
})

test('after an upgrade that failed the program that is in force is started again when it ends', async () => {
  await using platform = await openPlatform()
  const network = await whole(platform)
  assertSucceeded(await platform.ended(await upgrade(platform, network.id, '1.0')))
  await platform.ledgers.addFault({ method: 'prepareCommit', when: 'before', error: 'LEDGER_REFUSED', times: 1e6 })
  assert.equal((await platform.ended(await upgrade(platform, network.id, '2.0'))).state, 'failed')
  const rows = (await platform.store.networks.get(network.id))?.nodes ?? []
  const old = rows.find(({ removed }) => removed)?.id ?? ''
  await platform.nodes.exitNode(old, { signal: 'SIGKILL' })
  const runs = async () =>
    (await platform.nodes.inventory()).nodes.some(({ id, state }) => id === old && state === 'running')
  await until(runs)
  await platform.ledgers.clearFaults()
  assertSucceeded(await platform.ended(await platform.change(network.id, (spec) => spec)))
  assert.equal((await platform.nodes.inventory()).nodes.length, 7)
})

test('an orderer that is stopped while another is added ends the change with the reason, and its start goes on with it', async () => {
  await using platform = await openPlatform()
  const network = await whole(platform)
  await platform.change(network.id, addOrderer('Orderer', 'orderer3'))
  const ref = ({ organization, name }: Pick<NodeRecord, 'organization' | 'name'>) => `${organization}/${name}`
  const target = { network: network.id, node: ref({ organization: 'Orderer', name: 'orderer0' }) }
  const stop = await stopNode(platform.context(), call, target)
  const stopped = await platform.ended(stop.id)
  assert.deepEqual([stopped.state, stopped.error?.code], ['failed', 'CHANGE_REFUSED'])
  assert.match(`${stopped.error?.message} ${stopped.error?.next}`, /orderer0 is stopped.*Start every orderer/)
  const start = await startNode(platform.context(), call, target)
  assertSucceeded(await platform.ended(start.id))
  const session = await platform.worker().networks.session(network.id)
  assert.equal((await session.observeChannel('main')).consenters.length, 4)
})

test('a transaction whose end is not known is brought to it though the clock was set back by hours', async () => {
  const { clock, setWall } = settableClock()
  await using platform = await openPlatform({ clock })
  const network = await whole(platform)
  assertSucceeded(await platform.ended(await upgrade(platform, network.id, '1.0')))
  await platform.ledgers.addFault({ method: 'submit', when: 'before', times: 1 })
  const put = { channel: 'main', contract: 'assets', function: 'put', args: ['a', 'b'], identity: 'admin' }
  await assert.rejects(invokeContract(platform.context(), call, { network: network.id, ...put }))
  assert.equal((await platform.store.transactions.pending(network.id)).length, 1)
  setWall(-12 * 3_600_000)
  await platform.restart()
  await until(async () => (await platform.store.transactions.pending(network.id)).length === 0)
  const puts = (await platform.ledgers.journal()).filter(({ purpose }) => purpose === 'assets/put')
  assert.deepEqual(
    puts.map(({ status }) => status),
    ['VALID'],
  )
})

test('a network whose host falls silent is unknown, and what it was when the host answers again', async () => {
  await using platform = await openPlatform()
  const network = await whole(platform)
  const isAll = (state: string) => async () => {
    const { items } = await listNodes(platform.context(), call, { network: network.id, page: { limit: 10 } })
    return items.every((node) => node.state === state)
  }
  assert.ok(await isAll('running')())
  await platform.nodes.setHost('local', { reachable: false })
  await until(isAll('unknown'))
  assert.equal((await getNetwork(platform.context(), call, network.id)).state, 'unknown')
  await platform.nodes.setHost('local', { reachable: true })
  await until(isAll('running'))
  assert.equal((await platform.store.operations.list({ limit: 9 })).items.length, 1, 'nothing had to be done')
})

test('the time for which a host says nothing is no time for which a step was stuck', async () => {
  const { clock, skip } = settableClock()
  const failures: string[] = []
  const log = (_: object, message: string) => {
    // Right after the first try, and before the next.
    if (failures.push(message) === 1) void platform.nodes.setHost('local', { reachable: false })
  }
  await using platform = await openPlatform({ clock, log })
  await platform.nodes.setLatency(500)
  const { network, operation } = await platform.create(smallNetwork('demo'))
  await platform.nodes.addFault({ method: 'ensure', when: 'before', about: network.nodes[0]?.id, times: 2 })
  const seen = () => Object.values(platform.worker().networks.get(network.id)?.nodes ?? {})
  await until(async () => seen().length > 0 && seen().every(({ state }) => state === 'unknown'))
  skip(180_000)
  await platform.nodes.setLatency(0)
  await platform.nodes.setHost('local', { reachable: true })
  assertSucceeded(await platform.ended(operation))
})
