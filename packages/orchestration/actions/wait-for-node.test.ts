import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '@cello/kit/testing/manual-clock'
import { PlatformError } from '@cello/model'
import { type WaitingContext, whileStarting } from './wait-for-node.ts'

function setUp() {
  const clock = new ManualClock()
  const told = { rests: 0 }
  const context: WaitingContext = {
    network: {
      shared: { clock },
      node: () => assert.fail('no node is looked at'),
    },
    hosts: { nodes: async () => undefined },
    signal: new AbortController().signal,
    rests: () => void (told.rests += 1),
  }
  return { clock, context, told }
}

const notYet = () => new PlatformError('NODE_NOT_READY', { node: 'Org1/peer0', detail: 'it starts' })

test('what passes by itself is tried again until it succeeds, and is no rest', async () => {
  const { clock, context, told } = setUp()
  let tries = 0
  const waiting = whileStarting(context, [], async () => {
    if (++tries < 5) throw notYet()
    return 'there'
  })
  await clock.advance(500)
  assert.equal(await waiting, 'there')
  assert.deepEqual([tries, told.rests], [5, 0])
})

test('a step that has waited for more than a second rests, so that what gives way to it need not wait as long', async () => {
  const { clock, context, told } = setUp()
  let isThere = false
  const waiting = whileStarting(context, [], async () => {
    if (!isThere) throw notYet()
  })
  await clock.advance(900)
  assert.equal(told.rests, 0)
  await clock.advance(400)
  assert.ok(told.rests > 0)
  isThere = true
  await clock.advance(200)
  await waiting
})

test('after three quarters of a minute the error is told, and one that does not pass at once', async () => {
  const { clock, context } = setUp()
  const waiting = assert.rejects(
    whileStarting(context, [], () => Promise.reject(notYet())),
    { code: 'NODE_NOT_READY' },
  )
  await clock.advance(46_000)
  await waiting
  const broken = new PlatformError('DISK_FULL', { host: 'local', node: 'Org1/peer0', detail: 'no room' })
  await assert.rejects(
    whileStarting(context, [], () => Promise.reject(broken)),
    { code: 'DISK_FULL' },
  )
})
