import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '@cello/kit/testing/manual-clock'
import { KeyQueue } from './key-queue.ts'

function queueOf(random = () => 0) {
  const clock = new ManualClock()
  return { clock, queue: new KeyQueue({ clock, random }) }
}

/** Keys that can be taken now, each put back as done. */
async function takeAll(queue: KeyQueue): Promise<string[]> {
  const taken: string[] = []
  while (queue.size > 0) {
    const key = (await queue.take()) ?? ''
    taken.push(key)
    queue.done(key)
  }
  return taken
}

test('a key that is added many times before it is taken is handled once, in the order of first adding', async () => {
  const { queue } = queueOf()
  for (const key of ['b', 'a', 'b', 'b', 'a']) queue.add(key)
  assert.equal(queue.size, 2)
  assert.deepEqual(await takeAll(queue), ['b', 'a'])
})

test('a key that is added while it is in hand is handled once more afterwards, never by two at once', async () => {
  const { queue } = queueOf()
  queue.add('a')
  assert.equal(await queue.take(), 'a')
  queue.add('a')
  queue.add('a')
  let second: string | undefined
  const taking = queue.take().then((key) => (second = key))
  await new Promise(setImmediate)
  assert.equal(second, undefined, 'not while the first has it in hand')
  queue.done('a')
  await taking
  assert.equal(second, 'a')
  queue.done('a')
  assert.equal(queue.size, 0)
})

test('one who waits gets the key that comes', async () => {
  const { queue } = queueOf()
  const [first, second] = [queue.take(), queue.take()]
  queue.add('a')
  queue.add('b')
  assert.deepEqual(await Promise.all([first, second]), ['a', 'b'])
})

test('the earlier of two times for a key stays, and an add at once takes the place of both', async () => {
  const { clock, queue } = queueOf()
  queue.addAfter('a', 1_000)
  queue.addAfter('a', 5_000)
  await clock.advance(999)
  assert.equal(queue.size, 0)
  await clock.advance(1)
  assert.deepEqual(await takeAll(queue), ['a'])
  queue.addAfter('a', 5_000)
  queue.addAfter('a', 1_000)
  await clock.advance(1_000)
  assert.deepEqual(await takeAll(queue), ['a'])
  queue.addAfter('a', 1_000)
  queue.add('a')
  assert.deepEqual(await takeAll(queue), ['a'])
  await clock.advance(60_000)
  assert.equal(queue.size, 0, 'no timer is left behind')
  assert.equal(clock.sleepers, 0)
})

test('the back-off of a key doubles from 5 ms to 5 minutes, less up to half of it, until the key goes well', () => {
  const longest = queueOf(() => 0).queue
  const waits = Array.from({ length: 18 }, () => longest.addAfterFailure('a'))
  assert.deepEqual(waits.slice(0, 5), [5, 10, 20, 40, 80])
  assert.equal(waits.at(-1), 300_000)
  const shortest = queueOf(() => 0.999_999).queue
  for (const [index, most] of waits.entries()) {
    const least = shortest.addAfterFailure('a')
    assert.ok(least >= most / 2 && least <= most, `failure ${index}: ${least} of ${most}`)
  }
  assert.equal(longest.addAfterFailure('b'), 5, 'each key has its own')
  longest.forget('a')
  assert.equal(longest.addAfterFailure('a'), 5)
})

test('beyond a hundred failures at once all keys together come back ten a second', async () => {
  const { clock, queue } = queueOf()
  const waits = Array.from({ length: 130 }, (_, index) => queue.addAfterFailure(`key${index}`))
  assert.ok(waits.slice(0, 100).every((ms) => ms === 5))
  assert.deepEqual(waits.slice(100, 103), [100, 200, 300])
  assert.equal(waits.at(-1), 3_000)
  await clock.advance(60_000)
  assert.equal(queue.size, 130)
  assert.equal(queue.addAfterFailure('later'), 5, 'a quiet time fills it again')
})

test('closing sends the waiting away, forgets the timers and takes no more keys', async () => {
  const { clock, queue } = queueOf()
  queue.addAfter('b', 1_000)
  const waiting = queue.take()
  queue.close()
  assert.equal(await waiting, undefined)
  queue.add('a')
  queue.addAfter('a', 1)
  await clock.advance(10_000)
  assert.equal(await queue.take(), undefined)
  assert.deepEqual([queue.size, clock.sleepers], [0, 0])
})
