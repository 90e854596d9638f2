import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import { test } from 'node:test'
import { newPrivateKey, privateKeyOf } from './keys.ts'
import { isLowS, lowerS } from './low-s.ts'

const key = privateKeyOf(newPrivateKey())
const message = Buffer.from('a proposal')

test('half of all signatures are high; lowered, they verify as before', () => {
  const seen = { low: 0, high: 0 }
  for (let round = 0; round < 200; round += 1) {
    const signature = sign('sha256', message, key)
    const lowered = lowerS(signature)
    seen[isLowS(signature) ? 'low' : 'high'] += 1
    assert.ok(isLowS(lowered), `round ${round}`)
    assert.ok(verify('sha256', message, createPublicKey(key), lowered), `round ${round}`)
  }
  assert.ok(seen.low > 50 && seen.high > 50, JSON.stringify(seen))
})

test('the halves of the order decide, to the bit', () => {
  const half = '7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8'
  const above = '7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a9'
  const of = (s: string) => Buffer.from(`30250201010220${s}`, 'hex')
  assert.ok(isLowS(of(half)))
  assert.ok(!isLowS(of(above)))
  assert.equal(Buffer.from(lowerS(of(above))).toString('hex'), Buffer.from(of(half)).toString('hex'))
})

test('a signature of a larger curve is lowered by the order of its own', () => {
  for (const namedCurve of ['P-384', 'P-521']) {
    const pair = generateKeyPairSync('ec', { namedCurve })
    const changed = new Set<boolean>()
    for (let round = 0; round < 64; round += 1) {
      const signature = sign('sha256', message, pair.privateKey)
      const lowered = lowerS(signature)
      changed.add(lowered !== signature)
      assert.ok(verify('sha256', message, pair.publicKey, lowered), namedCurve)
      assert.equal(lowerS(lowered), lowered, namedCurve)
    }
    assert.equal(changed.size, 2, namedCurve)
  }
})
