import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { openWorldState } from '../state/open-world-state.ts'
import type { WorldState } from '../state/world-state.ts'
import { richQuery } from './rich-query.ts'

const documents: Readonly<Record<string, unknown>> = {
  ada: { name: 'Ada', age: 36, tags: ['a', 'b'], home: { city: 'London', floor: 0 }, 'dot.ted': 1 },
  bob: { name: 'Bob', age: 20, tags: [], home: { city: 'Bonn' }, rows: [{ n: 1 }, { n: 5 }] },
  cy: { name: 'Cy', age: null, tags: ['b', 'c'] },
  dee: { name: 'Dee', rows: [{ n: 7 }, { n: 9 }], scores: [3, 4] },
  list: ['name'],
}

function stateOf(values: Readonly<Record<string, unknown>>): WorldState {
  const state = openWorldState(':memory:')
  const writes = Object.entries(values).map(([key, value], transaction) => ({
    namespace: 'people',
    key,
    transaction,
    value: Buffer.from(JSON.stringify(value)),
  }))
  state.apply({ number: 0, hash: Buffer.from('0'), transactions: [], writes })
  return state
}

function find(query: object, values = documents): string[] {
  using state = stateOf(values)
  return Array.from(richQuery(state, 'people', JSON.stringify(query)).entries, ({ key }) => key)
}

test('selectors find what they say', () => {
  const everybody = ['ada', 'bob', 'cy', 'dee', 'list']
  const found: [selector: object, keys: string[]][] = [
    [{}, everybody],
    [{ name: 'Ada' }, ['ada']],
    [{ name: { $eq: 'Ada' } }, ['ada']],
    [{ age: { $gt: 19, $lt: 36 } }, ['bob']],
    [{ age: null }, ['cy']],
    [{ age: { $ne: 36 } }, ['bob', 'cy']],
    [{ age: { $exists: false } }, ['dee', 'list']],
    [{ age: { $exists: true } }, ['ada', 'bob', 'cy']],
    [{ age: { $in: [20, null] } }, ['bob', 'cy']],
    [{ age: { $nin: [20, null] } }, ['ada']],
    [{ tags: { $in: ['c'] } }, ['cy']],
    [{ tags: { $all: ['a', 'b'] } }, ['ada']],
    [{ tags: { $size: 0 } }, ['bob']],
    [{ tags: { $type: 'array' } }, ['ada', 'bob', 'cy']],
    [{ age: { $mod: [10, 6] } }, ['ada']],
    [{ name: { $regex: '^[AB]' } }, ['ada', 'bob']],
    [{ name: { $beginsWith: 'D' } }, ['dee']],
    [{ 'home.city': 'Bonn' }, ['bob']],
    [{ home: { city: 'Bonn' } }, ['bob']],
    [{ 'home.floor': 0 }, ['ada']],
    [{ 'home.floor.more': { $exists: true } }, []],
    [{ 'dot\\.ted': 1 }, ['ada']],
    [{ 'tags.1': 'c' }, ['cy']],
    [{ $and: [{ age: { $gt: 10 } }, { tags: { $size: 2 } }] }, ['ada']],
    [{ $and: [{ age: { $eq: 20 } }, { age: { $gt: 30 } }] }, []],
    [{ $or: [{ name: 'Cy' }, { 'home.city': 'London' }] }, ['ada', 'cy']],
    [{ $nor: [{ name: 'Ada' }, { name: 'Bob' }] }, ['cy', 'dee']],
    [{ $not: { name: 'Ada' } }, ['bob', 'cy', 'dee']],
    [{ $not: { name: 'Ada', age: 36 } }, ['bob', 'cy', 'dee']],
    [{ age: { $not: { $gt: 30 } } }, ['bob', 'cy']],
    [{ age: { $or: [{ $lt: 21 }, { $eq: 36 }] } }, ['ada', 'bob', 'cy']],
    [{ name: { $not: { $regex: '^A' } } }, ['bob', 'cy', 'dee']],
    [{ rows: { $elemMatch: { n: { $gt: 6 } } } }, ['dee']],
    [{ rows: { $allMatch: { n: { $gt: 6 } } } }, ['dee']],
    [{ rows: { $elemMatch: { n: 5 } } }, ['bob']],
    [{ scores: { $elemMatch: { $gt: 3, $lt: 5 } } }, ['dee']],
    [{ home: { $keyMapMatch: { $eq: 'floor' } } }, ['ada']],
    [{ _id: { $gt: 'bob' } }, ['cy', 'dee', 'list']],
    [{ missing: {} }, []],
  ]
  for (const [selector, keys] of found) assert.deepEqual(find({ selector }), keys, JSON.stringify(selector))
})

