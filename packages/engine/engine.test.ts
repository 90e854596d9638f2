import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '@cello/kit/testing/manual-clock'
import { type EngineOptions, type Outcome, startEngine } from './engine.ts'
import { MemoryClaims } from './testing/memory-claims.ts'

function engineOf(change: Partial<EngineOptions> = {}) {
  const clock = new ManualClock()
  const claims = new MemoryClaims()
  const looks: string[] = []
  const failures: { readonly key: string; readonly error: unknown; readonly waitMs: number }[] = []
  const engine = startEngine({
    claims,
    clock,
    owner: 'us',
    reconcile: async (key): Promise<Outcome> => {
      looks.push(key)
      return {}
    },
    keys: async () => ['a', 'b'],
    failed: (key, error, waitMs) => void failures.push({ key, error, waitMs }),
    resyncMs: 60_000,
    ...change,
  })
  const count = (key: string) => looks.filter((look) => look === key).length
  return { clock, claims, looks, failures, engine, count }
}

test('every key is looked at when the claim is held, and again at each resync', async () => {
  const { clock, engine, count } = engineOf()
  await clock.advance(0)
  assert.deepEqual([count('a'), count('b')], [1, 1])
  await clock.advance(120_000)
  assert.deepEqual([count('a'), count('b')], [3, 3])
  await engine[Symbol.asyncDispose]()
})

test('whether the claim is held is told', async () => {
  const { clock, claims, engine } = engineOf()
  assert.equal(engine.isClaiming, false)
  await clock.advance(0)
  assert.equal(engine.isClaiming, true)
  await claims.take('another', clock.now() + 20_000, 15_000)
  await clock.advance(6_000)
  assert.equal(engine.isClaiming, false)
  await engine[Symbol.asyncDispose]()
})

test('a wake calls for a look at once', async () => {
  const { clock, claims, engine, count } = engineOf({ keys: async () => [] })
  await clock.advance(0)
  engine.wake('a')
  await clock.advance(0)
  assert.equal(count('a'), 1)
  await engine[Symbol.asyncDispose]()
  assert.equal(claims.owner, undefined)
})

test('one key is in hand once at a time, different keys side by side', async () => {
  const inHand = new Map<string, number>()
  let most = 0
  const { clock, engine } = engineOf({
    reconcile: async (key) => {
      inHand.set(key, (inHand.get(key) ?? 0) + 1)
      assert.equal(inHand.get(key), 1)
      most = Math.max(most, [...inHand.values()].filter((number) => number > 0).length)
      await new Promise(setImmediate)
      inHand.set(key, 0)
      return {}
    },
  })
  for (let round = 0; round < 20; round++) {
    engine.wake('a')
    engine.wake('b')
    await clock.advance(1)
  }
  assert.equal(most, 2)
  await engine[Symbol.asyncDispose]()
})

test('a key that fails is tried again after its back-off, which begins anew once it went well', async () => {
  let broken = true
  const { clock, engine, failures } = engineOf({
    keys: async () => ['a'],
    reconcile: async () => {
      if (broken) throw new Error('not yet')
      return {}
    },
  })
  await clock.advance(500)
  assert.ok(failures.length >= 6 && failures.length <= 9, `${failures.length} tries in half a second`)
  assert.ok(failures.every(({ key, waitMs }, index) => key === 'a' && waitMs <= 5 * 2 ** index))
  broken = false
  await clock.advance(10_000)
  const before = failures.length
  broken = true
  engine.wake('a')
  await clock.advance(1)
  assert.ok((failures[before]?.waitMs ?? 0) <= 5)
  await engine[Symbol.asyncDispose]()
})

test('an outcome can ask for another look after a while, without a failure', async () => {
  const at: number[] = []
  const made = engineOf({
    keys: async () => ['a'],
    reconcile: async () => {
      at.push(made.clock.monotonic())
      return { again: 2_000 }
    },
  })
  await made.clock.advance(6_000)
  assert.deepEqual(at, [0, 2_000, 4_000, 6_000])
  assert.deepEqual(made.failures, [])
  await made.engine[Symbol.asyncDispose]()
})

test('keys that cannot be listed are told of, and listed at the next resync', async () => {
  let broken = true
  const { clock, engine, failures, count } = engineOf({
    keys: async () => {
      if (broken) throw new Error('database away')
      return ['a']
    },
  })
  await clock.advance(0)
  assert.deepEqual([failures.length, count('a')], [1, 0])
  broken = false
  await clock.advance(60_000)
  assert.equal(count('a'), 1)
  await engine[Symbol.asyncDispose]()
})

test('when the claim is lost the work in hand is aborted, and goes on under a new fence once the claim is back', async () => {
  const fences: number[] = []
  const aborted: number[] = []
  const { clock, claims, engine, failures } = engineOf({
    keys: async () => ['a'],
    reconcile: (_key, { fence, signal }) => {
      fences.push(fence)
      return new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => {
          aborted.push(fence)
          reject(signal.reason)
        }),
      )
    },
  })
  await clock.advance(0)
  await claims.take('another', clock.now() + 20_000, 15_000)
  await clock.advance(60_000)
  assert.equal(aborted[0], fences[0])
  assert.ok((fences[1] ?? 0) > (fences[0] ?? 0))
  assert.deepEqual(failures, [], 'that is no failure of the key')
  await engine[Symbol.asyncDispose]()
})

test('a claim that cannot be asked for is asked for again', async () => {
  const { clock, claims, engine, failures, count } = engineOf()
  claims.broken = new Error('database away')
  // The first question was asked before it broke.
  await claims.take('another', clock.now(), 15_000).catch(() => {})
  await clock.advance(20_000)
  assert.ok(failures.length > 0)
  claims.broken = undefined
  await clock.advance(60_000)
  assert.ok(count('a') > 0)
  await engine[Symbol.asyncDispose]()
})

test('stopping waits for the work in hand, gives the claim back and leaves no timer', async () => {
  let ended = false
  const { clock, claims, engine } = engineOf({
    keys: async () => ['a'],
    reconcile: async (_key, { signal }) => {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      await new Promise(setImmediate)
      ended = true
      return { again: 1_000 }
    },
  })
  await clock.advance(0)
  await engine[Symbol.asyncDispose]()
  assert.equal(ended, true)
  assert.deepEqual([claims.owner, clock.sleepers, engine.pending], [undefined, 0, 0])
})
