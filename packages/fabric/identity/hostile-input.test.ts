import { test } from 'node:test'
import * as fc from 'fast-check'
import { FabricError } from '../errors.ts'
import { createOrganizationAuthorities } from './authority.ts'
import { normalizeCertificate } from './certificate.ts'
import { enrol, enrolForTls } from './enrolment.ts'
import { certificateFacts } from './inventory.ts'
import { newPrivateKey } from './keys.ts'
import { lowerS } from './low-s.ts'
import { derOf, type PemLabel, pemOf } from './pem.ts'
import { renewCertificate } from './renewal.ts'
import { createRevocationList, isRevocationListOf, normalizeRevocationList, readRevocationList } from './revocation.ts'
import { createSigningRequest, readSigningRequest } from './signing-request.ts'

const { enrolment, tls } = createOrganizationAuthorities({ domain: 'org1.example' })
const attributes = { level: '3' }
const user = enrol(enrolment, { name: 'user', role: 'client', attributes, hosts: ['a.b', '::1'] }).certificate
const node = enrolForTls(tls, { name: 'peer0', hosts: ['peer0', '127.0.0.1'] }).certificate
const revoked = [{ serialNumber: '0f', revokedAt: Date.now(), reason: 'superseded' as const }]

/** Runs it; anything but a FabricError is a defect. */
function refusesOrReads(read: () => unknown): void {
  try {
    read()
  } catch (error) {
    if (!(error instanceof FabricError)) throw error
  }
}

const readers: Record<string, (pem: string) => unknown> = {
  facts: (pem) => certificateFacts(pem, 0),
  normalize: normalizeCertificate,
  renew: (pem) => renewCertificate(enrolment, pem),
  list: readRevocationList,
  'list signature': (pem) => isRevocationListOf(pem, enrolment.certificate),
  'normalize list': normalizeRevocationList,
  request: readSigningRequest,
}

const originals: readonly (readonly [PemLabel, string])[] = [
  ['CERTIFICATE', user],
  ['CERTIFICATE', node],
  ['CERTIFICATE', enrolment.certificate],
  ['X509 CRL', createRevocationList(enrolment, { revoked, number: 7 })],
  [
    'CERTIFICATE REQUEST',
    createSigningRequest({ subject: { commonName: 'x' }, hosts: ['a.b'], privateKey: newPrivateKey() }),
  ],
]

test('certificates, lists and requests with bytes exchanged, inserted or cut are read or refused, never a crash', () => {
  const edit = fc.record({ at: fc.nat(), to: fc.nat(255), kind: fc.constantFrom('exchange', 'insert', 'cut') })
  const spoiled = fc.tuple(fc.constantFrom(...originals), fc.array(edit, { minLength: 1, maxLength: 4 }))
  fc.assert(
    fc.property(spoiled, ([[label, pem], edits]) => {
      const bytes = [...derOf(label, pem)]
      for (const { at, to, kind } of edits) {
        const index = at % bytes.length
        if (kind === 'exchange') bytes[index] = to
        else bytes.splice(index, kind === 'cut' ? 1 : 0, ...(kind === 'cut' ? [] : [to]))
      }
      for (const read of Object.values(readers)) refusesOrReads(() => read(pemOf(label, Uint8Array.from(bytes))))
    }),
    { numRuns: 1_500 },
  )
})

test('any bytes and any text at all are read or refused', () => {
  const labels = fc.constantFrom<PemLabel>('CERTIFICATE', 'X509 CRL', 'CERTIFICATE REQUEST')
  fc.assert(
    fc.property(labels, fc.uint8Array({ maxLength: 200 }), fc.string(), (label, bytes, text) => {
      for (const read of Object.values(readers)) {
        refusesOrReads(() => read(pemOf(label, bytes)))
        refusesOrReads(() => read(text))
      }
      refusesOrReads(() => lowerS(bytes))
    }),
    { numRuns: 500 },
  )
})
