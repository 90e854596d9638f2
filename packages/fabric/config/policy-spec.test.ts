import assert from 'node:assert/strict'
import { test } from 'node:test'
import { common } from '@hyperledger/fabric-protos'
import { formatPolicy, fromHex, parsePolicy, toHex } from '../codec/index.ts'
import { type PolicyVectors, readVectorText } from '../testing/config-vectors.ts'
import { decodePolicy, encodePolicy } from './policy-spec.ts'

const vectors: PolicyVectors = JSON.parse(readVectorText('policies.json'))

test('a signature policy text becomes the bytes that configtxgen makes of it', () => {
  for (const [text, encoding] of Object.entries(vectors.accepted)) {
    assert.equal(toHex(parsePolicy(text).serializeBinary()), encoding, text)
  }
})

test('the text of a policy that configtxgen made gives the same policy', () => {
  for (const encoding of Object.values(vectors.accepted)) {
    const text = formatPolicy(common.SignaturePolicyEnvelope.deserializeBinary(fromHex(encoding)))
    assert.equal(toHex(parsePolicy(text).serializeBinary()), encoding, text)
  }
})

test('what configtxgen refuses is refused', () => {
  for (const text of vectors.refused) assert.throws(() => parsePolicy(text), { code: 'INVALID' }, text)
})

test('implicit policies are read both ways, and a wrong one is refused', () => {
  for (const rule of ['ANY Readers', 'ALL Writers', 'MAJORITY Admins']) {
    assert.deepEqual(decodePolicy(encodePolicy({ type: 'ImplicitMeta', rule })), { type: 'ImplicitMeta', rule })
  }
  for (const rule of ['', 'ANY', 'SOME Readers', 'ANY Readers now', 'toString Readers']) {
    assert.throws(() => encodePolicy({ type: 'ImplicitMeta', rule }), { code: 'INVALID' }, rule)
  }
})

test('a policy without a text form is none', () => {
  assert.equal(decodePolicy(undefined), undefined)
  assert.equal(decodePolicy(new common.Policy()), undefined)
})
