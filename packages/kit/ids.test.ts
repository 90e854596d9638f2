import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from './ids.ts'

const timeOf = (id: string): number => Number.parseInt(id.replace('-', '').slice(0, 12), 16)

test('an id is a UUID of version 7 with the time at which it was made', () => {
  const id = newId(Date.UTC(2026, 0, 1))
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.equal(timeOf(id), Date.UTC(2026, 0, 1))
})

test('ids sort in the order in which they were made, also within a millisecond and where the clock goes back a little', () => {
  const now = Date.UTC(2026, 6, 1)
  const times = [...Array<number>(10_000).fill(now), now + 1, now - 500, now + 1, now + 2]
  const ids = times.map((time) => newId(time))
  assert.deepEqual(ids.toSorted(), ids)
  assert.equal(new Set(ids).size, ids.length)
})

test('a clock that is set back is followed', () => {
  const now = Date.UTC(2026, 6, 2)
  assert.equal(timeOf(newId(now)), now)
  assert.equal(timeOf(newId(now - 3_600_000)), now - 3_600_000)
})
