import assert from 'node:assert/strict'
import { createHash, X509Certificate as NodeCertificate } from 'node:crypto'
import { test } from 'node:test'
import * as oracle from '../testing/x509-oracle.ts'
import { createAuthority, createIntermediate, createOrganizationAuthorities } from './authority.ts'
import { normalizeCertificate } from './certificate.ts'
import { enrol, enrolForTls, issueEnrolment, issueTls, mspRoles } from './enrolment.ts'
import { certificateFacts, certificateInventory } from './inventory.ts'
import { newPrivateKey, publicKeyInfoOf } from './keys.ts'

const dayMs = 24 * 3_600_000
const now = Date.UTC(2026, 10, 22, 12)
let serial = 0
const issuing = { now: () => now, serialNumber: () => Uint8Array.of(0x7f, (serial += 1)) }
const organization = createOrganizationAuthorities({ domain: 'org1.example' }, issuing)

test('every role is the one unit of its certificate, and other readers of X.509 agree on all of it', () => {
  for (const role of mspRoles) {
    const { certificate, privateKey } = enrol(organization.enrolment, { name: `${role}@org1`, role }, issuing)
    const facts = certificateFacts(certificate, now)
    assert.deepEqual(
      [facts.role, facts.units, facts.kind, facts.commonName],
      [role, [role], 'enrolment', `${role}@org1`],
    )
    const read = new oracle.X509Certificate(certificate)
    assert.deepEqual(read.subjectName.getField('OU'), [role])
    assert.equal(read.issuer, 'O=org1.example, CN=ca.org1.example')
    const node = new NodeCertificate(certificate)
    assert.equal(node.fingerprint256.replaceAll(':', '').toLowerCase(), facts.fingerprint)
    assert.equal(node.serialNumber.toLowerCase(), facts.serialNumber)
    assert.ok(node.verify(new NodeCertificate(organization.enrolment.certificate).publicKey))
    assert.equal(Buffer.compare(node.publicKey.export({ type: 'spki', format: 'der' }), publicKeyInfoOf(privateKey)), 0)
  }
})

test('validity starts five minutes ago and lasts a year for members, fifteen for authorities', () => {
  const { certificate } = enrol(organization.enrolment, { name: 'user', role: 'client' }, issuing)
  const facts = certificateFacts(certificate, now)
  assert.deepEqual([facts.notBefore, facts.notAfter], [now - 300_000, now + 365 * dayMs])
  assert.equal(certificateFacts(organization.enrolment.certificate, now).daysLeft, 15 * 365)
})

test('a member never outlives its authority, and an expired authority issues nothing', () => {
  const short = createAuthority({ name: 'ca.short', organization: 'short', lifetimeDays: 10 }, issuing)
  const { certificate } = enrol(short, { name: 'user', role: 'client' }, issuing)
  assert.equal(certificateFacts(certificate, now).notAfter, now + 10 * dayMs)
  const later = { ...issuing, now: () => now + 11 * dayMs }
  assert.throws(
    () => enrol(short, { name: 'user', role: 'client' }, later),
    /expired on 2026-12-02.*Renew the authority/,
  )
  for (const lifetimeDays of [0, -1, Number.NaN, 40_000]) {
    const options = { name: 'user', role: 'client', lifetimeDays } as const
    assert.throws(() => enrol(organization.enrolment, options, issuing), { code: 'INVALID' }, String(lifetimeDays))
  }
})

test('attributes are the JSON that contracts read, in the extension of Fabric CA', () => {
  const attributes = { 'app.level': '3', owner: 'Zoë' }
  const { certificate } = enrol(organization.enrolment, { name: 'user', role: 'client', attributes }, issuing)
  const extension = new oracle.X509Certificate(certificate).getExtension('1.2.3.4.5.6.7.8.1')
  assert.deepEqual(JSON.parse(Buffer.from(extension?.value ?? new ArrayBuffer(0)).toString()), { attrs: attributes })
  assert.deepEqual(certificateFacts(certificate, now).attributes, attributes)
})

test('attributes without a name or above 16 KiB are refused', () => {
  const bad = [{ '': 'x' }, { a: 'x'.repeat(17_000) }]
  for (const attributes of bad) {
    const options = { name: 'user', role: 'client', attributes } as const
    assert.throws(() => enrol(organization.enrolment, options, issuing), { code: 'INVALID' })
  }
})

test('a TLS certificate serves and dials, and holds every host once, addresses as addresses', () => {
  const hosts = ['peer0.org1.example', 'localhost', '127.0.0.1', '::1', '2001:db8::ff00:42:8329', 'localhost']
  const { certificate } = enrolForTls(organization.tls, { name: 'peer0.org1.example', hosts }, issuing)
  const facts = certificateFacts(certificate, now)
  assert.deepEqual(facts.hosts, hosts.slice(0, 5))
  assert.deepEqual([facts.kind, facts.purposes, facts.role], ['tls', ['serverAuth', 'clientAuth'], undefined])
  const node = new NodeCertificate(certificate)
  for (const name of ['peer0.org1.example', 'localhost']) assert.ok(node.checkHost(name), name)
  for (const address of ['127.0.0.1', '::1', '2001:db8::ff00:42:8329']) assert.ok(node.checkIP(address), address)
  assert.equal(node.checkHost('peer1.org1.example'), undefined)
})

