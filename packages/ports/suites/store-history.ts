import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { OperationState } from '@cello/model'
import type { Store } from '../store.ts'
import { type MakeStore, sampleOperation, sampleTransaction, sampleWorld, times } from './store-samples.ts'

const day = 86_400_000
/** Everything that ended before day 100, but the newest three of each. */
const retention = { endedBefore: 100 * day, keepNewest: 3 }

/** What is kept of what has ended. */
export function describeHistory(makeStore: MakeStore): void {
  describe('history', () => {
    test('loses what ended long ago, and keeps the newest however old they are', async () => {
      await using made = await makeStore()
      const { store } = made
      const { network, operation, fence } = await sampleWorld(store)
      const ids = [operation.id]
      for (const n of times(5, (index) => index))
        ids.push(await begun(store, { network: network.id, fence, at: day + n }))
      for (const id of ids) await endAs(store, id, 'superseded', 2 * day)
      assert.deepEqual(await store.history.sweep(retention), { operations: 3, transactions: 0 })
      const { items } = await store.operations.list({ limit: 9 })
      assert.deepEqual(items.map(({ id }) => id).reverse(), ids.slice(3))
      assert.deepEqual(await store.history.sweep(retention), { operations: 0, transactions: 0 })
    })

    test('keeps what goes on, what can be retried, and a cancel that the engine still heeds', async () => {
      await using made = await makeStore()
      const { store } = made
      const { network, operation, fence } = await sampleWorld(store)
      const begin = (at: number, kind: 'change-network' | 'repair-network') =>
        begun(store, { network: network.id, fence, at, kind })
      const failed = await begin(day, 'change-network')
      await store.operations.move(failed, 'running', day)
      await endAs(store, failed, 'failed', day)
      const cancelled = await begin(day, 'change-network')
      await endAs(store, cancelled, 'cancelled', day)
      const repair = await begin(day, 'repair-network')
      await store.operations.move(repair, 'running', day)
      await endAs(store, repair, 'failed', day)
      const young = await begin(2 * day, 'change-network')
      await endAs(store, young, 'superseded', 101 * day)
      for (const n of times(3, (index) => index)) await begin(200 * day + n, 'change-network')
      assert.equal((await store.history.sweep(retention)).operations, 1)
      assert.equal(await store.operations.get(repair), undefined)
      for (const id of [operation.id, failed, cancelled, young]) assert.ok(await store.operations.get(id), id)
    })

    test('of a network that is gone goes by its age alone', async () => {
      await using made = await makeStore()
      const { store } = made
      const { network, fence } = await sampleWorld(store)
      const deletion = sampleOperation({ kind: 'delete-network', at: 5 })
      await store.networks.change({ networkId: network.id, deleting: true, operation: deletion })
      await store.networks.forget(network.id, 99 * day, fence)
      assert.equal((await store.history.sweep({ ...retention, endedBefore: 50 * day })).operations, 1)
      assert.equal((await store.history.sweep(retention)).operations, 1)
      assert.deepEqual((await store.operations.list({ limit: 9 })).items, [])
    })

    test('loses settled transactions alone', async () => {
      await using made = await makeStore()
      const { store } = made
      const { network } = await sampleWorld(store)
      const records = times(6, (n) => sampleTransaction(network.id, { createdAt: day + n }))
      for (const record of records) await store.transactions.prepare(record)
      const settled = records.filter((_, index) => index !== 1)
      for (const { id } of settled) {
        await store.transactions.finish(id, { valid: true, status: 'VALID', block: 1, at: 2 * day })
      }
      assert.deepEqual(await store.history.sweep(retention), { operations: 0, transactions: 2 })
      const left = (await store.transactions.list(network.id, { limit: 9 })).items.map(({ id }) => id).reverse()
      assert.deepEqual(
        left,
        [records[1], ...records.slice(3)].map((record) => record?.id),
      )
    })
  })
}

interface Begin {
  readonly network: string
  readonly fence: number
  readonly at: number
  readonly kind?: 'change-network' | 'repair-network'
}

async function begun(store: Store, { network, fence, at, kind = 'change-network' }: Begin): Promise<string> {
  const operation = sampleOperation({ kind, at })
  await store.operations.begin(network, 1, operation, fence)
  return operation.id
}

async function endAs(store: Store, id: string, state: OperationState, at: number): Promise<void> {
  assert.ok(await store.operations.move(id, state, at), state)
}
