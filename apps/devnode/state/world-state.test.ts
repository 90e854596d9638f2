import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { hashedKey, hashedNamespace, privateNamespace } from './collection-namespace.ts'
import { openWorldState } from './open-world-state.ts'
import type { KeyChange, StateUpdate, StateWrite } from './world-state.ts'

const byBytes = (left: string, right: string): number => Buffer.compare(Buffer.from(left), Buffer.from(right))
const bytes = (text: string): Buffer => Buffer.from(text)
const hash = (number: number): Buffer => bytes(`hash of block ${number}`)

function block(number: number, writes: readonly StateWrite[] = []): StateUpdate {
  return { number, hash: hash(number), transactions: [{ txId: `tx-${number}`, transaction: 0, code: 0 }], writes }
}

const put = (key: string, value: string, transaction = 0): StateWrite => ({
  namespace: 'basic',
  key,
  transaction,
  value: bytes(value),
  change: { txId: `of ${value}`, timestamp: { seconds: 1_700_000_000, nanos: 5 } },
})

async function inFolder(act: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'devnode-state-'))
  try {
    await act(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Parts that meet where orders differ: NUL, the end of Unicode, surrogate pairs against U+E000 and up. */
const keys = fc
  .array(fc.constantFrom('a', 'b', '\0', '\u{10ffff}', '\u{1f600}', '\ufffd', '\ue000', 'é'), { maxLength: 4 })
  .map((parts) => parts.join(''))
const namespaces = fc.constantFrom('basic', 'basic$$pshared', 'other')
const writes = fc.record({
  namespace: namespaces,
  key: keys,
  value: fc.option(fc.uint8Array({ minLength: 1, maxLength: 3 }), { nil: undefined }),
})

test('ranges and values are those of a map ordered by the bytes of its keys', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(writes, { maxLength: 30 }), { maxLength: 4 }),
      fc.tuple(namespaces, keys, keys, fc.option(fc.nat({ max: 40 }), { nil: undefined })),
      (blocks, [namespace, start, end, limit]) => {
        using state = openWorldState(':memory:')
        const model = new Map<string, { value: Uint8Array; version: { block: number; transaction: number } }>()
        blocks.forEach((list, number) => {
          const updates = list.map(({ value, ...write }, transaction) => {
            const name = JSON.stringify([write.namespace, write.key])
            if (value) model.set(name, { value, version: { block: number, transaction } })
            else model.delete(name)
            return { ...write, transaction, ...(value && { value }) }
          })
          state.apply(block(number, updates))
        })
        const expected = [...model]
          .map(([name, entry]) => ({ name: JSON.parse(name), entry }))
          .filter(({ name }) => name[0] === namespace)
          .map(({ name, entry }) => ({ key: String(name[1]), ...entry }))
          .filter(({ key }) => byBytes(key, start) >= 0 && (end === '' || byBytes(key, end) < 0))
          .sort((left, right) => byBytes(left.key, right.key))
          .slice(0, limit)
        const found = [...state.range(namespace, { start, end, ...(limit === undefined ? {} : { limit }) })]
        assert.deepEqual(found, expected)
        for (const { key, ...value } of expected) assert.deepEqual(state.get(namespace, key), value)
      },
    ),
    { numRuns: 200 },
  )
})

test('history is every change of a key, the newest first', () => {
  fc.assert(
    fc.property(fc.array(fc.array(writes, { maxLength: 40 }), { maxLength: 6 }), (blocks) => {
      using state = openWorldState(':memory:')
      const model = new Map<string, KeyChange[]>()
      blocks.forEach((list, number) => {
        const updates = list.map(({ value, ...write }, transaction) => {
          const change = { txId: `${number}.${transaction}`, timestamp: { seconds: number, nanos: transaction } }
          const name = JSON.stringify([write.namespace, write.key])
          const known = model.get(name) ?? []
          model.set(name, [{ ...change, version: { block: number, transaction }, ...(value && { value }) }, ...known])
          return { ...write, transaction, change, ...(value && { value }) }
        })
        state.apply(block(number, updates))
      })
      for (const [name, changes] of model) {
        const [namespace = '', key = '']: string[] = JSON.parse(name)
        assert.deepEqual([...state.history(namespace, key)], changes)
      }
    }),
    { numRuns: 50 },
  )
})

