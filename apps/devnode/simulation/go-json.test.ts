import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { goJson, jsonObjectOf } from './go-json.ts'

test('JSON is written as Go writes it', () => {
  const written: [text: string, go: string][] = [
    ['{"b":1,"a":2,"10":3,"9":4}', '{"10":3,"9":4,"a":2,"b":1}'],
    ['{"\u{1f600}":1,"\\uffff":2}', '{"\uffff":2,"\u{1f600}":1}'],
    ['{"a":"<&>\\u2028\\u007f\\u0001"}', '{"a":"\\u003c\\u0026\\u003e\\u2028\u007f\\u0001"}'],
    ['{"a":[1.50,1e21,1e-7,100,{"d":null,"c":true}]}', '{"a":[1.5,1e+21,1e-7,100,{"c":true,"d":null}]}'],
    ['{"a":"\\ud800"}', '{"a":"\ufffd"}'],
    [' \n\t{ } ', '{}'],
  ]
  for (const [text, go] of written) assert.equal(goJson(jsonObjectOf(Buffer.from(text))), go, text)
})

test('only objects are read', () => {
  for (const text of ['', 'null', '[1]', '"a"', '1', '{', '{"a":1}x', '\ufeff{}', `${' '.repeat(5)}true`]) {
    assert.equal(jsonObjectOf(Buffer.from(text)), undefined, text)
  }
  assert.deepEqual(jsonObjectOf(Buffer.from(`${' '.repeat(40)}{"a":1}`)), { a: 1 })
})

/**
 * V8 (13.6, of Node 24) reads a field `a"` as one `a\`, once it has seen an object with that one at the same place: it compares as
 * many characters as the expected name has with those that are written, escapes and all. So no name here has a backslash.
 */
const name = fc.string().map((text) => text.replaceAll('\\', '/'))

const { object } = fc.letrec<{ object: Record<string, unknown>; value: unknown }>((tie) => ({
  object: fc.dictionary(name, tie('value')),
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string(),
    fc.array(tie('value')),
    tie('object'),
  ),
}))

test('what was written is read as the same', () => {
  fc.assert(
    fc.property(object, (value) => {
      const same = JSON.parse(JSON.stringify(value))
      assert.deepEqual(jsonObjectOf(Buffer.from(goJson(same))), same)
    }),
  )
})
