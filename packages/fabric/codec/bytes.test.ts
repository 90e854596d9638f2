import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concatBytes, equalBytes, fromHex, sha256, toHex, utf8 } from './bytes.ts'

test('hexadecimal goes both ways and refuses what is none', () => {
  const bytes = Uint8Array.of(0, 1, 0xab, 0xff)
  assert.equal(toHex(bytes), '0001abff')
  assert.deepEqual(fromHex('0001ABff'), bytes)
  assert.equal(toHex(bytes.subarray(1, 3)), '01ab')
  for (const text of ['0', 'zz', '0x00', ' 00']) assert.throws(() => fromHex(text), RangeError, text)
})

test('bytes are joined, compared and hashed', () => {
  assert.deepEqual(concatBytes(Uint8Array.of(1), new Uint8Array(), Uint8Array.of(2, 3)), Uint8Array.of(1, 2, 3))
  assert.equal(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2)), true)
  assert.equal(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1)), false)
  assert.equal(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3)), false)
  assert.equal(toHex(sha256(utf8('abc'))), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})
