import assert from 'node:assert/strict'
import { createHash, createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { createAuthority } from './authority.ts'
import { isSignedBy, normalizeCertificate, readCertificate } from './certificate.ts'
import { bitStringOctets, readChildren, readElement } from './der.ts'
import { issueEnrolment, issueTls } from './enrolment.ts'
import { certificateFacts } from './inventory.ts'
import type { Issuing } from './issuing.ts'
import { keyIdentifier, publicKeyInfoOf } from './keys.ts'
import { isLowS } from './low-s.ts'
import { type FileTree, memberMspFiles, organizationMspFiles, secretPaths, tlsFiles, under } from './msp-files.ts'
import { derOf } from './pem.ts'

const file = new URL('../../../test/vectors/identity/cryptogen-3.1.5.json', import.meta.url)
const recorded: FileTree = JSON.parse(readFileSync(file, 'utf8'))

const organizations = [
  { folder: 'peerOrganizations/org1.example', domain: 'org1.example', nodes: 'peers' },
  { folder: 'ordererOrganizations/orderer.example', domain: 'orderer.example', nodes: 'orderers' },
] as const

function content(path: string): string {
  const text = recorded[path]
  assert.ok(text !== undefined, path)
  return text
}

/** The recorded files below a folder, with the folder cut off. */
function below(folder: string): FileTree {
  const prefix = `${folder}/`
  const inside = Object.entries(recorded).filter(([path]) => path.startsWith(prefix))
  return Object.fromEntries(inside.map(([path, text]) => [path.slice(prefix.length), text]))
}

function authorityOf(folder: string, kind: 'ca' | 'tlsca', domain: string) {
  const privateKey = content(`${folder}/${kind}/priv_sk`)
  return { certificate: content(`${folder}/${kind}/${kind}.${domain}-cert.pem`), privateKey, parents: [] }
}

function members(organization: (typeof organizations)[number]) {
  const names = ([organization.nodes, 'users'] as const).flatMap((group) => {
    const start = `${organization.folder}/${group}/`
    const paths = Object.keys(recorded).filter((path) => path.startsWith(start))
    return [...new Set(paths.map((path) => path.slice(start.length).split('/')[0] ?? ''))].map((name) => ({
      group,
      name,
    }))
  })
  return names.map(({ group, name }) => {
    const folder = `${organization.folder}/${group}/${name}`
    const kind = group === 'users' ? ('client' as const) : ('server' as const)
    return {
      name,
      kind,
      folder,
      enrolment: {
        certificate: content(`${folder}/msp/signcerts/${name}-cert.pem`),
        privateKey: content(`${folder}/msp/keystore/priv_sk`),
      },
      tls: { certificate: content(`${folder}/tls/${kind}.crt`), privateKey: content(`${folder}/tls/${kind}.key`) },
    }
  })
}

const signedPart = (pem: string): string =>
  Buffer.from(readChildren(readElement(derOf('CERTIFICATE', pem)).content)[0]?.raw ?? []).toString('hex')

/** Issues what `certificate` says, at its time and with its serial number. */
function repeating(certificate: string): { issuing: Issuing; lifetimeDays: number } {
  const { notBefore, notAfter, serialNumber } = readCertificate(certificate)
  const now = notBefore + 5 * 60_000
  return {
    issuing: { now: () => now, serialNumber: () => serialNumber },
    lifetimeDays: (notAfter - now) / (24 * 3_600_000),
  }
}

const place = { country: 'US', province: 'California', locality: 'San Francisco' }

for (const organization of organizations) {
  const { folder, domain } = organization
  const enrolment = authorityOf(folder, 'ca', domain)
  const tls = authorityOf(folder, 'tlsca', domain)

  test(`the folder of ${domain} holds the files that cryptogen writes`, () => {
    assert.deepEqual(organizationMspFiles({ enrolment, tls }), below(`${folder}/msp`))
  })

  test(`the folders of every member of ${domain} hold the files that cryptogen writes, keys included`, () => {
    for (const member of members(organization)) {
      const ours = {
        ...under('msp', memberMspFiles({ enrolment, tls }, member.enrolment)),
        ...under('tls', tlsFiles(tls, member.tls, member.kind)),
      }
      assert.deepEqual(ours, below(member.folder), member.name)
      assert.deepEqual(secretPaths(ours).toSorted(), ['msp/keystore/priv_sk', `tls/${member.kind}.key`])
    }
  })

  test(`the authorities of ${domain} are those of cryptogen but for their key identifier, byte for byte`, () => {
    for (const authority of [enrolment, tls]) {
      const { commonName } = certificateFacts(authority.certificate, 0)
      const { issuing, lifetimeDays } = repeating(authority.certificate)
      const { privateKey } = authority
      const ours = createAuthority(
        { ...place, organization: domain, name: commonName, lifetimeDays, privateKey },
        issuing,
      )
      // cryptogen 3.1 hashes the private scalar where the public point is meant (internal/cryptogen/ca, computeSKI).
      const scalar = createPrivateKey(privateKey).export({ format: 'jwk' }).d ?? ''
      const theirs = createHash('sha256').update(Buffer.from(scalar, 'base64url')).digest('hex')
      const own = Buffer.from(keyIdentifier(publicKeyInfoOf(privateKey))).toString('hex')
      assert.equal(signedPart(ours.certificate).replace(own, theirs), signedPart(authority.certificate), commonName)
    }
  })

  test(`the certificates of every member of ${domain} are those of cryptogen, byte for byte before the signature`, () => {
    for (const member of members(organization)) {
      const now = 0
      const { role } = certificateFacts(member.enrolment.certificate, now)
      assert.ok(role, member.name)
      const first = repeating(member.enrolment.certificate)
      const key = readCertificate(member.enrolment.certificate).publicKeyInfo
      const options = { ...place, name: member.name, role, lifetimeDays: first.lifetimeDays }
      const ours = issueEnrolment(enrolment, key, options, first.issuing)
      assert.equal(signedPart(ours), signedPart(member.enrolment.certificate), member.name)

      const second = repeating(member.tls.certificate)
      const { hosts } = certificateFacts(member.tls.certificate, now)
      const tlsKey = readCertificate(member.tls.certificate).publicKeyInfo
      const tlsOptions = { ...place, name: member.name, hosts, lifetimeDays: second.lifetimeDays }
      const ourTls = issueTls(tls, tlsKey, tlsOptions, second.issuing)
      assert.equal(signedPart(ourTls), signedPart(member.tls.certificate), `${member.name} for TLS`)
    }
  })
}

test('the high signatures that cryptogen leaves on authorities are lowered and still verify', () => {
  const seen = { low: 0, high: 0 }
  for (const [path, text] of Object.entries(recorded).filter(([name]) => /\.(pem|crt)$/.test(name))) {
    const normal = normalizeCertificate(text)
    const [, , signature] = readChildren(readElement(derOf('CERTIFICATE', normal)).content)
    assert.ok(isLowS(bitStringOctets(signature)), path)
    assert.equal(signedPart(normal), signedPart(text), path)
    const issuer = Object.values(recorded).find(
      (other) =>
        other.includes('BEGIN CERTIFICATE') && certificateFacts(other, 0).subject === certificateFacts(text, 0).issuer,
    )
    assert.ok(issuer && isSignedBy(derOf('CERTIFICATE', normal), readCertificate(issuer).publicKeyInfo), path)
    seen[normal === text ? 'low' : 'high'] += 1
  }
  assert.ok(seen.low > 0 && seen.high > 0, JSON.stringify(seen))
})
