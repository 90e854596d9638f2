import assert from 'node:assert/strict'
import { generateKeyPairSync, verify } from 'node:crypto'
import { test } from 'node:test'
import { der } from './der.ts'
import { signingRequest } from './signing-request.ts'

test('object identifiers and long lengths are written as X.690 says', () => {
  assert.equal(der.oid('1.2.840.10045.4.3.2').toString('hex'), '06082a8648ce3d040302')
  assert.equal(der.utf8('x'.repeat(200)).subarray(0, 3).toString('hex'), '0c81c8')
  assert.equal(der.utf8('x'.repeat(300)).subarray(0, 4).toString('hex'), '0c82012c')
})

test('a request holds the name and the public key, signed with the private one', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = signingRequest('alice', privateKey)
  assert.match(pem, /^-----BEGIN CERTIFICATE REQUEST-----\n/)
  const request = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64')
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  // SEQUENCE { info, algorithm, BIT STRING }: the info is the first inner value.
  const start = request[1] === 0x81 ? 3 : 2
  const infoStart = request.subarray(start)
  const infoLength = infoStart[1] === 0x81 ? 3 + (infoStart[2] ?? 0) : 2 + (infoStart[1] ?? 0)
  const info = infoStart.subarray(0, infoLength)
  const algorithm = der.sequence(der.oid('1.2.840.10045.4.3.2'))
  const signature = infoStart.subarray(infoLength + algorithm.length + 3)
  assert.ok(info.includes(spki) && info.includes(der.utf8('alice')))
  assert.ok(verify('sha256', info, publicKey, signature))
})
