import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { common, orderer } from '@hyperledger/fabric-protos'
import { canonicalBytes, canonicalConfigGroup, concatBytes, varintBytes } from '../../codec/index.ts'
import { readVectorBytes, readVectorText, vectorConfig, vectorNames } from '../../testing/config-vectors.ts'
import { transactionBlock } from '../../testing/sample-transaction.ts'
import { decodeJson, encodeJson, formatJson } from './index.ts'

/** Field 99 with content "x", which no message of Fabric has. */
const unknownField = Uint8Array.of(0x9a, 0x06, 1, 0x78)

for (const name of vectorNames) {
  test(`the block of ${name} reads in JSON as configtxlator writes it, to the character`, () => {
    assert.equal(
      formatJson(decodeJson('common.Block', readVectorBytes(`${name}.block`))),
      readVectorText(`${name}.json`),
    )
  })

  test(`the JSON of ${name} gives the same block again`, () => {
    const encoded = encodeJson('common.Block', JSON.parse(readVectorText(`${name}.json`)))
    assert.equal(formatJson(decodeJson('common.Block', encoded)), readVectorText(`${name}.json`))
    const config = vectorConfig(name)
    const again = encodeJson('common.Config', decodeJson('common.Config', config.serializeBinary()))
    const group = config.getChannelGroup()
    assert.ok(group)
    config.setChannelGroup(canonicalConfigGroup(group))
    assert.deepEqual(again, canonicalBytes(config), 'all but map order is kept')
  })
}

test('a block with an endorsed transaction reads as configtxlator writes it, and comes back to the byte', () => {
  const bytes = transactionBlock().serializeBinary()
  const json = decodeJson('common.Block', bytes)
  assert.equal(formatJson(json), readVectorText('transaction.json'))
  assert.deepEqual(encodeJson('common.Block', json), bytes)
})

const blocks = join(import.meta.dirname, '../../../../test/vectors/blocks')

for (const file of readdirSync(blocks).filter((name) => name.endsWith('.block'))) {
  test(`the recorded ${file} reads as configtxlator reads it, and its JSON gives the same block again`, () => {
    const recorded = JSON.parse(readFileSync(join(blocks, file.replace(/block$/, 'json')), 'utf8'))
    const json = decodeJson('common.Block', new Uint8Array(readFileSync(join(blocks, file))))
    assert.deepEqual(JSON.parse(formatJson(json)), recorded)
    assert.deepEqual(encodeJson('common.Block', recorded), encodeJson('common.Block', json))
    assert.equal(formatJson(decodeJson('common.Block', encodeJson('common.Block', recorded))), formatJson(json))
  })
}

test('the JSON of configtxlator 2.5, which writes absent bytes as null, gives the same block', () => {
  const encoded = encodeJson('common.Block', JSON.parse(readVectorText('raft-2.5.16.json')))
  const ours = encodeJson('common.Block', decodeJson('common.Block', readVectorBytes('raft-2.5.16.block')))
  assert.deepEqual(encoded, ours)
})

