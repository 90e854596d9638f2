/** Blocks 3 to 11 of one channel, as a peer of Fabric stored them: each hash follows from the one before. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { readBlockParts } from '../ledger/block-parts.ts'
import { openWorldState } from '../state/open-world-state.ts'
import { setsOf } from '../validation/block-transaction.ts'
import { pendingState } from '../validation/pending-state.ts'
import { readEnvelope } from '../validation/read-envelope.ts'
import { commitHash } from './commit-hash.ts'
import { codesOf, commitHashOf, storedBlock } from './stored-block.ts'

const vector = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../../test/vectors/blocks/${name}.block`, import.meta.url)))

const chain = [
  'approvals',
  'definition',
  'invoke',
  'private',
  'range',
  'removal',
  'conflict',
  'duplicate',
  'batch-update',
] as const

test('the commit hash of every block is the one that a peer of Fabric wrote', () => {
  using state = openWorldState(':memory:')
  let before = commitHashOf(readBlockParts(vector('approvals')).metadata)
  for (const name of chain.slice(1)) {
    const parts = readBlockParts(vector(name))
    const codes = codesOf(parts.metadata)
    const pending = pendingState(state)
    for (const [index, bytes] of parts.envelopes.entries()) {
      if (codes[index] === 0) pending.add(setsOf(readEnvelope(bytes)), { block: parts.number, transaction: index })
    }
    before = commitHash(codes, pending, before)
    assert.deepEqual(Buffer.from(before), Buffer.from(commitHashOf(parts.metadata)), name)
  }
})

test('a block is stored byte for byte as a peer of Fabric stores it', () => {
  for (const name of ['genesis', ...chain]) {
    const block = vector(name)
    const { metadata } = readBlockParts(block)
    const hash = commitHashOf(metadata)
    const ordered = metadata.map((slot, index) => (index === 2 || index === 4 ? new Uint8Array() : slot))
    const own = { codes: codesOf(metadata), ...(hash.length > 0 ? { commitHash: hash } : {}) }
    assert.deepEqual(storedBlock(storedBlock(block, ordered, { codes: new Uint8Array() }), ordered, own), block, name)
  }
})
