import assert from 'node:assert/strict'
import { test } from 'node:test'
import { common } from '@hyperledger/fabric-protos'
import { toHex, utf8 } from './bytes.ts'
import { wireFields } from './wire.ts'
import { delimitedField, varintBytes } from './write-wire.ts'

test('varints are written as the protobuf encoding documents them', () => {
  const written = [0, 1, 127, 128, 150, 2 ** 35, 2n ** 64n - 1n].map((value) => toHex(varintBytes(value)))
  assert.deepEqual(written, ['00', '01', '7f', '8001', '9601', '808080808001', 'ffffffffffffffffff01'])
})

test('a field is written as a generated class writes it, and read back', () => {
  const block = new common.BlockData()
  block.setDataList([new Uint8Array(300).fill(7)])
  const content = block.getDataList_asU8()[0] ?? new Uint8Array()
  assert.deepEqual(delimitedField(1, content), new Uint8Array(block.serializeBinary()))
  const [field] = wireFields(delimitedField(1_000, utf8('far')))
  assert.deepEqual(field, { number: 1_000, type: 2, bytes: utf8('far') })
})