test('a value that this version does not know stays in base64 and comes back to the byte', () => {
  const config = vectorConfig('raft')
  const value = new common.ConfigValue()
  value.setValue(Uint8Array.of(1, 2, 3))
  config.getChannelGroup()?.getValuesMap().set('Novelty', value)
  const json = decodeJson('common.Config', config.serializeBinary())
  assert.match(formatJson(json), /"Novelty": {\n\t+"mod_policy": "",\n\t+"value": "AQID"/)
  assert.deepEqual(encodeJson('common.Config', json), canonicalBytes(config))
})

test('a known value with a field that this version does not know stays in base64 too', () => {
  const config = vectorConfig('raft')
  const values = config.getChannelGroup()?.getGroupsMap().get('Orderer')?.getValuesMap()
  const value = values?.get('BatchTimeout')
  assert.ok(value)
  value.setValue(concatBytes(new orderer.BatchTimeout().serializeBinary(), unknownField))
  const json = decodeJson('common.Config', config.serializeBinary())
  assert.match(formatJson(json), /"value": "mgYBeA=="/)
  assert.deepEqual(encodeJson('common.Config', json), canonicalBytes(config))
})

test('an unknown field outside of opaque bytes is refused, never dropped', () => {
  assert.throws(() => decodeJson('common.Config', unknownField), { code: 'UNKNOWN_FIELDS', message: /field 99/ })
})

test('JSON that is not of the type is refused with its place', () => {
  for (const [json, message] of [
    [{ sequences: '1' }, /common\.Config has no field 'sequences'/],
    [{ sequence: 'x' }, /common\.Config\.sequence is not a whole number from 0/],
    [{ sequence: '-1' }, /is not a whole number/],
    [{ sequence: '18446744073709551616' }, /is not a whole number/],
    [{ sequence: 1.5 }, /is not a whole number/],
    [{ channel_group: [] }, /channel_group is not an object/],
    [{ channel_group: { mod_policy: 1 } }, /mod_policy is not a text/],
    [
      { channel_group: { values: { MSP: { value: {} } } } },
      /values\.MSP\.value is of a type that this version does not know/,
    ],
    [{ channel_group: { values: { Capabilities: { value: '*' } } } }, /is not base64/],
    [
      { channel_group: { policies: { Admins: { policy: { type: 3, value: { rule: 'SOME' } } } } } },
      /not one of ANY, ALL/,
    ],
    [[], /common\.Config is not an object/],
  ] as const) {
    assert.throws(() => encodeJson('common.Config', json), { code: 'INVALID', message }, JSON.stringify(json))
  }
  assert.throws(() => decodeJson('common.Nothing', new Uint8Array()), { code: 'INVALID', message: /common\.Nothing/ })
})

test('names and numbers at their limits survive', () => {
  const json = JSON.parse(`{
    "sequence": "18446744073709551615",
    "channel_group": { "mod_policy": "<&>\\u2028", "groups": { "__proto__": { "version": "9007199254740993" } } }
  }`)
  const text = formatJson(decodeJson('common.Config', encodeJson('common.Config', json)))
  assert.match(text, /"sequence": "18446744073709551615"/)
  assert.match(text, /"__proto__": {/)
  assert.match(text, /"version": "9007199254740993"/)
  assert.match(text, /"mod_policy": "\\u003c\\u0026\\u003e\\u2028"/)
})

test('JSON that nests without end is refused before the stack is', () => {
  const deep = JSON.parse(`${'{"groups":{"A":'.repeat(5_000)}{}${'}}'.repeat(5_000)}`)
  assert.throws(() => encodeJson('common.ConfigGroup', deep), { code: 'INVALID', message: /deeper than 200/ })
})

test('times keep their nanoseconds', () => {
  for (const timestamp of ['2026-11-22T15:00:00Z', '2026-11-22T15:00:00.120Z', '1969-12-31T23:59:59.000000001Z']) {
    const bytes = encodeJson('common.ChannelHeader', { timestamp })
    assert.equal(decodeJson('common.ChannelHeader', bytes)['timestamp'], timestamp)
  }
})

/** A channel header whose time is this many seconds since 1970. */
function headerAt(seconds: bigint): Uint8Array {
  const time = concatBytes(Uint8Array.of(8), varintBytes(BigInt.asUintN(64, seconds)))
  return concatBytes(Uint8Array.of(0x1a, time.length), time)
}

test('a time that no calendar has stays in base64 with its header, and comes back to the byte', () => {
  for (const seconds of [253_402_300_800n, -62_135_596_801n, 2n ** 62n]) {
    assert.throws(() => decodeJson('common.ChannelHeader', headerAt(seconds)), { code: 'PROTOCOL' }, `${seconds}`)
    const header = new common.Header()
    header.setChannelHeader(headerAt(seconds))
    const bytes = header.serializeBinary()
    const json = decodeJson('common.Header', bytes)
    assert.equal(json['channel_header'], Buffer.from(headerAt(seconds)).toString('base64'))
    assert.deepEqual(encodeJson('common.Header', json), bytes)
  }
  assert.equal(decodeJson('common.ChannelHeader', headerAt(253_402_300_799n))['timestamp'], '9999-12-31T23:59:59Z')
})
