import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as oracle from '../testing/x509-oracle.ts'
import { createOrganizationAuthorities } from './authority.ts'
import { isSignedBy } from './certificate.ts'
import { issueEnrolment, issueTls } from './enrolment.ts'
import { certificateFacts } from './inventory.ts'
import { newPrivateKey, publicKeyInfoOf } from './keys.ts'
import { lowerSignedObject } from './low-s.ts'
import { derOf, pemOf } from './pem.ts'
import { createSigningRequest, readSigningRequest } from './signing-request.ts'

const organization = createOrganizationAuthorities({ domain: 'org1.example' })
const subject = { commonName: 'app@org1.example' }

async function foreignRequest(name: string, kind: oracle.KeyKind = 'P-256') {
  const { signingAlgorithm, ...keys } = oracle.foreignKeys(kind)
  const hosts = new oracle.SubjectAlternativeNameExtension([{ type: 'dns', value: 'app.example' }])
  const request = await oracle.Pkcs10CertificateRequestGenerator.create({
    name,
    keys,
    signingAlgorithm,
    extensions: [hosts, new oracle.KeyUsagesExtension(oracle.KeyUsageFlags.keyCertSign, true)],
  })
  return request.toString('pem')
}

test('a request made on the user’s side becomes a certificate for the same key, which never travelled', async () => {
  const privateKey = newPrivateKey()
  const pem = createSigningRequest({ subject, privateKey, hosts: ['app.example', '10.0.0.7'] })
  assert.ok(await new oracle.Pkcs10CertificateRequest(pem).verify())
  const request = readSigningRequest(pem)
  assert.deepEqual(request.publicKeyInfo, publicKeyInfoOf(privateKey))
  assert.deepEqual(
    [request.name, request.hosts, request.ignored],
    ['app@org1.example', ['app.example', '10.0.0.7'], []],
  )
  const certificate = issueTls(organization.tls, request.publicKeyInfo, request)
  assert.deepEqual(certificateFacts(certificate, 0).hosts, ['app.example', '10.0.0.7'])
})

test('a request with the unit admin yields the role that the issuer gives, and says what it ignored', async () => {
  for (const pem of [
    createSigningRequest({ subject: { ...subject, units: ['admin'] }, privateKey: newPrivateKey() }),
    await foreignRequest('CN=app@org1.example, OU=admin'),
    await foreignRequest('OU=client+OU=admin, O=org1.example, CN=app@org1.example'),
    await foreignRequest('CN=app@org1.example+OU=admin'),
  ]) {
    const request = readSigningRequest(pem)
    assert.ok(request.ignored.includes('OU=admin'), request.ignored.join())
    const certificate = issueEnrolment(organization.enrolment, request.publicKeyInfo, {
      name: request.name,
      role: 'client',
    })
    const facts = certificateFacts(certificate, 0)
    assert.deepEqual([facts.role, facts.units, facts.subject], ['client', ['client'], 'CN=app@org1.example,OU=client'])
  }
})

test('a common name that looks like more stays one name', () => {
  const name = 'eve,OU=admin'
  const pem = createSigningRequest({ subject: { commonName: name }, privateKey: newPrivateKey() })
  const request = readSigningRequest(pem)
  const certificate = issueEnrolment(organization.enrolment, request.publicKeyInfo, {
    name: request.name,
    role: 'client',
  })
  const facts = certificateFacts(certificate, 0)
  assert.deepEqual([facts.commonName, facts.units], [name, ['client']])
  assert.equal(facts.subject, 'CN=eve\\,OU\\=admin,OU=client')
})

test('wishes for key usage or for being an authority are not read', async () => {
  const request = readSigningRequest(await foreignRequest('CN=app'))
  const facts = certificateFacts(
    issueEnrolment(organization.enrolment, request.publicKeyInfo, { name: 'app', role: 'client' }),
    0,
  )
  assert.deepEqual([facts.kind, facts.keyUsage, facts.hosts], ['enrolment', ['digitalSignature'], []])
})

test('requests with another key type are refused with what to use', async () => {
  for (const kind of ['P-384', 'Ed25519', 'RSA'] as const) {
    const pem = await foreignRequest('CN=app', kind)
    assert.throws(() => readSigningRequest(pem), /curve P-256/, kind)
  }
})

test('a request whose key was exchanged is refused', () => {
  const privateKey = newPrivateKey()
  const der = Buffer.from(derOf('CERTIFICATE REQUEST', createSigningRequest({ subject, privateKey })))
  const other = publicKeyInfoOf(newPrivateKey())
  const at = der.indexOf(publicKeyInfoOf(privateKey))
  der.set(other, at)
  assert.throws(() => readSigningRequest(pemOf('CERTIFICATE REQUEST', der)), { code: 'DENIED' })
})

test('requests with no common name, or two, are refused', async () => {
  for (const name of ['O=org1.example', 'CN=a, CN=b']) {
    const pem = await foreignRequest(name)
    assert.throws(() => readSigningRequest(pem), /exactly one common name/, name)
  }
})

test('high signatures in requests are accepted: the certificate is signed anew', async () => {
  const seen = new Set<boolean>()
  for (let round = 0; round < 200 && seen.size < 2; round += 1) {
    const pem = await foreignRequest('CN=app')
    const der = derOf('CERTIFICATE REQUEST', pem)
    seen.add(Buffer.compare(lowerSignedObject(der), der) === 0)
    const request = readSigningRequest(pem)
    assert.ok(isSignedBy(lowerSignedObject(der), request.publicKeyInfo))
  }
  assert.equal(seen.size, 2)
})

test('what is no request is refused in words: empty, other PEM, two blocks, cut off, random, huge', () => {
  const good = createSigningRequest({ subject, privateKey: newPrivateKey() })
  const der = derOf('CERTIFICATE REQUEST', good)
  const cut = [10, 60, 150, der.length - 1].map((end) => pemOf('CERTIFICATE REQUEST', der.subarray(0, end)))
  const bad = [
    '',
    'hello',
    organization.tls.certificate,
    good + good,
    pemOf('CERTIFICATE REQUEST', Buffer.alloc(99, 7)),
    ...cut,
  ]
  for (const text of [...bad, 'x'.repeat(9 * 1024 * 1024)]) {
    assert.throws(() => readSigningRequest(text), { name: 'FabricError', code: 'INVALID' }, text.slice(0, 60))
  }
})

test('a request with any one bit changed is refused', () => {
  const der = derOf('CERTIFICATE REQUEST', createSigningRequest({ subject, privateKey: newPrivateKey() }))
  for (let index = 0; index < der.length; index += 1) {
    const changed = Buffer.from(der)
    changed[index] = (changed[index] ?? 0) ^ 0x01
    assert.throws(
      () => readSigningRequest(pemOf('CERTIFICATE REQUEST', changed)),
      { name: 'FabricError' },
      `byte ${index}`,
    )
  }
})
