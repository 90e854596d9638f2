import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as oracle from '../testing/x509-oracle.ts'
import { createOrganizationAuthorities } from './authority.ts'
import { enrol } from './enrolment.ts'
import { certificateFacts } from './inventory.ts'
import { systemIssuing } from './issuing.ts'
import {
  createRevocationList,
  isRevocationListOf,
  normalizeRevocationList,
  type Revocation,
  readRevocationList,
} from './revocation.ts'

const now = Date.UTC(2026, 10, 22)
const issuing = { ...systemIssuing, now: () => now }
const { enrolment, tls } = createOrganizationAuthorities({ domain: 'org1.example' }, issuing)

function revokedUser(reason?: Revocation['reason']): Revocation {
  const { certificate } = enrol(enrolment, { name: 'user', role: 'client' }, issuing)
  return { serialNumber: certificateFacts(certificate, now).serialNumber, revokedAt: now, ...(reason && { reason }) }
}

test('a list is read back as it was written, and by another reader', async () => {
  const revoked = [revokedUser('keyCompromise'), revokedUser(), { serialNumber: 'ff01', revokedAt: now - 1_000 }]
  const pem = createRevocationList(enrolment, { revoked, number: 300 }, issuing)
  assert.match(pem, /^-----BEGIN X509 CRL-----\n/)
  assert.deepEqual(readRevocationList(pem), {
    issuer: 'CN=ca.org1.example,O=org1.example',
    authorityKeyId: certificateFacts(enrolment.certificate, now).subjectKeyId,
    number: 300,
    issuedAt: now,
    nextAt: now + 30 * 24 * 3_600_000,
    revoked,
  })
  const read = new oracle.X509Crl(pem)
  assert.ok(await read.verify({ publicKey: new oracle.X509Certificate(enrolment.certificate) }))
  assert.deepEqual(
    read.entries.map((entry) => entry.serialNumber.replace(/^00/, '')),
    revoked.map((one) => one.serialNumber),
  )
})

test('an empty list is a list', () => {
  const pem = createRevocationList(enrolment, { revoked: [], number: 1 }, issuing)
  assert.deepEqual(readRevocationList(pem).revoked, [])
})

test('a list belongs to the authority that signed it alone, and its signature is low', () => {
  for (let round = 0; round < 16; round += 1) {
    const pem = createRevocationList(enrolment, { revoked: [revokedUser()], number: round + 1 }, issuing)
    assert.ok(isRevocationListOf(pem, enrolment.certificate))
    assert.ok(!isRevocationListOf(pem, tls.certificate))
    assert.equal(normalizeRevocationList(pem), pem, `round ${round}`)
  }
})

test('a list made elsewhere is read, and lowered where its signature is high', async () => {
  const { privateKey, signingAlgorithm } = oracle.foreignKeys('P-256')
  for (let round = 0; round < 8; round += 1) {
    const list = await oracle.X509CrlGenerator.create({
      issuer: 'CN=ca.elsewhere',
      thisUpdate: new Date(now),
      entries: [{ serialNumber: '0a0b', revocationDate: new Date(now), reason: oracle.X509CrlReason.keyCompromise }],
      signingAlgorithm,
      signingKey: privateKey,
    })
    const pem = list.toString('pem').replaceAll(/-----(BEGIN|END) (X509 )?CRL-----/g, '-----$1 X509 CRL-----')
    const { issuer, revoked } = readRevocationList(normalizeRevocationList(pem))
    assert.equal(issuer, 'CN=ca.elsewhere')
    assert.deepEqual(revoked, [{ serialNumber: '0a0b', revokedAt: now, reason: 'keyCompromise' }])
  }
})

test('a serial number that is not hex is refused', () => {
  for (const serialNumber of ['', 'zz', '0x1f', 'a'.repeat(41)]) {
    const revoked = [{ serialNumber, revokedAt: now }]
    assert.throws(
      () => createRevocationList(enrolment, { revoked, number: 1 }, issuing),
      { code: 'INVALID' },
      serialNumber,
    )
  }
})

test('what is no list is refused', () => {
  for (const text of ['', enrolment.certificate, '-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----']) {
    assert.throws(() => readRevocationList(text), { code: 'INVALID' }, text)
  }
})
