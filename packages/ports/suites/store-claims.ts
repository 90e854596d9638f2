import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type MakeStore, outcomes, refusal, sampleOperation, sampleStep, sampleWorld, times } from './store-samples.ts'

const day = 24 * 60 * 60 * 1000

/** Who may write, and what is answered a second time. */
export function describeClaims(makeStore: MakeStore): void {
  describe('the claim', () => {
    test('is held by one of ten who take it at once', async () => {
      await using made = await makeStore()
      const fences = await Promise.all(times(10, (n) => made.store.claims.take(`owner ${n}`, 1000, 500)))
      assert.equal(fences.filter((fence) => fence !== undefined).length, 1)
    })

    test('passes on when it has expired or was released, each time with a higher fence', async () => {
      await using made = await makeStore()
      const { claims } = made.store
      const first = await claims.take('a', 1000, 500)
      assert.equal(await claims.take('a', 1100, 500), first, 'what is ours is taken again')
      assert.equal(await claims.take('b', 1599, 500), undefined)
      const second = await claims.take('b', 1600, 500)
      assert.ok(first !== undefined && second !== undefined && second > first)
      await claims.release('a', first)
      assert.equal(await claims.take('a', 1700, 500), undefined, 'a release of what was lost frees nothing')
      await claims.release('b', second)
      const third = await claims.take('a', 1700, 500)
      assert.ok(third !== undefined && third > second)
    })

    test('is renewed by its holder alone', async () => {
      await using made = await makeStore()
      const { claims } = made.store
      const fence = (await claims.take('a', 1000, 500)) ?? 0
      assert.equal(await claims.renew('a', fence, 1400, 500), true)
      assert.equal(await claims.take('b', 1600, 500), undefined)
      assert.equal(await claims.renew('b', fence, 1600, 500), false)
      await claims.take('b', 1900, 500)
      assert.equal(await claims.renew('a', fence, 1950, 500), false)
    })

    test('that was lost can write nothing', async () => {
      await using made = await makeStore()
      const { network, operation, fence } = await sampleWorld(made.store, [{ removed: true }])
      const { store } = made
      await store.operations.planned(operation.id, { steps: [sampleStep('a')], notes: [] }, 1, fence)
      await store.claims.release('suite', fence)
      await store.claims.take('other', 0, 1000)
      const before = [await store.networks.get(network.id), await store.operations.events(0, { limit: 100 })]
      const late: Record<string, Promise<unknown>> = {
        planned: store.operations.planned(operation.id, { steps: [], notes: [] }, 2, fence),
        step: store.operations.step(operation.id, { kind: 'ensure-node', key: 'a', state: 'done' }, 2, fence),
        move: store.operations.move(operation.id, 'failed', 2, { fence }),
        begin: store.operations.begin(network.id, 1, sampleOperation(), fence),
        dropped: store.operations.dropped(operation.id, { steps: [], notes: [] }, 2, fence),
        observed: store.networks.observed(network.id, 1, 2, fence),
        forgetNode: store.networks.forgetNode(network.nodes[0]?.id ?? '', fence),
        forget: store.networks.forget(network.id, 2, fence),
      }
      for (const [name, write] of Object.entries(late)) await assert.rejects(write, refusal('STALE_FENCE'), name)
      assert.deepEqual([await store.networks.get(network.id), await store.operations.events(0, { limit: 100 })], before)
    })
  })

  describe('a request with an idempotency key', () => {
    const request = { key: 'k', actor: 'alice', hash: 'h', at: 1000 }
    const answer = { status: 202, body: '{"ok":true}', headers: { location: '/x' } }

    test('is begun once, and others wait for its answer and get it', async () => {
      await using made = await makeStore()
      const { requests } = made.store
      const { won, codes } = await outcomes(times(10, () => requests.begin(request)))
      assert.deepEqual({ won, codes }, { won: 1, codes: ['IDEMPOTENCY_IN_FLIGHT'] })
      await requests.finish({ ...request, ...answer })
      assert.deepEqual(await requests.begin(request), answer)
      await requests.finish({ ...request, ...answer, status: 500 })
      assert.deepEqual(await requests.begin(request), answer, 'the first answer stays')
    })

    test('is refused when the key was used for another request, before its answer and after', async () => {
      await using made = await makeStore()
      const { requests } = made.store
      await requests.begin(request)
      await assert.rejects(requests.begin({ ...request, hash: 'other' }), refusal('IDEMPOTENCY_MISMATCH'))
      await requests.finish({ ...request, ...answer })
      await assert.rejects(requests.begin({ ...request, hash: 'other' }), refusal('IDEMPOTENCY_MISMATCH'))
    })

    test('is another one for another caller', async () => {
      await using made = await makeStore()
      assert.equal(await made.store.requests.begin(request), 'new')
      assert.equal(await made.store.requests.begin({ ...request, actor: 'bob', hash: 'other' }), 'new')
    })

    test('that was abandoned may be made again, and one that was answered cannot be abandoned', async () => {
      await using made = await makeStore()
      const { requests } = made.store
      await requests.begin(request)
      await requests.abandon(request)
      assert.equal(await requests.begin(request), 'new')
      await requests.finish({ ...request, ...answer })
      await requests.abandon(request)
      assert.deepEqual(await requests.begin(request), answer)
    })

    test('is remembered for a day', async () => {
      await using made = await makeStore()
      const { requests } = made.store
      await requests.begin(request)
      await requests.finish({ ...request, ...answer })
      assert.deepEqual(await requests.begin({ ...request, at: 1000 + day - 1 }), answer)
      assert.equal(await requests.begin({ ...request, at: 1000 + day, hash: 'other' }), 'new')
    })
  })
}
