import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as protos from '@hyperledger/fabric-protos'
import { concatBytes } from './bytes.ts'
import { fieldShape, type MessageClass } from './message-shape.ts'
import { assertNoUnknownFields, decodeLossless } from './unknown-fields.ts'

const { common, peer } = protos
/** Field 99, delimited, content "x": nothing in Fabric has it. */
const unknownField = Uint8Array.of(0x9a, 0x06, 1, 0x78)

function configWith(extra: Uint8Array): Uint8Array {
  // Config { channel_group: { groups: { "A": <extra> } } } by hand, since the generated class would drop the field.
  const value = concatBytes(Uint8Array.of(0x12, extra.length), extra)
  const entry = concatBytes(Uint8Array.of(0x0a, 1, 0x41), value)
  const group = concatBytes(Uint8Array.of(0x12, entry.length), entry)
  return concatBytes(Uint8Array.of(0x12, group.length), group)
}

test('a message that the schema knows whole passes the walk', () => {
  const config = common.Config.deserializeBinary(configWith(new Uint8Array()))
  config.setSequence(7)
  config.getChannelGroup()?.getGroupsMap().get('A')?.setModPolicy('Admins')
  assertNoUnknownFields(config.serializeBinary(), common.Config)
})

test('a field that is not in the schema is refused by its path, also inside a map value', () => {
  assert.throws(() => assertNoUnknownFields(unknownField, common.Config), {
    code: 'UNKNOWN_FIELDS',
    message: /field 99,/,
  })
  assert.throws(() => assertNoUnknownFields(configWith(unknownField), common.Config), {
    code: 'UNKNOWN_FIELDS',
    message: /field 2\.2\.2\.99,/,
  })
})

test('a known field number of another wire type is refused too', () => {
  assert.throws(() => assertNoUnknownFields(Uint8Array.of(0x0a, 1, 1), common.Config), { code: 'UNKNOWN_FIELDS' })
})

test('a message that encodes to another length is not decoded for re-encoding', () => {
  const explicitDefault = Uint8Array.of(0x08, 0)
  assert.throws(() => decodeLossless(explicitDefault, common.Config), { code: 'UNKNOWN_FIELDS' })
})

test('bytes that are no message are a protocol error', () => {
  for (const bytes of [[0x0a], [0x0a, 5, 1], [0x0b], [0x08, 0xff], [0x00, 0x00]]) {
    assert.throws(
      () => assertNoUnknownFields(Uint8Array.from(bytes), common.Config),
      { code: 'PROTOCOL' },
      bytes.join(' '),
    )
  }
})

test('bytes that nest without end are refused before the stack is', () => {
  let group = new Uint8Array()
  for (let depth = 0; depth < 5_000; depth++) {
    const entry = concatBytes(Uint8Array.of(0x0a, 0), delimited(0x12, group))
    group = new Uint8Array(delimited(0x12, entry))
  }
  assert.throws(() => assertNoUnknownFields(group, common.ConfigGroup), {
    code: 'PROTOCOL',
    message: /deeper than 200/,
  })
})

test('the shape of a map of messages names the class of its values', () => {
  assert.equal(fieldShape(common.ConfigGroup, 2)?.message, common.ConfigGroup)
  assert.equal(fieldShape(peer.ACLs, 1)?.message, peer.APIResource)
  assert.equal(fieldShape(common.ConfigUpdate, 5)?.holds, 'map')
  assert.equal(fieldShape(common.ConfigUpdate, 5)?.message, undefined)
  assert.equal(fieldShape(common.ConfigGroup, 6), undefined)
})

test('every generated message class can be asked for its fields', () => {
  const seen = new Set<unknown>()
  const visit = (value: unknown): void => {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return
    seen.add(value)
    if (isMessageClass(value)) for (let number = 1; number <= 50; number++) fieldShape(value, number)
    for (const inner of Object.values(value)) visit(inner)
  }
  visit(protos)
  assert.ok([...seen].filter(isMessageClass).length > 200)
})

function delimited(tag: number, content: Uint8Array): Uint8Array {
  const length: number[] = []
  let rest = content.length
  for (; rest > 0x7f; rest >>= 7) length.push((rest & 0x7f) | 0x80)
  return concatBytes(Uint8Array.of(tag, ...length, rest), content)
}

function isMessageClass(value: unknown): value is MessageClass {
  return typeof value === 'function' && 'deserializeBinaryFromReader' in value
}
