import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChannelSpec, durationMs } from './channel.ts'
import { consensusProblems } from './consensus-rules.ts'

const problemsOf = (settings: object, orderers = 4) =>
  consensusProblems(ChannelSpec.parse({ name: 'main', ...settings }), orderers).map(({ path }) => path.join('.'))

test('the defaults of both kinds of consensus are whole', () => {
  assert.deepEqual(problemsOf({}, 1), [])
  assert.deepEqual(problemsOf({ consensus: { type: 'bft' } }), [])
})

test('settings that would halt a channel of bft for good are named where they stand', () => {
  const bft = (consensus: object, batch: object = {}) => ({ consensus: { type: 'bft', ...consensus }, batch })
  for (const [settings, path] of [
    [bft({ requestForwardTimeout: '30s' }), 'consensus.requestComplainTimeout'],
    [bft({ requestComplainTimeout: '3m1s' }), 'consensus.requestComplainTimeout'],
    [bft({ viewChangeTimeout: '4.9s' }), 'consensus.viewChangeTimeout'],
    [bft({}, { timeout: '21s' }), 'batch.timeout'],
    [bft({}, { maxMessages: 90_000, absoluteMaxBytes: 80_000, preferredMaxBytes: 5_000 }), 'batch.absoluteMaxBytes'],
  ] as const) {
    assert.deepEqual(problemsOf(settings), [path], JSON.stringify(settings))
  }
  assert.deepEqual(problemsOf(bft({}), 3), ['consensus'])
})

test('settings that only bft cannot have are right for Raft', () => {
  assert.deepEqual(problemsOf({ batch: { timeout: '10m', absoluteMaxBytes: 65_536, preferredMaxBytes: 1_024 } }, 1), [])
  assert.deepEqual(problemsOf({ consensus: { type: 'raft', heartbeatTick: 10 } }), ['consensus.electionTick'])
  assert.deepEqual(problemsOf({ batch: { absoluteMaxBytes: 70_000 } }), ['batch.preferredMaxBytes'])
})

test('durations that Fabric or its orderers cannot live with, and batches that hold no configuration, are refused', () => {
  for (const timeout of ['0s', '0.1ns', '999us', '25h', '9999999h', '-1s', '1d', '']) {
    assert.ok(!ChannelSpec.safeParse({ name: 'main', batch: { timeout } }).success, timeout)
  }
  assert.ok(
    !ChannelSpec.safeParse({ name: 'main', batch: { absoluteMaxBytes: 65_535, preferredMaxBytes: 1_024 } }).success,
  )
})

test('a duration is the sum of its parts', () => {
  assert.deepEqual(['1m30s', '0.5s', '200ms', '2h', '1500us'].map(durationMs), [90_000, 500, 200, 7_200_000, 1.5])
})