test('a range of many keys is read in pages, and may be left in the middle', () => {
  using state = openWorldState(':memory:')
  const names = Array.from({ length: 3000 }, (_, index) => `key${String(index).padStart(5, '0')}`)
  state.apply(
    block(
      0,
      names.map((name) => put(name, name)),
    ),
  )
  assert.deepEqual(
    Array.from(state.range('basic', { start: '', end: '' }), ({ key }) => key),
    names,
  )
  for (const { key } of state.range('basic', { start: 'key01000', end: '' })) {
    if (key === 'key01100') break
  }
  state.apply(block(1))
  assert.equal(Array.from(state.range('basic', { start: 'key00010', end: 'key00900', limit: 100 })).length, 100)
})

test('history goes from the newest change to the oldest, over pages and deletions', () => {
  using state = openWorldState(':memory:')
  const changes = Array.from({ length: 150 }, (_, index) => index)
  for (const number of changes) state.apply(block(number, [number % 7 === 3 ? gone(number) : put('a', `${number}`)]))
  const history = [...state.history('basic', 'a')]
  assert.deepEqual(
    history.map(({ version, value }) => [version.block, value && Buffer.from(value).toString()]),
    changes.map((number) => [number, number % 7 === 3 ? undefined : `${number}`]).reverse(),
  )
  assert.deepEqual(history[0]?.timestamp, { seconds: 1_700_000_000, nanos: 5 })
  assert.deepEqual([...state.history('basic', 'never')], [])

  function gone(number: number): StateWrite {
    const { value: _, ...write } = put('a', `${number}`)
    return write
  }
})

test('several transactions of a block change one key: the last one counts, history has all', () => {
  using state = openWorldState(':memory:')
  state.apply(block(0, [put('a', 'one', 0), put('a', 'two', 3)]))
  assert.deepEqual(state.get('basic', 'a'), {
    value: new Uint8Array(bytes('two')),
    version: { block: 0, transaction: 3 },
  })
  assert.deepEqual(
    Array.from(state.history('basic', 'a'), ({ txId }) => txId),
    ['of two', 'of one'],
  )
})

test('metadata stays with a key until it is deleted', () => {
  using state = openWorldState(':memory:')
  state.apply(block(0, [{ ...put('a', '1'), metadata: bytes('m') }]))
  state.apply(block(1, [put('a', '2')]))
  assert.deepEqual(state.get('basic', 'a')?.metadata, new Uint8Array(bytes('m')))
  state.apply(block(2, [{ namespace: 'basic', key: 'a', transaction: 0 }, put('a', '3')]))
  assert.equal(state.get('basic', 'a')?.metadata, undefined)
})

test('a transaction id keeps its first place, and blocks are found by their hash', () => {
  using state = openWorldState(':memory:')
  state.apply(block(0))
  state.apply({ ...block(1), transactions: [{ txId: 'tx-0', transaction: 4, code: 9 }] })
  assert.deepEqual(state.transaction('tx-0'), { block: 0, transaction: 0, code: 0 })
  assert.equal(state.transaction('nobody'), undefined)
  assert.equal(state.blockByHash(hash(1)), 1)
  assert.equal(state.blockByHash(hash(2)), undefined)
})

test('a private value that comes late is taken where its hash still stands', () => {
  using state = openWorldState(':memory:')
  const hash = (key: string, transaction: number): StateWrite => ({
    namespace: hashedNamespace('basic', 'own'),
    key: hashedKey(key),
    transaction,
    value: bytes('hash'),
  })
  state.apply(block(0, [hash('now', 1), hash('overtaken', 1), hash('deleted', 1)]))
  const { value: _, ...deletion } = hash('deleted', 0)
  state.apply(block(1, [hash('overtaken', 0), deletion]))
  const late = (key: string, number: number, transaction: number, value?: string) => ({
    contract: 'basic',
    collection: 'own',
    key,
    version: { block: number, transaction },
    ...(value === undefined ? {} : { value: bytes(value) }),
  })
  state.fillIn([
    late('now', 0, 1, 'n'),
    late('overtaken', 0, 1, 'o'),
    late('deleted', 0, 1, 'd'),
    late('none', 0, 1, 'x'),
  ])
  const own = privateNamespace('basic', 'own')
  assert.deepEqual(
    [...state.range(own, { start: '', end: '' })],
    [{ key: 'now', value: new Uint8Array(bytes('n')), version: { block: 0, transaction: 1 } }],
  )
  state.fillIn([late('now', 1, 0)])
  assert.ok(state.get(own, 'now'), 'a deletion that was overtaken')
  state.apply(block(2, [{ ...deletion, key: hashedKey('now') }]))
  state.fillIn([late('now', 2, 0)])
  assert.equal(state.get(own, 'now'), undefined)
})

