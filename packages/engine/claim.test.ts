import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '@cello/kit/testing/manual-clock'
import { holdClaim } from './claim.ts'
import { MemoryClaims } from './testing/memory-claims.ts'

const ttlMs = 15_000

function parts(owner = 'us') {
  const clock = new ManualClock()
  const claims = new MemoryClaims()
  return { clock, claims, options: { clock, claims, owner, ttlMs } }
}

const forever = () => new AbortController().signal

test('a free claim is held at once, kept by one renewal per third of its time, and given back at the end', async () => {
  const { clock, claims, options } = parts()
  const claim = await holdClaim(options, forever())
  await clock.advance(60_000)
  assert.equal(claims.renewals, 12)
  assert.equal(claim.signal.aborted, false)
  await claim[Symbol.asyncDispose]()
  assert.equal(claims.owner, undefined)
  await clock.advance(60_000)
  assert.equal(claims.renewals, 12, 'nothing beats any more')
})

test('a claim that another holds is waited for until it is silent for so long, and then has a higher fence', async () => {
  const { clock, claims, options } = parts()
  const first = await claims.take('another', clock.now(), ttlMs)
  const holding = holdClaim(options, forever())
  await clock.advance(ttlMs - 1)
  assert.equal(claims.owner, 'another')
  await clock.advance(ttlMs)
  const claim = await holding
  assert.ok(claim.fence > (first ?? 0))
  await claim[Symbol.asyncDispose]()
})

test('waiting for a claim ends with the signal', async () => {
  const { clock, claims, options } = parts()
  await claims.take('another', clock.now(), ttlMs)
  const stopping = new AbortController()
  const holding = assert.rejects(holdClaim(options, stopping.signal), /stop/)
  await clock.advance(1_000)
  stopping.abort(new Error('stop'))
  await holding
  assert.equal(clock.sleepers, 0)
})

test('a claim that another took is lost at the next renewal, and is not given back', async () => {
  const { clock, claims, options } = parts()
  const claim = await holdClaim(options, forever())
  await claims.take('another', clock.now() + ttlMs + 1, ttlMs)
  await clock.advance(ttlMs / 3)
  assert.equal(claim.signal.aborted, true)
  await claim[Symbol.asyncDispose]()
  assert.deepEqual([claims.owner, claims.releases], ['another', 0])
})

test('a claim that cannot be renewed is given up when its time is over, and not before', async () => {
  const { clock, claims, options } = parts()
  const claim = await holdClaim(options, forever())
  claims.broken = new Error('database away')
  await clock.advance(ttlMs - 1)
  assert.equal(claim.signal.aborted, false)
  await clock.advance(1)
  assert.equal(claim.signal.aborted, true, 'another may take it from now on')
  await claim[Symbol.asyncDispose]()
})

test('a database that comes back in time keeps the claim', async () => {
  const { clock, claims, options } = parts()
  const claim = await holdClaim(options, forever())
  claims.broken = new Error('database away')
  await clock.advance(ttlMs * 0.6)
  claims.broken = undefined
  await clock.advance(ttlMs * 10)
  assert.equal(claim.signal.aborted, false)
  await claim[Symbol.asyncDispose]()
})

test('a jump of the wall clock neither loses nor prolongs a claim', async () => {
  const { clock, claims, options } = parts()
  const claim = await holdClaim(options, forever())
  clock.setWall(clock.now() + 86_400_000)
  await clock.advance(ttlMs)
  clock.setWall(0)
  await clock.advance(ttlMs)
  assert.equal(claim.signal.aborted, false)
  claims.broken = new Error('database away')
  clock.setWall(clock.now() - 86_400_000)
  await clock.advance(ttlMs)
  assert.equal(claim.signal.aborted, true)
  await claim[Symbol.asyncDispose]()
})

test('an answer that hangs does not keep a claim beyond its time', async () => {
  const { clock, claims, options } = parts()
  const claim = await holdClaim(options, forever())
  claims.renew = () => new Promise(() => {})
  await clock.advance(ttlMs)
  assert.equal(claim.signal.aborted, true)
  await claim[Symbol.asyncDispose]()
})
