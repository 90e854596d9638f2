import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { hashedKey, hashedNamespace, privateNamespace } from './collection-namespace.ts'
import { openWorldState } from './open-world-state.ts'
import type { StateReader, StateWrite, WorldState } from './world-state.ts'

const namespaces = ['basic', 'other'] as const

/** Few parts, so that later blocks meet keys of earlier ones; those of pairs where the orders of text differ. */
const keys = fc
  .array(fc.constantFrom('a', 'b', '\0', '\u{1f600}', '\ue000'), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join(''))
const writes = fc.record({
  namespace: fc.constantFrom(...namespaces),
  key: keys,
  value: fc.option(fc.uint8Array({ minLength: 1, maxLength: 2 }), { nil: undefined }),
})
/** More keys than a page of a range has at first. */
const blocks = fc.array(fc.array(writes, { maxLength: 60 }), { minLength: 1, maxLength: 4 })

type Block = readonly { readonly namespace: string; readonly key: string; readonly value: Uint8Array | undefined }[]

function apply(state: WorldState, list: Block): void {
  const number = state.height
  const change = { txId: `tx ${number}`, timestamp: { seconds: number, nanos: 0 } }
  const updates = list.map(({ namespace, key, value }, transaction): StateWrite => {
    return { namespace, key, transaction, change, ...(value && { value }) }
  })
  state.apply({ number, hash: Buffer.from(`hash ${number}`), transactions: [], writes: updates })
}

const whole = { start: '', end: '' }

function contents(state: StateReader & Pick<WorldState, 'history'>) {
  return namespaces.map((namespace) => {
    const entries = [...state.range(namespace, whole)]
    const values = entries.map(({ key }) => state.get(namespace, key))
    return { entries, values, histories: entries.map(({ key }) => [...state.history(namespace, key)]) }
  })
}

test('a snapshot stays as the state was, whatever blocks come', () => {
  fc.assert(
    fc.property(blocks, blocks, blocks, fc.tuple(keys, keys), (before, between, after, [start, end]) => {
      using state = openWorldState(':memory:')
      using reference = openWorldState(':memory:')
      for (const list of before) for (const one of [state, reference]) apply(one, list)
      using snapshot = state.snapshot()
      const expected = contents(reference)
      const ranges = namespaces.map((namespace) => snapshot.range(namespace, whole)[Symbol.iterator]())
      const firsts = ranges.map((range) => range.next())
      for (const list of between) apply(state, list)
      using later = state.snapshot()
      const expectedLater = contents(state)
      for (const list of after) apply(state, list)
      assert.deepEqual(contents(snapshot), expected)
      assert.deepEqual(contents(later), expectedLater)
      assert.equal(snapshot.height, before.length)
      const rests = ranges.map((range) => [...{ [Symbol.iterator]: () => range }])
      const begun = firsts.map(({ value, done }, index) => [...(done ? [] : [value]), ...(rests[index] ?? [])])
      assert.deepEqual(
        begun,
        expected.map(({ entries }) => entries),
      )
      for (const range of [
        { start, end },
        { ...whole, limit: 5 },
      ]) {
        assert.deepEqual([...snapshot.range('basic', range)], [...reference.range('basic', range)])
      }
    }),
    { numRuns: 200 },
  )
})

test('private values that come late are not seen by a snapshot from before', () => {
  using state = openWorldState(':memory:')
  const write = { namespace: hashedNamespace('basic', 'shared'), key: hashedKey('a'), value: Buffer.from('hash') }
  apply(state, [write])
  using snapshot = state.snapshot()
  const late = { contract: 'basic', collection: 'shared', key: 'a', version: { block: 0, transaction: 0 } }
  state.fillIn([{ ...late, value: Buffer.from('value') }])
  const namespace = privateNamespace('basic', 'shared')
  assert.equal(snapshot.get(namespace, 'a'), undefined)
  assert.deepEqual([...snapshot.range(namespace, whole)], [])
  assert.ok(state.get(namespace, 'a'))
})
