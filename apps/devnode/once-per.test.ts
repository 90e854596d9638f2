import assert from 'node:assert/strict'
import { test } from 'node:test'
import { oncePer } from './once-per.ts'

test('what is derived from an object is derived once, and what throws is asked again', () => {
  const asked: object[] = []
  const lengthOf = oncePer((list: readonly number[]) => {
    asked.push(list)
    if (list.length === 0) throw new Error('empty')
    return list.length
  })
  const [two, none]: number[][] = [[1, 2], []]
  assert.ok(two && none)
  assert.deepEqual([lengthOf(two), lengthOf(two), lengthOf([7])], [2, 2, 1])
  for (let time = 0; time < 2; time++) assert.throws(() => lengthOf(none), /empty/)
  assert.deepEqual(asked, [two, [7], none, none])
})
