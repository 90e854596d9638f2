import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pageOfList } from './paging.ts'

const key = (text: string) => text

test('pages of a list follow each other, each item once, whatever comes or goes in between', () => {
  const first = pageOfList(['c', 'a', 'd', 'b'], key, { limit: 2 })
  assert.deepEqual(first.items, ['a', 'b'])
  const second = pageOfList(['aa', 'c', 'd'], key, { limit: 2, cursor: first.next })
  assert.deepEqual(second, { items: ['c', 'd'] })
})

test('a cursor that no page gave is refused', () => {
  assert.throws(() => pageOfList(['a'], key, { limit: 1, cursor: 'nonsense' }), { code: 'INVALID_REQUEST' })
})