test('what a selector does not say, its negation does, where the field is there', () => {
  const value = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('a', null, true), fc.array(fc.nat(2)))
  const operator = fc.constantFrom('$eq', '$ne', '$gt', '$gte', '$lt', '$lte')
  const leaf = fc.tuple(operator, value).map(([name, argument]) => ({ a: { [name]: argument } }))
  const list = fc.array(leaf, { minLength: 1, maxLength: 3 })
  const selector = fc.oneof(
    leaf,
    fc.tuple(fc.constantFrom('$and', '$or', '$nor'), list).map(([name, of]) => ({ [name]: of })),
  )
  fc.assert(
    fc.property(value, selector, (a, chosen) => {
      const [is, isNot] = [chosen, { $not: chosen }].map((each) => find({ selector: each }, { key: { a } }).length)
      assert.equal((is ?? 0) + (isNot ?? 0), 1)
      assert.equal(find({ selector: chosen }, { key: {} }).length, 0)
    }),
  )
})

test('results are sorted by fields, in either direction, and only those that have them', () => {
  const selector = { name: { $exists: true } }
  assert.deepEqual(find({ selector, sort: ['age'] }), ['cy', 'bob', 'ada'])
  assert.deepEqual(find({ selector, sort: [{ age: 'desc' }] }), ['ada', 'bob', 'cy'])
  assert.deepEqual(find({ selector, sort: [{ 'home.city': 'asc' }, { age: 'asc' }] }), ['bob', 'ada'])
  assert.deepEqual(find({ selector, skip: 2, limit: 1, use_index: '_design/x' }), ['cy', 'dee'])
})

test('fields are shown alone, keys in order; what is no object is shown as it is', () => {
  using state = stateOf(documents)
  const show = (query: object): (string | undefined)[] =>
    Array.from(richQuery(state, 'people', JSON.stringify(query)).entries, ({ value }) => Buffer.from(value).toString())
  const selector = { _id: { $lt: 'bobby' } }
  assert.deepEqual(show({ selector, fields: ['name', 'home.city', '_id'] }), [
    '{"home":{"city":"London"},"name":"Ada"}',
    '{"home":{"city":"Bonn"},"name":"Bob"}',
  ])
  assert.deepEqual(show({ selector, fields: [] }), ['{}', '{}'])
  assert.deepEqual(show({ selector: { _id: 'list' } }), ['["name"]'])
  assert.deepEqual(show({ selector: { _id: 'dee' } }), ['{"name":"Dee","rows":[{"n":7},{"n":9}],"scores":[3,4]}'])
})

test('pages of a sorted query follow one another, whatever the order', () => {
  const values = Object.fromEntries(Array.from({ length: 23 }, (_, index) => [`k${index}`, { n: index % 5 }]))
  using state = stateOf(values)
  for (const sort of [undefined, ['n'], [{ n: 'desc' }]]) {
    const query = JSON.stringify({ selector: { n: { $gte: 0 } }, ...(sort && { sort }) })
    const whole = Array.from(richQuery(state, 'people', query).entries, ({ key }) => key)
    const paged: string[] = []
    for (let bookmark = '', keys = 1; keys > 0; ) {
      const page = richQuery(state, 'people', query, { size: 4, bookmark })
      const found = Array.from(page.entries, ({ key }) => key)
      paged.push(...found)
      bookmark = page.bookmark
      keys = found.length
    }
    assert.equal(whole.length, 23)
    assert.deepEqual(paged, whole, JSON.stringify(sort))
  }
  const none = richQuery(state, 'people', '{"selector":{"n":9}}', { size: 4, bookmark: '' })
  assert.deepEqual([[...none.entries], none.bookmark], [[], 'nil'])
})

test('a query that CouchDB would refuse is refused in its words', () => {
  const couch = (error: string, reason: string) =>
    `error handling CouchDB request. Error:${error},  Status Code:400,  Reason:${reason}`
  const refused: [query: object, message: string][] = [
    [{}, couch('missing_required_key', 'Missing required key: selector')],
    [{ selector: [] }, couch('invalid_selector_json', 'Selector must be a JSON object, not: []')],
    [{ selector: { a: { $near: 1 } } }, couch('invalid_operator', 'Invalid operator: $near')],
    [{ selector: { a: { $in: 1 } } }, couch('bad_arg', 'Bad argument for operator $in: 1')],
    [{ selector: { $or: [{ a: { $regex: '(' } }] } }, couch('bad_arg', 'Bad argument for operator $regex: "("')],
    [{ selector: {}, colour: 1 }, couch('invalid_key', 'Invalid key colour for this request.')],
    [
      { selector: {}, sort: ['a', { b: 'desc' }] },
      couch('unsupported_mixed_sort', 'Sorts currently only support a single direction for all fields.'),
    ],
    [{ selector: {}, fields: 'a' }, 'fields definition must be an array'],
  ]
  for (const [query, message] of refused) assert.throws(() => find(query), { message }, JSON.stringify(query))
  using state = stateOf(documents)
  const paged = () => richQuery(state, 'people', '{"selector":{}}', { size: 1, bookmark: 'rubbish' })
  assert.throws(paged, { message: couch('invalid_bookmark', 'Invalid bookmark value: "rubbish"') })
})
