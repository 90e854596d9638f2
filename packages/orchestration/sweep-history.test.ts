import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '@cello/kit/testing/manual-clock'
import type { Retention, Store } from '@cello/ports'
import { historyRetention, sweepHistory } from './sweep-history.ts'

const minute = 60_000

test('history is swept in quiet moments alone, every six hours, and again soon where it could not be', async () => {
  const clock = new ManualClock()
  const swept: Retention[] = []
  let broken = false
  const history = {
    sweep: async (retention: Retention) => {
      swept.push(retention)
      if (broken) throw new Error('no disk')
      return { operations: 0, transactions: 0 }
    },
  }
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const engine = { isClaiming: false, pending: 0 }
  const stopping = new AbortController()
  const store: Pick<Store, 'history'> = { history }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const sweeping = sweepHistory({ store: store as Store, clock, log }, engine, stopping.signal)
  await clock.advance(10 * minute)
  engine.isClaiming = true
  engine.pending = 1
  await clock.advance(10 * minute)
  assert.equal(swept.length, 0, 'not without the claim, and not while something is in hand')
  engine.pending = 0
  broken = true
  await clock.advance(10 * minute)
  assert.deepEqual(swept, [{ endedBefore: clock.now() - historyRetention.keptMs, keepNewest: 1_000 }])
  broken = false
  await clock.advance(10 * minute)
  assert.equal(swept.length, 2)
  await clock.advance(5 * 60 * minute)
  assert.equal(swept.length, 2)
  await clock.advance(60 * minute)
  assert.equal(swept.length, 3)
  stopping.abort()
  await sweeping
})
