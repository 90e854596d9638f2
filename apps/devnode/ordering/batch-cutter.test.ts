import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BatchCutter } from './batch-cutter.ts'

const settings = { maxMessageCount: 3, absoluteMaxBytes: 100, preferredMaxBytes: 10, timeoutMs: 1_000 }
const sized = (size: number) => ({ envelope: new Uint8Array(), size })
const sizes = (batches: readonly (readonly { readonly size: number }[])[]) =>
  batches.map((batch) => batch.map(({ size }) => size))

test('a batch is cut when it has its messages', () => {
  const cutter = new BatchCutter()
  assert.deepEqual(cutter.add(sized(1), settings), [])
  assert.deepEqual(cutter.add(sized(2), settings), [])
  assert.deepEqual(sizes(cutter.add(sized(3), settings)), [[1, 2, 3]])
  assert.equal(cutter.hasPending, false)
})

test('a message that would overflow the preferred bytes begins the next batch', () => {
  const cutter = new BatchCutter()
  cutter.add(sized(6), settings)
  assert.deepEqual(sizes(cutter.add(sized(5), settings)), [[6]])
  assert.deepEqual(sizes([cutter.cut()]), [[5]])
})

test('a message larger than that goes alone, after those that wait', () => {
  const cutter = new BatchCutter()
  assert.deepEqual(sizes(cutter.add(sized(11), settings)), [[11]])
  cutter.add(sized(1), settings)
  assert.deepEqual(sizes(cutter.add(sized(11), settings)), [[1], [11]])
})