test('names and hosts that are empty, too long or hold control characters are refused', () => {
  for (const name of ['', 'x'.repeat(65), 'a\nb', 'a\u0000b']) {
    assert.throws(() => enrol(organization.enrolment, { name, role: 'client' }, issuing), { code: 'INVALID' }, name)
  }
  for (const host of [
    '',
    'a b',
    '-x.example',
    'http://x',
    '1.2.3.4.5/8',
    `${'x'.repeat(64)}.example`,
    '*.*.x',
    'fe80::1%eth0',
  ]) {
    assert.throws(() => enrolForTls(organization.tls, { name: 'x', hosts: [host] }, issuing), { code: 'INVALID' }, host)
  }
  assert.throws(() => createAuthority({ name: 'ca', organization: 'o', country: 'usa' }, issuing), { code: 'INVALID' })
})

test('a unit that is the name of a role is refused, since two roles are none', () => {
  for (const unit of ['admin', 'Admin', 'peer']) {
    const options = { name: 'user', role: 'client', units: [unit] } as const
    assert.throws(() => enrol(organization.enrolment, options, issuing), /is the name of a role/, unit)
  }
  const { certificate } = enrol(organization.enrolment, { name: 'u', role: 'client', units: ['sales'] }, issuing)
  assert.equal(certificateFacts(certificate, now).role, 'client')
})

test('keys of other types and curves are refused', () => {
  for (const kind of ['P-384', 'Ed25519', 'RSA'] as const) {
    const { publicKeyInfo: info } = oracle.foreignKeys(kind)
    const enrolIt = () => issueEnrolment(organization.enrolment, info, { name: 'u', role: 'client' }, issuing)
    assert.throws(enrolIt, /Use an ECDSA key on the curve P-256/, kind)
    assert.throws(() => issueTls(organization.tls, info, { name: 'u', hosts: [] }, issuing), { code: 'INVALID' })
  }
})

test('a key with a compressed point, which Go does not read, is refused', () => {
  const info = publicKeyInfoOf(newPrivateKey())
  const [x, y] = [info.subarray(27, 59), info.subarray(59)]
  const head = Buffer.from('3039301306072a8648ce3d020106082a8648ce3d03010703220002', 'hex')
  head[head.length - 1] = 2 + ((y.at(-1) ?? 0) & 1)
  const compressed = Buffer.concat([head, x])
  const enrolIt = () => issueEnrolment(organization.enrolment, compressed, { name: 'u', role: 'client' }, issuing)
  assert.throws(enrolIt, { code: 'INVALID', message: /uncompressed point/ })
})

test('signatures on certificates are always low, whatever chance gives', () => {
  for (let round = 0; round < 64; round += 1) {
    const { certificate } = enrol(organization.enrolment, { name: 'user', role: 'client' }, issuing)
    assert.equal(normalizeCertificate(certificate), certificate, `round ${round}`)
  }
})

test('an intermediate issues, is named in full by the inventory, and no authority fits below it', () => {
  const { enrolment, roots } = createOrganizationAuthorities({ domain: 'o.example', withIntermediates: true }, issuing)
  assert.deepEqual(enrolment.parents, [roots?.enrolment.certificate])
  const facts = certificateFacts(enrolment.certificate, now)
  assert.deepEqual([facts.kind, facts.issuer], ['authority', 'CN=ca.o.example,O=o.example'])
  const constraints = new oracle.X509Certificate(enrolment.certificate).getExtension(oracle.BasicConstraintsExtension)
  assert.deepEqual([constraints?.ca, constraints?.pathLength], [true, 0])
  const below = { name: 'below.o.example', organization: 'o.example' }
  assert.throws(() => createIntermediate(enrolment, below, issuing), { code: 'INVALID', message: /members only/ })
})

test('the inventory lists the next to expire first and counts the days', () => {
  const lifetimes = [30, 1, 90]
  const held = lifetimes.map((lifetimeDays) => ({
    owner: lifetimeDays,
    certificate: enrol(organization.enrolment, { name: 'user', role: 'client', lifetimeDays }, issuing).certificate,
  }))
  const later = certificateInventory(held, now + 2 * dayMs)
  assert.deepEqual(
    later.map(({ owner, daysLeft, state }) => [owner, daysLeft, state]),
    [
      [1, -1, 'expired'],
      [30, 28, 'valid'],
      [90, 88, 'valid'],
    ],
  )
})

test('the key identifier of an authority is the hash of its point', () => {
  const privateKey = newPrivateKey()
  const { certificate } = createAuthority({ name: 'ca', organization: 'o', privateKey }, issuing)
  const point = publicKeyInfoOf(privateKey).subarray(-65)
  assert.equal(certificateFacts(certificate, now).subjectKeyId, createHash('sha256').update(point).digest('hex'))
})
