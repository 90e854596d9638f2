import assert from 'node:assert/strict'
import { verify } from 'node:crypto'
import { test } from 'node:test'
import { createOrganizationAuthorities } from './authority.ts'
import { readCertificate } from './certificate.ts'
import { enrol } from './enrolment.ts'
import { gatewaySignerOf, signerOf } from './key-signer.ts'
import { newPrivateKey, publicKeyOf } from './keys.ts'
import { isLowS } from './low-s.ts'

const { enrolment } = createOrganizationAuthorities({ domain: 'org1.example' })
const user = enrol(enrolment, { name: 'user', role: 'client' })

test('a signer signs whole messages with a low S, for us and for the gateway client alike', async () => {
  const signer = signerOf({ mspId: 'Org1MSP', ...user })
  const key = publicKeyOf(readCertificate(user.certificate).publicKeyInfo)
  for (let round = 0; round < 32; round += 1) {
    const message = Buffer.from(`message ${round}`)
    for (const signature of [await signer.sign(message), await gatewaySignerOf(signer)(message)]) {
      assert.ok(isLowS(signature), `round ${round}`)
      assert.ok(verify('sha256', message, key, signature), `round ${round}`)
    }
  }
  assert.deepEqual([signer.mspId, signer.certificate], ['Org1MSP', user.certificate])
})

test('a key of somebody else, an unreadable key and a certificate in its place are refused without showing them', () => {
  assert.throws(() => signerOf({ mspId: 'Org1MSP', ...user, privateKey: newPrivateKey() }), /does not belong/)
  const broken = user.privateKey.replace(/[A-Z]/, '*')
  for (const privateKey of ['', 'x', broken, user.certificate]) {
    assert.throws(
      () => signerOf({ mspId: 'Org1MSP', ...user, privateKey }),
      (error: Error) => {
        assert.equal(error.message, 'this is no private key that can be read')
        return true
      },
    )
  }
  assert.throws(() => signerOf({ mspId: 'Org1MSP', ...user, certificate: user.privateKey }), { code: 'INVALID' })
})
