import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { FirstJoins } from './first-joins.ts'

/** Joins that end when they are told to; `begun` names those that have begun. */
function slowJoins() {
  const joins = new FirstJoins()
  const begun: string[] = []
  const start = (name: string) => {
    const answer = Promise.withResolvers<void>()
    const ended = joins.inTurn(() => {
      begun.push(name)
      return answer.promise
    })
    return { ...answer, ended }
  }
  return { begun, start }
}

test('peers that dial each other join one after the other, also where one is refused', async () => {
  const { begun, start } = slowJoins()
  const [first, second, third] = [start('first'), start('second'), start('third')]
  await setImmediate()
  assert.deepEqual(begun, ['first'])
  first.reject(new Error('refused'))
  await assert.rejects(first.ended, /refused/)
  await setImmediate()
  assert.deepEqual(begun, ['first', 'second'])
  second.resolve()
  await second.ended
  await setImmediate()
  assert.deepEqual(begun, ['first', 'second', 'third'])
  third.resolve()
  await third.ended
})

test('a join that hangs holds up the next for a while only', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { begun, start } = slowJoins()
  start('hangs')
  await setImmediate()
  const next = start('next')
  await setImmediate()
  assert.deepEqual(begun, ['hangs'])
  t.mock.timers.tick(1_000)
  await setImmediate()
  assert.deepEqual(begun, ['hangs', 'next'])
  next.resolve()
  await next.ended
})
