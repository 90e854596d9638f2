import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '@cello/kit/testing/manual-clock'
import {
  type OperationKind,
  type OperationState,
  type Plan,
  PlatformError,
  type Step,
  type StepState,
} from '@cello/model'
import type { OperationRecord } from '@cello/ports'
import { operationError, Repairs, Tries, unblocked } from './journal.ts'

const step = (key: string, ...needs: string[]): Step => ({
  kind: 'ensure-node',
  key,
  title: key,
  needs: needs.map((need) => `ensure-node/${need}`),
})

const planned: Plan = { steps: [step('a'), step('b', 'a'), step('c', 'b'), step('d')], notes: [] }

function operation(
  state: OperationState,
  steps: Readonly<Record<string, StepState>>,
  kind: OperationKind = 'change-network',
) {
  const record: OperationRecord = {
    id: 'operation',
    kind,
    state,
    subject: { kind: 'network', id: 'network', name: 'demo' },
    generation: 2,
    actor: 'test',
    createdAt: 1,
    notes: [],
    steps: Object.entries(steps).map(([key, stepState]) => ({ ...step(key), state: stepState, attempts: 1 })),
  }
  return record
}

const keys = (steps: readonly Step[]) => steps.map(({ key }) => key)

test('what failed or was not reached rests with all that needs it, and the others are worked on', () => {
  const failed = operation('failed', { a: 'failed', b: 'pending', d: 'done' })
  assert.deepEqual(keys(unblocked(planned, [failed])), ['d'])
})

test('what a cancel dropped rests too, and what it had done may be done again', () => {
  const cancelled = operation('cancelled', { a: 'done', b: 'dropped', c: 'dropped' })
  assert.deepEqual(keys(unblocked(planned, [cancelled])), ['a', 'd'])
})

test('an operation that goes on, and one that went well, hold nothing back', () => {
  for (const state of ['queued', 'running', 'waiting', 'succeeded', 'superseded'] as const) {
    assert.equal(unblocked(planned, [operation(state, { a: 'failed' })]).length, 4, state)
  }
  assert.equal(unblocked(planned, []).length, 4, 'a new generation has no operations that failed')
})

test('a repair that failed holds nothing back: nobody would ask for it again', () => {
  assert.equal(unblocked(planned, [operation('failed', { a: 'failed' }, 'repair-network')]).length, 4)
})

test('after each failure in a row a network rests twice as long before it is repaired again', async () => {
  const clock = new ManualClock()
  const repairs = new Repairs(clock)
  const waits = Array.from({ length: 12 }, () => repairs.failed('network'))
  for (const [index, ms] of waits.entries()) {
    const full = Math.min(300_000, 1_000 * 2 ** index)
    assert.ok(ms >= full / 2 && ms <= full, `failure ${index}: ${ms}`)
  }
  assert.equal(repairs.restMs('network'), waits.at(-1))
  assert.equal(repairs.restMs('another'), 0)
  await clock.advance(300_000)
  assert.equal(repairs.restMs('network'), 0)
  repairs.wentWell('network')
  assert.ok(repairs.failed('network') <= 1_000)
})

test('an error that never passes ends an operation at once, any other at the fifth try', () => {
  const tries = new Tries(new ManualClock())
  assert.equal(tries.isFinal({ step: step('a'), error: new PlatformError('LEDGER_REFUSED', { detail: 'no' }) }), true)
  const busy = { step: step('b'), error: new PlatformError('LEDGER_BUSY', { detail: 'later' }) }
  assert.deepEqual(
    Array.from({ length: 5 }, () => tries.isFinal(busy)),
    [false, false, false, false, true],
  )
})

test('a step that was done in between is counted anew, and each step for itself', () => {
  const tries = new Tries(new ManualClock())
  const failures = ['a', 'b'].map((key) => ({ step: step(key), error: new Error('odd') }))
  for (let round = 0; round < 4; round++) for (const failure of failures) assert.equal(tries.isFinal(failure), false)
  tries.done(step('a'))
  assert.deepEqual(
    failures.map((failure) => tries.isFinal(failure)),
    [false, true],
  )
})

test('two minutes without progress end an operation before the fifth try', async () => {
  const clock = new ManualClock()
  const tries = new Tries(clock)
  const failure = { step: step('a'), error: new PlatformError('HOST_UNREACHABLE', { host: 'h', detail: 'x' }) }
  assert.equal(tries.isFinal(failure), false)
  await clock.advance(120_000)
  assert.equal(tries.isFinal(failure), false)
  clock.setWall(0)
  await clock.advance(1)
  assert.equal(tries.isFinal(failure), true)
})

test('an operation shows the code, the next step and the last lines of an error, and no stack', () => {
  const exited = new PlatformError('NODE_EXITED', { node: 'Org1/peer0', detail: 'exit code 2', lastLines: ['panic'] })
  const shown = operationError(exited)
  assert.deepEqual(Object.keys(shown).sort(), ['code', 'lastLines', 'message', 'next'])
  assert.deepEqual([shown.code, shown.lastLines], ['NODE_EXITED', ['panic']])
  assert.deepEqual(operationError('odd'), {
    code: 'INTERNAL',
    message: 'odd',
    next: 'Look at the log of the server, and report it.',
  })
})
