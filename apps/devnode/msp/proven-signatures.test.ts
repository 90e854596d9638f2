import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isProven, prove } from './proven-signatures.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text)
const proof = { tbs: bytes('certificate'), message: bytes('message'), signature: bytes('signature') }

test('a signature is proven for its certificate and message alone, whichever array holds them', () => {
  assert.equal(isProven(proof), false)
  prove(proof)
  assert.equal(isProven({ tbs: bytes('certificate'), message: bytes('message'), signature: bytes('signature') }), true)
  for (const part of ['tbs', 'message', 'signature'] as const) {
    assert.equal(isProven({ ...proof, [part]: bytes('another') }), false, part)
  }
})

test('the newest are known, the oldest are forgotten', () => {
  const numbered = (index: number) => ({ ...proof, message: bytes(`message ${index}`) })
  for (let index = 0; index < 1_500; index++) prove(numbered(index))
  for (let index = 1_000; index < 1_500; index++) assert.equal(isProven(numbered(index)), true, `number ${index}`)
  assert.equal(isProven(numbered(0)), false)
})
