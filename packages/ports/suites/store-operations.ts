import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newId } from '@cello/kit'
import { type OperationState, operationMoves, operationStates } from '@cello/model'
import type { Store } from '../store.ts'
import { type MakeStore, refusal, sampleOperation, sampleStep, sampleWorld, times } from './store-samples.ts'

/** The shortest way to each state. */
const wayTo: Readonly<Record<OperationState, readonly OperationState[]>> = {
  queued: [],
  running: ['running'],
  waiting: ['running', 'waiting'],
  succeeded: ['running', 'succeeded'],
  failed: ['running', 'failed'],
  cancelled: ['cancelled'],
  superseded: ['superseded'],
}

/** Operations, their steps and their events. */
export function describeOperations(makeStore: MakeStore): void {
  describe('an operation', () => {
    test('moves as the table of moves allows, and in no other way', async () => {
      await using made = await makeStore()
      const { network, fence } = await sampleWorld(made.store)
      for (const from of operationStates) {
        for (const to of operationStates) {
          const id = await begin(made.store, network.id, fence)
          for (const state of wayTo[from])
            assert.ok(await made.store.operations.move(id, state, 1), `${from}: ${state}`)
          const allowed = (operationMoves[from] as readonly OperationState[]).includes(to)
          assert.equal(await made.store.operations.move(id, to, 2, { fence }), allowed, `${from} to ${to}`)
          assert.equal((await made.store.operations.get(id))?.state, allowed ? to : from)
        }
      }
      await assert.rejects(made.store.operations.move(newId(), 'running', 1), refusal('NOT_FOUND'))
    })

    test('moved by twenty at once is moved by one', async () => {
      await using made = await makeStore()
      const { operation } = await sampleWorld(made.store)
      const moves = await Promise.all(times(20, () => made.store.operations.move(operation.id, 'running', 1)))
      assert.equal(moves.filter(Boolean).length, 1)
    })

    test('keeps its error and end, and a retry takes both away', async () => {
      await using made = await makeStore()
      const { operation } = await sampleWorld(made.store)
      const { operations } = made.store
      const error = { code: 'NODE_EXITED', message: 'it ended', next: 'look', lastLines: ['panic'] }
      await operations.move(operation.id, 'running', 10)
      await operations.move(operation.id, 'failed', 20, { error })
      const failed = await operations.get(operation.id)
      assert.deepEqual([failed?.error, failed?.endedAt], [error, 20])
      await operations.move(operation.id, 'running', 30)
      const retried = await operations.get(operation.id)
      assert.deepEqual([retried?.error, retried?.endedAt], [undefined, undefined])
    })

    test('succeeds when its generation was seen whole, and not before', async () => {
      await using made = await makeStore()
      const { network, operation, fence } = await sampleWorld(made.store)
      await made.store.operations.planned(
        operation.id,
        { steps: [sampleStep('a'), sampleStep('b')], notes: [] },
        1,
        fence,
      )
      await made.store.operations.step(operation.id, { kind: 'ensure-node', key: 'a', state: 'running' }, 2, fence)
      await made.store.networks.observed(network.id, 1, 9000, fence)
      const ended = await made.store.operations.get(operation.id)
      assert.deepEqual([ended?.state, ended?.endedAt], ['succeeded', 9000])
      assert.deepEqual(
        ended?.steps.map(({ state }) => state),
        ['done', 'dropped'],
      )
      assert.equal((await made.store.networks.get(network.id))?.observedGeneration, 1)
    })

    test('seen whole a second time writes nothing', async () => {
      await using made = await makeStore()
      const { network, fence } = await sampleWorld(made.store)
      await made.store.networks.observed(network.id, 1, 9000, fence)
      const before = await made.store.operations.events(0, { limit: 100 })
      await made.store.networks.observed(network.id, 1, 9999, fence)
      assert.deepEqual(await made.store.operations.events(0, { limit: 100 }), before)
    })

    test('of a newer generation stays open when an older one is seen whole', async () => {
      await using made = await makeStore()
      const { network, fence } = await sampleWorld(made.store)
      const next = sampleOperation({ kind: 'stop-network' })
      await made.store.networks.change({ networkId: network.id, power: 'stopped', operation: next })
      await made.store.networks.observed(network.id, 1, 9000, fence)
      assert.deepEqual(
        (await made.store.operations.open(network.id)).map(({ id }) => id),
        [next.id],
      )
    })

    test('that nobody asked for is recorded as a repair', async () => {
      await using made = await makeStore()
      const { network, fence } = await sampleWorld(made.store)
      const repair = sampleOperation({ kind: 'repair-network', actor: 'cello' })
      await made.store.operations.begin(network.id, 1, repair, fence)
      const found = await made.store.operations.get(repair.id)
      assert.deepEqual(
        [found?.kind, found?.state, found?.subject],
        ['repair-network', 'queued', { kind: 'network', id: network.id, name: network.name }],
      )
      const nowhere = made.store.operations.begin(newId(), 1, sampleOperation(), fence)
      await assert.rejects(nowhere, refusal('NOT_FOUND'))
    })

    test('that nobody asked for is of what is wanted now, or is not begun', async () => {
      await using made = await makeStore()
      const { network, fence } = await sampleWorld(made.store)
      await made.store.networks.change({ networkId: network.id, power: 'stopped', operation: sampleOperation() })
      const repair = sampleOperation({ kind: 'repair-network' })
      assert.equal(await made.store.operations.begin(network.id, 1, repair, fence), false)
      assert.equal(await made.store.operations.get(repair.id), undefined)
      assert.equal(await made.store.operations.begin(network.id, 2, repair, fence), true)
    })

    test('that nobody asked for takes the place of one that failed, and of nothing else', async () => {
      await using made = await makeStore()
      const { network, operation, fence } = await sampleWorld(made.store)
      const { operations } = made.store
      const failed = await begin(made.store, network.id, fence)
      for (const id of [operation.id, failed]) {
        await operations.move(id, 'running', 1)
        await operations.move(id, 'failed', 2)
      }
      const next = await begin(made.store, network.id, fence)
      const states = await Promise.all([operation.id, failed, next].map((id) => operations.get(id)))
      assert.deepEqual(
        states.map((found) => found?.state),
        ['failed', 'superseded', 'queued'],
      )
    })

    test('says what may be worked on of its generation, unless it is a repair that has ended', async () => {
      await using made = await makeStore()
      const { network, operation, fence } = await sampleWorld(made.store)
      const { operations } = made.store
      await operations.move(operation.id, 'cancelled', 1)
      const over = await begin(made.store, network.id, fence)
      await operations.move(over, 'cancelled', 2)
      const going = await begin(made.store, network.id, fence)
      const found = await operations.ofGeneration(network.id, 1)
      assert.deepEqual(new Set(found.map(({ id }) => id)), new Set([operation.id, going]))
      assert.deepEqual(await operations.ofGeneration(network.id, 2), [])
    })
  })

  describe('a journal of steps', () => {
    test('takes in a plan, and a second plan drops what is no longer to come', async () => {
      await using made = await makeStore()
      const { operation, fence } = await sampleWorld(made.store)
      const { operations } = made.store
      const note = { kind: 'residue', subject: 'channel/main', message: 'stays' } as const
      await operations.planned(operation.id, { steps: times(3, (n) => sampleStep(`n${n}`)), notes: [note] }, 1, fence)
      await operations.step(operation.id, { kind: 'ensure-node', key: 'n0', state: 'running' }, 2, fence)
      await operations.step(operation.id, { kind: 'ensure-node', key: 'n0', state: 'done' }, 3, fence)
      await operations.planned(operation.id, { steps: [sampleStep('n2'), sampleStep('n3')], notes: [] }, 4, fence)
      const found = await operations.get(operation.id)
      assert.equal(found?.state, 'running')
      assert.deepEqual(found.notes, [])
      assert.deepEqual(
        found.steps.map(({ key, state, attempts, startedAt, endedAt }) => [key, state, attempts, startedAt, endedAt]),
        [
          ['n0', 'done', 1, 2, 3],
          ['n1', 'dropped', 0, undefined, 4],
          ['n2', 'pending', 0, undefined, undefined],
          ['n3', 'pending', 0, undefined, undefined],
        ],
      )
    })

    test('is not written when the plan is the one that it holds', async () => {
      await using made = await makeStore()
      const { operation, fence } = await sampleWorld(made.store)
      const plan = { steps: [sampleStep('a')], notes: [] }
      await made.store.operations.planned(operation.id, plan, 1, fence)
      const before = await made.store.operations.events(0, { limit: 100 })
      await made.store.operations.planned(operation.id, plan, 2, fence)
      assert.deepEqual(await made.store.operations.events(0, { limit: 100 }), before)
    })

    test('counts tries and shows a done step as to come when it is planned again', async () => {
      await using made = await makeStore()
      const { operation, fence } = await sampleWorld(made.store)
      const { operations } = made.store
      const step = { kind: 'ensure-node', key: 'a' } as const
      const error = { code: 'NODE_EXITED', message: 'it ended', next: 'look' }
      await operations.planned(operation.id, { steps: [sampleStep('a')], notes: [] }, 1, fence)
      await operations.step(operation.id, { ...step, state: 'running' }, 2, fence)
      await operations.step(operation.id, { ...step, state: 'failed', error }, 3, fence)
      assert.deepEqual((await operations.get(operation.id))?.steps[0]?.error, error)
      await operations.step(operation.id, { ...step, state: 'running' }, 4, fence)
      await operations.step(operation.id, { ...step, state: 'done' }, 5, fence)
      await operations.planned(operation.id, { steps: [sampleStep('a')], notes: [] }, 6, fence)
      const [again] = (await operations.get(operation.id))?.steps ?? []
      assert.deepEqual([again?.state, again?.attempts, again?.startedAt], ['pending', 2, 2])
      const unknown = operations.step(operation.id, { kind: 'stop-node', key: 'a', state: 'done' }, 7, fence)
      await assert.rejects(unknown, refusal('NOT_FOUND'))
    })

    test('of an operation that was cancelled before it had a plan takes one that is dropped, once', async () => {
      await using made = await makeStore()
      const { operation, fence } = await sampleWorld(made.store)
      const { operations } = made.store
      const states = async () => (await operations.get(operation.id))?.steps.map(({ key, state }) => [key, state])
      await operations.dropped(operation.id, { steps: [sampleStep('a')], notes: [] }, 1, fence)
      assert.deepEqual(await states(), [], 'it goes on')
      await operations.move(operation.id, 'cancelled', 2)
      await operations.dropped(operation.id, { steps: [sampleStep('a')], notes: [] }, 3, fence)
      await operations.dropped(operation.id, { steps: [sampleStep('b')], notes: [] }, 4, fence)
      assert.deepEqual(await states(), [['a', 'dropped']])
      assert.equal((await operations.get(operation.id))?.state, 'cancelled')
    })

    test('of an operation that has ended begins no step, and is told how those ended that had begun', async () => {
      await using made = await makeStore()
      const { operation, fence } = await sampleWorld(made.store)
      const { operations } = made.store
      const move = (key: string, state: 'running' | 'done', at: number) =>
        operations.step(operation.id, { kind: 'ensure-node', key, state }, at, fence)
      await operations.planned(operation.id, { steps: times(3, (n) => sampleStep(`n${n}`)), notes: [] }, 1, fence)
      await move('n0', 'running', 2)
      await move('n1', 'running', 2)
      await operations.move(operation.id, 'cancelled', 3)
      await move('n0', 'done', 4)
      await assert.rejects(move('n2', 'running', 4), refusal('OPERATION_ENDED'))
      assert.deepEqual(
        (await operations.get(operation.id))?.steps.map(({ state }) => state),
        ['done', 'dropped', 'dropped'],
      )
    })

    test('of an operation that has ended takes no plan', async () => {
      await using made = await makeStore()
      const { operation, fence } = await sampleWorld(made.store)
      await made.store.operations.move(operation.id, 'cancelled', 1)
      const planning = made.store.operations.planned(operation.id, { steps: [], notes: [] }, 2, fence)
      await assert.rejects(planning, refusal('OPERATION_ENDED'))
    })
  })

  describe('events', () => {
    test('come after a number, oldest first, of all or of one operation', async () => {
      await using made = await makeStore()
      const { network, operation, fence } = await sampleWorld(made.store)
      const { operations } = made.store
      await operations.planned(operation.id, { steps: [sampleStep('a')], notes: [] }, 1, fence)
      await operations.step(operation.id, { kind: 'ensure-node', key: 'a', state: 'running' }, 2, fence)
      const other = await begin(made.store, network.id, fence)
      const all = await operations.events(0, { limit: 100 })
      assert.deepEqual(
        all.map(({ kind, state }) => `${kind} ${state}`),
        ['state queued', 'state running', 'planned running', 'step running', 'state queued'],
      )
      assert.ok(all.every(({ seq }, index) => index === 0 || seq > (all[index - 1]?.seq ?? 0)))
      assert.equal(all[3]?.step?.key, 'a')
      const [, second] = all
      assert.deepEqual(await operations.events(second?.seq ?? 0, { limit: 2 }), all.slice(2, 4))
      assert.deepEqual(await operations.events(0, { operationId: other, limit: 9 }), all.slice(4))
    })

    test('are announced once they can be read, until nobody listens', async () => {
      await using made = await makeStore()
      const { operation } = await sampleWorld(made.store)
      const { promise, resolve } = Promise.withResolvers<number>()
      let calls = 0
      const listening = made.store.operations.onEvent(() => {
        calls += 1
        made.store.operations.events(0, { limit: 100 }).then((events) => resolve(events.length))
      })
      await made.store.operations.move(operation.id, 'running', 1)
      assert.equal(await promise, 2)
      listening[Symbol.dispose]()
      await made.store.operations.move(operation.id, 'waiting', 2)
      assert.equal(calls, 1)
    })
  })
}

async function begin(store: Store, networkId: string, fence: number): Promise<string> {
  const operation = sampleOperation({ kind: 'repair-network' })
  await store.operations.begin(networkId, 1, operation, fence)
  return operation.id
}
