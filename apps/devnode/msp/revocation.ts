import { createVerify } from 'node:crypto'
import type { Certificate } from './certificate.ts'
import { type DerElement, derElement, derElements, derTag, derUnsigned, expectTag, oidText } from './der.ts'

/** A revocation list as an organization publishes it. */
export interface RevocationList {
  /** Authority key identifier: the subject key identifier of who made the list. */
  readonly authorityKeyId: Uint8Array
  readonly serials: ReadonlySet<bigint>
  /** Whether this authority signed the list. */
  isSignedBy(authority: Certificate): boolean
}

const authorityKeyIdOid = '2.5.29.35'
const digests: Readonly<Record<string, string>> = {
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.2.840.113549.1.1.11': 'sha256',
}

/** Reads a list, PEM or DER. @throws Error on anything else. */
export function readRevocationList(input: Uint8Array): RevocationList {
  const [tbs, algorithm, signature] = derElements(derElement(derOf(input), derTag.sequence).content)
  const signed = expectTag(tbs, derTag.sequence)
  const parts = derElements(signed.content)
  const digest = digests[oidText(expectTag(derElements(algorithm?.content ?? new Uint8Array())[0], derTag.oid).content)]
  const value = expectTag(signature, derTag.bitString).content.subarray(1)
  return {
    authorityKeyId: authorityKeyIdOf(parts),
    serials: serialsOf(parts),
    isSignedBy: ({ x509 }) =>
      digest !== undefined && createVerify(digest).update(signed.whole).verify(x509.publicKey, value),
  }
}

/** Whether one of the lists of the issuer, signed by it, names the certificate. */
export function isRevoked(certificate: Certificate, issuer: Certificate, lists: readonly RevocationList[]): boolean {
  const serial = BigInt(`0x${certificate.x509.serialNumber}`)
  const { keyId } = issuer
  if (keyId === undefined) throw new Error('subjectKeyIdentifier not found in certificate')
  return lists.some(
    (list) => Buffer.compare(list.authorityKeyId, keyId) === 0 && list.serials.has(serial) && list.isSignedBy(issuer),
  )
}

function derOf(input: Uint8Array): Uint8Array {
  const text = Buffer.from(input).toString('latin1')
  const [, body] = /-----BEGIN X509 CRL-----([^-]*)-----END X509 CRL-----/.exec(text) ?? []
  return body === undefined ? input : Buffer.from(body, 'base64')
}

function authorityKeyIdOf(parts: readonly DerElement[]): Uint8Array {
  const extensions = parts.find(({ tag }) => tag === 0xa0)
  for (const entry of extensions ? derElements(derElement(extensions.content, derTag.sequence).content) : []) {
    const fields = derElements(entry.content)
    if (oidText(expectTag(fields[0], derTag.oid).content) !== authorityKeyIdOid) continue
    const value = expectTag(fields.at(-1), derTag.octetString).content
    const [keyId] = derElements(derElement(value, derTag.sequence).content)
    if (keyId?.tag === 0x80) return keyId.content
  }
  throw new Error('authorityKeyIdentifier not found in certificate')
}

/** The revoked entries are the sequence of sequences after the times; a list of none leaves it out. */
function serialsOf(parts: readonly DerElement[]): ReadonlySet<bigint> {
  const lastTime = parts.findLastIndex(({ tag }) => tag === derTag.utcTime || tag === derTag.generalizedTime)
  const entries = parts[lastTime + 1]
  if (entries?.tag !== derTag.sequence) return new Set()
  return new Set(
    derElements(entries.content).map((entry) =>
      derUnsigned(expectTag(derElements(entry.content)[0], derTag.integer).content),
    ),
  )
}
