import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FabricError } from './errors.ts'
import { firstOf } from './hedging.ts'
import { pollUntil } from './polling.ts'

const subject = { doing: 'see a leader', channel: 'alpha' }
const hasCode = (code: string) => (error: unknown) => error instanceof FabricError && error.code === code

test('a wait goes on over nothing and over transient errors, and ends with what it finds', async () => {
  const answers = [undefined, new FabricError('NOT_READY', 'no leader'), new FabricError('UNREACHABLE', 'gone'), 7]
  const found = await pollUntil(
    subject,
    async () => {
      const next = answers.shift()
      if (next instanceof Error) throw next
      return next
    },
    { intervalMs: 1 },
  )
  assert.equal(found, 7)
})

test('a wait ends at the first error that waiting does not cure', async () => {
  let tries = 0
  const wait = pollUntil(subject, async () => {
    tries++
    throw new FabricError('DENIED', 'no')
  })
  await assert.rejects(wait, hasCode('DENIED'))
  assert.equal(tries, 1)
})

test('a wait that is too long says what it last heard', async () => {
  const last = new FabricError('NOT_READY', 'no Raft leader', { node: 'orderer0' })
  const wait = pollUntil(subject, () => Promise.reject(last), { timeoutMs: 200, intervalMs: 5 })
  await assert.rejects(wait, (error) => {
    assert.ok(error instanceof FabricError)
    assert.equal(error.code, 'DEADLINE_EXCEEDED')
    assert.match(
      error.message,
      /Gave up after 200 ms waiting to see a leader: no Raft leader.*node orderer0, channel alpha/,
    )
    assert.equal(error.cause, last)
    return true
  })
})

test('a wait ends when its signal fires', async () => {
  const abort = new AbortController()
  const wait = pollUntil(subject, async () => undefined, { signal: abort.signal, intervalMs: 10_000 })
  setTimeout(() => abort.abort(), 10)
  await assert.rejects(wait, hasCode('CANCELLED'))
})

test('a call without an answer is made again beside the first, and the first success ends the others', async (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] })
  const signals: AbortSignal[] = []
  const result = firstOf(async ({ signal }) => {
    assert.ok(signal)
    signals.push(signal)
    if (signals.length < 3) return new Promise<string>(() => undefined)
    return 'third'
  }, {})
  context.mock.timers.tick(1_500)
  context.mock.timers.tick(1_500)
  context.mock.timers.tick(15_000)
  assert.equal(await result, 'third')
  assert.equal(signals.length, 3)
  assert.ok(signals.every(({ aborted }) => aborted))
})

test('a call that fails at once is not made again', async () => {
  let calls = 0
  const result = firstOf(async () => {
    calls++
    throw new FabricError('NOT_READY', 'no leader')
  }, {})
  await assert.rejects(result, hasCode('NOT_READY'))
  assert.equal(calls, 1)
})
