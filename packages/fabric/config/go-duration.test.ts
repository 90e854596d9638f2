import assert from 'node:assert/strict'
import { test } from 'node:test'
import { goDurationMs } from './go-duration.ts'

test("Go's durations are read as milliseconds", () => {
  for (const [text, ms] of [
    ['0', 0],
    ['500ms', 500],
    ['2s', 2000],
    ['1m30s', 90_000],
    ['1h0m0.5s', 3_600_500],
    ['1.5s', 1500],
    ['.5s', 500],
    ['100us', 0.1],
    ['+2s', 2000],
    ['1.9ns', 1e-6],
    ['0.9ns', 0],
    ['2562047h', 9_223_369_200_000],
  ] as const) {
    assert.equal(goDurationMs(text), ms, text)
  }
})

test('what Go would refuse is none', () => {
  for (const text of ['', '5', '2 s', 's', '2sec', '-2s', '1m 30s', '2s!', '2562048h']) {
    assert.equal(goDurationMs(text), undefined, text)
  }
})
