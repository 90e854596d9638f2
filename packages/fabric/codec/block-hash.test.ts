import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blockDataHash, blockHeaderBytes } from './block-hash.ts'
import { fromHex, toHex } from './bytes.ts'

const hash = fromHex('ab'.repeat(32))

test('a block header is DER as Go writes it, whatever the number', () => {
  const tail = `0420${'ab'.repeat(32)}0420${'ab'.repeat(32)}`
  for (const [number, integer] of [
    [0n, '020100'],
    [127n, '02017f'],
    [128n, '02020080'],
    [65535n, '020300ffff'],
    [2n ** 64n - 1n, '020900ffffffffffffffff'],
  ] as const) {
    const content = `${integer}${tail}`
    const length = (content.length / 2).toString(16)
    assert.equal(toHex(blockHeaderBytes({ number, previousHash: hash, dataHash: hash })), `30${length}${content}`)
  }
})

test('the hash of no data is that of no bytes', () => {
  assert.equal(toHex(blockDataHash([])), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
})
