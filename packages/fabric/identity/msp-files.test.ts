import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAuthority, createOrganizationAuthorities } from './authority.ts'
import { enrol, enrolForTls } from './enrolment.ts'
import { memberMspFiles, nodeUnitsYaml, organizationMspFiles, secretPaths, tlsFiles } from './msp-files.ts'
import { createRevocationList } from './revocation.ts'

const organization = createOrganizationAuthorities({ domain: 'org1.example', withIntermediates: true })

test('with intermediates they have folders of their own and certify the members', () => {
  const { enrolment, tls, roots } = organization
  const list = createRevocationList(enrolment, { revoked: [], number: 1 })
  const files = organizationMspFiles({ enrolment, tls, revocationLists: [list] })
  assert.deepEqual(files, {
    'cacerts/ca.org1.example-cert.pem': roots?.enrolment.certificate,
    'intermediatecerts/ica.org1.example-cert.pem': enrolment.certificate,
    'tlscacerts/tlsca.org1.example-cert.pem': roots?.tls.certificate,
    'tlsintermediatecerts/tlsica.org1.example-cert.pem': tls.certificate,
    'crls/crl-1.pem': list,
    'config.yaml': nodeUnitsYaml('intermediatecerts/ica.org1.example-cert.pem'),
  })
})

test('a TLS server shows its intermediates too', () => {
  const node = enrolForTls(organization.tls, { name: 'peer0', hosts: ['peer0'] })
  const files = tlsFiles(organization.tls, node)
  assert.equal(files['server.crt'], node.certificate + organization.tls.certificate)
  assert.equal(files['ca.crt'], organization.roots?.tls.certificate)
})

test('names from outside never leave the folder', () => {
  for (const name of ['../../etc/x', '..', '/abs', 'a/b', 'ünï']) {
    const outside = createAuthority({ name, organization: 'o' })
    const member = enrol(outside, { name, role: 'peer' })
    for (const path of Object.keys(memberMspFiles({ enrolment: outside, tls: outside }, member))) {
      assert.match(path, /^([a-z]+\/)?[A-Za-z0-9_@-][A-Za-z0-9._@-]*$/, `${name} gave ${path}`)
    }
  }
})

test('paths with private keys are named, and none other', () => {
  const member = enrol(organization.enrolment, { name: 'peer0', role: 'peer' })
  const node = enrolForTls(organization.tls, { name: 'peer0', hosts: [] })
  assert.deepEqual(secretPaths(memberMspFiles(organization, member)), ['keystore/priv_sk'])
  assert.deepEqual(secretPaths(tlsFiles(organization.tls, node, 'client')), ['client.key'])
  assert.deepEqual(secretPaths(organizationMspFiles(organization)), [])
})

test('without a certifier any authority of the organization may certify', () => {
  assert.ok(!nodeUnitsYaml().includes('Certificate'))
  assert.ok(nodeUnitsYaml().includes('    AdminOUIdentifier:\n        OrganizationalUnitIdentifier: admin\n'))
})
