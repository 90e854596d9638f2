import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { createOrganizationAuthorities } from './authority.ts'
import { extensionOf, readCertificate } from './certificate.ts'
import { enrol, enrolForTls } from './enrolment.ts'
import { extensionOids } from './extensions.ts'
import { certificateFacts } from './inventory.ts'
import { systemIssuing } from './issuing.ts'
import { renewAuthority, renewCertificate } from './renewal.ts'

const dayMs = 24 * 3_600_000
const start = Date.UTC(2026, 0, 1)
const at = (days: number) => ({ ...systemIssuing, now: () => start + days * dayMs })
const organization = createOrganizationAuthorities({ domain: 'org1.example' }, at(0))
const attributes = { level: '3' }
const user = enrol(organization.enrolment, { name: 'user', role: 'client', units: ['sales'], attributes }, at(0))

test('a renewed certificate keeps key, name, role and attributes, and takes a new number and time', () => {
  const renewed = renewCertificate(organization.enrolment, user.certificate, {}, at(360))
  const [before, after] = [user.certificate, renewed].map((pem) => certificateFacts(pem, start + 360 * dayMs))
  assert.ok(before && after)
  for (const field of ['subject', 'issuer', 'role', 'units', 'attributes', 'keyUsage', 'authorityKeyId'] as const) {
    assert.deepEqual(after[field], before[field], field)
  }
  assert.deepEqual(readCertificate(renewed).publicKeyInfo, readCertificate(user.certificate).publicKeyInfo)
  assert.notEqual(after.serialNumber, before.serialNumber)
  assert.deepEqual([before.daysLeft, after.daysLeft], [5, 365])
})

test('an expired certificate can be renewed', () => {
  const renewed = renewCertificate(organization.enrolment, user.certificate, {}, at(400))
  assert.equal(certificateFacts(user.certificate, start + 400 * dayMs).state, 'expired')
  assert.equal(certificateFacts(renewed, start + 400 * dayMs).state, 'valid')
})

test('nothing begins before its authority, which a clock that was set back would make it do', () => {
  const renewed = renewCertificate(organization.enrolment, user.certificate, {}, at(-1))
  const enrolled = enrol(organization.enrolment, { name: 'new', role: 'client' }, at(-1)).certificate
  const [authority, ...issued] = [organization.enrolment.certificate, renewed, enrolled].map(readCertificate)
  for (const { notBefore } of issued) assert.equal(notBefore, authority?.notBefore)
})

test('a renewed authority began before all that it issued', () => {
  const { enrolment, roots } = createOrganizationAuthorities({ domain: 'org1.example', withIntermediates: true }, at(0))
  assert.ok(roots)
  const root = renewAuthority(roots.enrolment, {}, at(100)).certificate
  const intermediate = renewCertificate(roots.enrolment, enrolment.certificate, {}, at(100))
  const began = readCertificate(enrolment.certificate).notBefore
  for (const pem of [root, intermediate]) assert.equal(readCertificate(pem).notBefore, began)
})

test('a TLS certificate can be renewed for other hosts with the key that Raft knows', () => {
  const node = enrolForTls(organization.tls, { name: 'orderer0', hosts: ['old.example'] }, at(0))
  const renewed = renewCertificate(organization.tls, node.certificate, { hosts: ['new.example', '10.0.0.1'] }, at(1))
  assert.deepEqual(certificateFacts(renewed, start).hosts, ['new.example', '10.0.0.1'])
  assert.deepEqual(readCertificate(renewed).publicKeyInfo, readCertificate(node.certificate).publicKeyInfo)
  const client = readCertificate(renewCertificate(organization.tls, node.certificate, { hosts: [] }, at(1)))
  assert.equal(extensionOf(client.extensions, extensionOids.hosts), undefined, 'an empty list is no list')
})

test('certificates of another authority are not renewed, one with the same name included', () => {
  const other = createOrganizationAuthorities({ domain: 'org1.example' }, at(0))
  for (const authority of [organization.tls, other.enrolment]) {
    assert.throws(() => renewCertificate(authority, user.certificate, {}, at(1)), { code: 'DENIED' })
  }
})

test('a renewed root keeps its key identifier, so what it issued before still verifies', () => {
  const renewed = renewAuthority(organization.enrolment, {}, at(5_000))
  const [before, after] = [organization.enrolment, renewed].map(({ certificate }) =>
    certificateFacts(certificate, start),
  )
  assert.equal(after?.subjectKeyId, before?.subjectKeyId)
  assert.equal(after?.notAfter, start + (5_000 + 15 * 365) * dayMs)
  assert.ok(new X509Certificate(user.certificate).verify(new X509Certificate(renewed.certificate).publicKey))
  assert.doesNotThrow(() => renewCertificate(renewed, user.certificate, {}, at(5_000)))
})

test('an intermediate is renewed by its parent for as long as authorities live', () => {
  const { enrolment, roots } = createOrganizationAuthorities({ domain: 'o', withIntermediates: true }, at(0))
  assert.ok(roots)
  assert.throws(() => renewAuthority(enrolment, {}, at(1)), /only a root authority signs itself/)
  const renewed = renewCertificate(roots.enrolment, enrolment.certificate, {}, at(100))
  const facts = certificateFacts(renewed, start)
  assert.deepEqual([facts.kind, facts.notAfter], ['authority', start + 15 * 365 * dayMs]) // its root's end
})