test('a block that does not fit changes nothing', () => {
  using state = openWorldState(':memory:')
  state.apply(block(0, [put('a', '1')]))
  assert.throws(() => state.apply(block(0)), /block 0 cannot be applied at height 1/)
  assert.throws(() => state.apply({ ...block(1, [put('a', '2')]), hash: hash(0) }), /UNIQUE/)
  assert.equal(state.height, 1)
  assert.equal(Buffer.from(state.get('basic', 'a')?.value ?? []).toString(), '1')
  state.apply(block(1))
  state.clear()
  assert.equal(state.height, 0)
  assert.deepEqual([...state.range('basic', { start: '', end: '' })], [])
})

test('a closed state is there again, in one file and its mark', () =>
  inFolder((folder) => {
    const path = join(folder, 'state')
    for (const number of [0, 1, 2]) {
      using state = openWorldState(path)
      assert.deepEqual([state.height, state.damage], [number, undefined])
      state.apply(block(number, [put('a', `${number}`)]))
    }
    assert.deepEqual(readdirSync(folder).sort(), ['state', 'state.mark'])
  }))

test('a state that was changed on disk, or that nothing vouches for, is thrown away', () =>
  inFolder((folder) => {
    const path = join(folder, 'state')
    const damages: [how: string, damage: () => void, why: RegExp][] = [
      ['a flipped bit', () => flip(path), /not as it was left/],
      ['a cut end', () => writeFileSync(path, readFileSync(path).subarray(0, 5000)), /not as it was left/],
      ['no mark', () => rmSync(`${path}.mark`), /nothing says/],
      ['a torn mark', () => writeFileSync(`${path}.mark`, '{"boo'), /nothing says/],
      ['another boot', () => writeFileSync(`${path}.mark`, '{"boot":"x"}'), /machine stopped/],
      ['rubbish after a kill', () => spoil(path), /not a database/],
    ]
    for (const [how, damage, why] of damages) {
      {
        using state = openWorldState(path)
        state.clear()
        state.apply(block(0, [put('a', 'x'.repeat(9000))]))
      }
      damage()
      using again = openWorldState(path)
      assert.match(again.damage ?? '', why, how)
      assert.equal(again.height, 0, how)
      again.apply(block(0))
    }
  }))

test('two processes cannot have one state', () =>
  inFolder((folder) => {
    const path = join(folder, 'state')
    using first = openWorldState(path)
    first.apply(block(0))
    assert.throws(() => openWorldState(path), /locked/)
    first.apply(block(1))
  }))

function flip(path: string): void {
  const file = readFileSync(path)
  const at = file.length - 100
  file[at] = (file[at] ?? 0) ^ 1
  writeFileSync(path, file)
}

function spoil(path: string): void {
  writeFileSync(path, 'x'.repeat(8192))
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  writeFileSync(`${path}.mark`, JSON.stringify({ boot }))
}

test('each change of a namespace is told, and those of others are not', () => {
  using state = openWorldState(':memory:')
  const counts = () => [state.changes('basic'), state.changes('other')]
  const seen: number[][] = [counts()]
  state.apply(block(0, [put('a', '1'), put('b', '2')]))
  seen.push(counts())
  state.apply(block(1, [{ namespace: 'other', key: 'a', transaction: 0 }]))
  seen.push(counts())
  state.clear()
  seen.push(counts())
  assert.equal(new Set(seen.map(([basic]) => basic)).size, 3, 'the block that left it alone changed nothing')
  assert.equal(new Set(seen.map(([, other]) => other)).size, 3)
})
