import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { encodeReads, type KeyRead } from './key-value-set.ts'
import { gatherRangeReads } from './range-reads.ts'

const reads = (count: number): KeyRead[] =>
  Array.from({ length: count }, (_, index) => ({ key: `k${index}`, version: { block: 1, transaction: index } }))
const hash = (data: Uint8Array): Buffer => createHash('sha256').update(data).digest()

function gather(count: number, degree: number) {
  const gathered = gatherRangeReads(degree)
  for (const read of reads(count)) gathered.add(read)
  return gathered.finish()
}

test('up to the degree reads are kept as they are', () => {
  assert.deepEqual(gather(0, 3), {})
  assert.deepEqual(gather(3, 3), { reads: reads(3) })
  assert.throws(() => gatherRangeReads(1), { message: 'maxDegree [1] should not be less than 2 in the merkle tree' })
})

test('the tree is built of groups of one more than the degree', () => {
  const leaf = (from: number, to: number): Buffer => hash(encodeReads(reads(9).slice(from, to)))
  assert.deepEqual(gather(5, 2), {
    summary: { maxDegree: 2, maxLevel: 1, maxLevelHashes: [leaf(0, 3), leaf(3, 5)] },
  })
  assert.deepEqual(gather(9, 2), {
    summary: { maxDegree: 2, maxLevel: 2, maxLevelHashes: [hash(Buffer.concat([leaf(0, 3), leaf(3, 6), leaf(6, 9)]))] },
  })
})

test('a summary has at most as many hashes as the degree, and another one for other reads', () => {
  fc.assert(
    fc.property(fc.integer({ min: 6, max: 200 }), fc.integer({ min: 2, max: 5 }), (count, degree) => {
      const { summary } = gather(count, degree)
      assert.ok(summary && summary.maxLevelHashes.length <= degree)
      assert.notDeepEqual(gather(count + 1, degree).summary, summary)
      const bent = gatherRangeReads(degree)
      for (const read of reads(count)) bent.add(read.key === 'k5' ? { key: 'k5' } : read)
      assert.notDeepEqual(bent.finish().summary, summary)
    }),
  )
})
