import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { decodeKeyValueSet, encodeKeyValueSet } from '../simulation/key-value-set.ts'
import { openPrivateStore } from './open-private-store.ts'
import type { CommittedPrivateWrites } from './private-store.ts'

const bytes = (text: string): Buffer => Buffer.from(text)
const hash = (key: string): Buffer => createHash('sha256').update(key).digest()

function writes(transaction: number, values: Readonly<Record<string, string>>): CommittedPrivateWrites {
  const set = Object.entries(values).map(([key, value]) => ({ key, isDelete: false, value: bytes(value) }))
  const encoded = encodeKeyValueSet({ reads: [], ranges: [], writes: set, metadataWrites: [] })
  return { transaction, namespace: 'basic', collection: 'shared', writes: encoded }
}

const keysOf = (list: readonly CommittedPrivateWrites[]): string[][] =>
  list.map((each) => decodeKeyValueSet(each.writes).writes.map(({ key }) => key))

test('what was endorsed waits until it is forgotten', () => {
  using store = openPrivateStore(':memory:')
  store.keep('one', bytes('a'), 4)
  store.keep('one', bytes('b'), 5)
  store.keep('two', bytes('c'), 6)
  assert.deepEqual(store.endorsed('one').map(String), ['97', '98'])
  store.forget([], 5)
  assert.deepEqual(store.endorsed('one').map(String), ['98'])
  store.forget(['one'], 0)
  assert.deepEqual(store.endorsed('one'), [])
  assert.deepEqual(store.endorsed('two').map(String), ['99'])
})

test('what was committed is there after a restart, and once though it was committed twice', () => {
  const folder = mkdtempSync(join(tmpdir(), 'devnode-private-'))
  const path = join(folder, 'private')
  try {
    const list = [writes(0, { a: '1', b: '2' }), writes(3, { c: '3' })]
    {
      using store = openPrivateStore(path)
      store.commit(7, list)
      store.commit(7, list)
      store.commit(8, [])
    }
    {
      using store = openPrivateStore(path)
      assert.deepEqual(keysOf(store.committed(7)), [['a', 'b'], ['c']])
      assert.deepEqual(store.committed(8), [])
      assert.throws(() => openPrivateStore(path), /private data, cannot be opened: .*locked/)
    }
    writeFileSync(path, 'x'.repeat(9000))
    assert.throws(() => openPrivateStore(path), new RegExp(`${path}, which holds private data, cannot be opened`))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('what a block lacks is missing until it is committed', () => {
  using store = openPrivateStore(':memory:')
  const place = ({ transaction, namespace, collection }: CommittedPrivateWrites) => ({
    transaction,
    namespace,
    collection,
    txId: `tx ${transaction}`,
    hash: new Uint8Array([transaction]),
  })
  const [early, late] = [writes(0, { a: '1' }), writes(2, { b: '1' })]
  store.miss(4, [place(late)])
  store.miss(3, [place(early), place(late)])
  store.miss(3, [place(early)])
  assert.deepEqual(store.missing(2), [
    { block: 3, ...place(early) },
    { block: 3, ...place(late) },
  ])
  store.commit(3, [early])
  assert.deepEqual(store.missing(9), [
    { block: 3, ...place(late) },
    { block: 4, ...place(late) },
  ])
})

test('a purged key is gone from all that was committed up to there, and from nothing later', () => {
  using store = openPrivateStore(':memory:')
  store.commit(1, [writes(0, { a: '1', b: '1' })])
  store.commit(2, [writes(0, { a: '2' }), writes(1, { a: '3', c: '3' })])
  store.commit(3, [writes(0, { a: '4' })])
  store.purge('basic', 'shared', hash('a'), { block: 2, transaction: 0 })
  assert.deepEqual(
    [1, 2, 3].map((block) => keysOf(store.committed(block))),
    [[['b']], [[], ['a', 'c']], [['a']]],
  )
  store.purge('basic', 'other', hash('b'), { block: 9, transaction: 0 })
  assert.deepEqual(keysOf(store.committed(1)), [['b']])
})
