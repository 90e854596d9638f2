/** Transactions that read what has changed: in their own block, and in those before. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { put, setOf, transaction } from '../committing/testing/endorsed-transaction.ts'
import { type Growing, growing } from '../committing/testing/growing.ts'
import { definition, testChannel } from '../committing/testing/test-channel.ts'
import { gatherRangeReads } from '../simulation/range-reads.ts'
import type { NamespaceSet } from '../simulation/rwset.ts'

const world = testChannel()
let peer: Growing
let block = 0

before(async () => {
  peer = await growing(world)
  peer.definitions.set('kv', definition('kv', { collections: [{ name: 'mine' }] }))
  assert.deepEqual(await peer.verdicts(doing({ writes: ['a', 'b', 'd'].map((key) => put(key, '1')) })), ['VALID'])
  block = peer.channel.height - 1
})
after(() => peer[Symbol.asyncDispose]())

const doing = (set: Partial<NamespaceSet>) =>
  transaction({ by: world.client, endorsers: [world.peers[0]], contract: 'kv', sets: [setOf('kv', set)] })
const version = (transactionPlace = 0) => ({ block, transaction: transactionPlace })
const removal = (key: string) => ({ key, isDelete: true, value: new Uint8Array() })

type Range = NamespaceSet['ranges'][number]
const range = (reads: readonly string[], more: Partial<Range> = {}): Range => ({
  start: 'a',
  end: 'e',
  isExhausted: true,
  reads: reads.map((key) => ({ key, version: version() })),
  ...more,
})

test('a read of the version that is there is valid, any other conflicts', async () => {
  assert.deepEqual(
    await peer.verdicts(
      doing({ reads: [{ key: 'a', version: version() }, { key: 'none' }] }),
      doing({ reads: [{ key: 'a', version: version(1) }] }),
      doing({ reads: [{ key: 'a' }] }),
      doing({ reads: [{ key: 'none', version: version() }] }),
    ),
    ['VALID', 'MVCC_READ_CONFLICT', 'MVCC_READ_CONFLICT', 'MVCC_READ_CONFLICT'],
  )
})

test('a range is valid as it was, and a phantom when a key came, went or changed', async () => {
  assert.deepEqual(
    await peer.verdicts(
      doing({ ranges: [range(['a', 'b', 'd'])] }),
      doing({ ranges: [range(['a', 'b'])] }),
      doing({ ranges: [range(['a', 'b', 'c', 'd'])] }),
      doing({ ranges: [range([])] }),
      doing({ ranges: [range(['a', 'b'], { end: 'b', isExhausted: false })] }),
      doing({ ranges: [range(['a', 'b'], { end: 'c', isExhausted: true })] }),
      doing({ ranges: [range([], { start: 'e', end: 'f' })] }),
      doing({ ranges: [range(['b', 'd'], { start: 'b', end: '' })] }),
    ),
    [
      'VALID',
      'PHANTOM_READ_CONFLICT',
      'PHANTOM_READ_CONFLICT',
      'PHANTOM_READ_CONFLICT',
      'VALID',
      'VALID',
      'VALID',
      'VALID',
    ],
  )
})

test('a block’s own earlier writes count: for keys, for ranges, and where they delete', async () => {
  const conflicting = doing({ reads: [{ key: 'x' }] })
  assert.deepEqual(
    await peer.verdicts(
      doing({ writes: [put('c', '1'), put('x', '1')] }),
      doing({ ranges: [range(['a', 'b', 'd'])] }),
      conflicting,
      doing({ writes: [removal('c'), removal('x')] }),
      doing({ ranges: [range(['a', 'b', 'd'])] }),
      doing({ reads: [{ key: 'x' }] }),
      doing({ ranges: [range(['a', 'b'], { end: 'b', isExhausted: false })], writes: [removal('b')] }),
      doing({ ranges: [range(['a', 'b'], { end: 'b', isExhausted: false })] }),
      doing({ writes: [put('b', '1')], reads: [] }),
    ),
    [
      'VALID',
      'PHANTOM_READ_CONFLICT',
      'MVCC_READ_CONFLICT',
      'VALID',
      'VALID',
      'MVCC_READ_CONFLICT',
      'VALID',
      'PHANTOM_READ_CONFLICT',
      'VALID',
    ],
  )
  const here = peer.channel.height - 1
  assert.deepEqual(
    peer.trace(conflicting.id).find(({ kind }) => kind === 'conflict'),
    {
      kind: 'conflict',
      namespace: 'kv',
      key: 'x',
      read: 'absent',
      committed: `${here}:0, written earlier in this block`,
    },
  )
})

test('a range of many keys is compared by its hashes', async () => {
  const keys = Array.from({ length: 200 }, (_, index) => `many${String(index).padStart(3, '0')}`)
  await peer.verdicts(doing({ writes: keys.map((key) => put(key, '1')) }))
  const at = { block: peer.channel.height - 1, transaction: 0 }
  const hashed = (names: readonly string[]): Range => {
    const gathered = gatherRangeReads(50)
    for (const key of names) gathered.add({ key, version: at })
    return { start: 'many', end: 'manz', isExhausted: true, ...gathered.finish() }
  }
  const good = hashed(keys)
  assert.ok(good.summary && !good.reads)
  assert.deepEqual(
    await peer.verdicts(
      doing({ ranges: [good] }),
      doing({ ranges: [hashed(keys.slice(1))] }),
      doing({ writes: [put('many100a', '1')] }),
      doing({ ranges: [good] }),
    ),
    ['VALID', 'PHANTOM_READ_CONFLICT', 'VALID', 'PHANTOM_READ_CONFLICT'],
  )
})

test('hashed reads conflict like others, after the namespace’s own reads', async () => {
  const keyHash = createHash('sha256').update('secret').digest()
  const collection = (set: Partial<NamespaceSet['collections'][number]>) => ({
    collections: [
      {
        collection: 'mine',
        hashedReads: [],
        hashedWrites: [],
        hashedMetadataWrites: [],
        privateHash: new Uint8Array(),
        ...set,
      },
    ],
  })
  const write = { keyHash, isDelete: false, valueHash: Buffer.alloc(32, 1), isPurge: false }
  assert.deepEqual(await peer.verdicts(doing(collection({ hashedReads: [{ keyHash }], hashedWrites: [write] }))), [
    'VALID',
  ])
  const at = { block: peer.channel.height - 1, transaction: 0 }
  assert.deepEqual(
    await peer.verdicts(
      doing(collection({ hashedReads: [{ keyHash }] })),
      doing(collection({ hashedReads: [{ keyHash, version: at }], hashedWrites: [{ ...write, isDelete: true }] })),
      doing(collection({ hashedReads: [{ keyHash, version: at }] })),
      doing({ ranges: [range([])], ...collection({ hashedReads: [{ keyHash, version: at }] }) }),
    ),
    ['MVCC_READ_CONFLICT', 'VALID', 'MVCC_READ_CONFLICT', 'PHANTOM_READ_CONFLICT'],
  )
})

test('with a state database such as CouchDB, keys and documents that it cannot hold are no valid write', async () => {
  await using couch = await growing(world, { richQueries: true })
  couch.definitions.set('kv', definition('kv'))
  assert.deepEqual(
    await couch.verdicts(
      doing({ writes: [put('good', '{"a":1}')] }),
      doing({ writes: [put('_bad', '1')] }),
      doing({ writes: [put('', '1')] }),
      doing({ writes: [put('bad', '{"_id":"x"}')] }),
      doing({ writes: [put('bad', '{"~version":"x"}')] }),
    ),
    ['VALID', 'INVALID_WRITESET', 'INVALID_WRITESET', 'INVALID_WRITESET', 'INVALID_WRITESET'],
  )
  assert.deepEqual(await peer.verdicts(doing({ writes: [put('_good', '1')] })), ['VALID'])
})
