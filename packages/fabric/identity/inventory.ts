/** What an operator needs to know of every certificate: whose it is, what it is for, and until when. */
import { createHash } from 'node:crypto'
import { extensionOf, readCertificate } from './certificate.ts'
import { type MspRole, mspRoles } from './enrolment.ts'
import {
  type Extension,
  extensionOids,
  type KeyUsage,
  readAuthorityKeyId,
  readFabricAttributes,
  readHostNames,
  readIsAuthority,
  readKeyUsage,
  readPurposes,
  readSubjectKeyId,
} from './extensions.ts'
import { decodeName, formatName, namesOfType } from './names.ts'

export interface CertificateFacts {
  /** RFC 4514 text, most specific part first. */
  readonly subject: string
  readonly issuer: string
  readonly commonName: string
  /** Lower-case hex without leading zeros' byte. */
  readonly serialNumber: string
  /** SHA-256 of the DER, hex. */
  readonly fingerprint: string
  /** Milliseconds since 1970. */
  readonly notBefore: number
  readonly notAfter: number
  /** Whole days left, rounded down; negative once expired. */
  readonly daysLeft: number
  readonly state: 'not-yet-valid' | 'valid' | 'expired'
  readonly kind: 'authority' | 'tls' | 'enrolment'
  /** The one NodeOU among the units; absent when there is none, or several (Fabric refuses both). */
  readonly role?: MspRole
  readonly units: readonly string[]
  readonly hosts: readonly string[]
  readonly keyUsage: readonly KeyUsage[]
  /** `serverAuth`, `clientAuth`, or dotted identifiers. */
  readonly purposes: readonly string[]
  readonly attributes: Readonly<Record<string, string>>
  /** Hex. */
  readonly subjectKeyId?: string
  readonly authorityKeyId?: string
}

const dayMs = 24 * 3_600_000
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

function readIf<T>(extensions: readonly Extension[], oid: string, read: (value: Uint8Array) => T): T | undefined {
  const value = extensionOf(extensions, oid)
  return value && read(value)
}

function stateAt(now: number, notBefore: number, notAfter: number): CertificateFacts['state'] {
  if (now < notBefore) return 'not-yet-valid'
  return now > notAfter ? 'expired' : 'valid'
}

function keyIdsOf(extensions: readonly Extension[]): Pick<CertificateFacts, 'subjectKeyId' | 'authorityKeyId'> {
  const own = readIf(extensions, extensionOids.subjectKeyId, readSubjectKeyId)
  const issuers = readIf(extensions, extensionOids.authorityKeyId, readAuthorityKeyId)
  return { ...(own && { subjectKeyId: hexOf(own) }), ...(issuers && { authorityKeyId: hexOf(issuers) }) }
}

function kindOf(extensions: readonly Extension[], found: readonly string[]): CertificateFacts['kind'] {
  if (readIf(extensions, extensionOids.basicConstraints, readIsAuthority)) return 'authority'
  return found.length > 0 ? 'tls' : 'enrolment'
}

/**
 * @param certificate PEM
 * @param now milliseconds since 1970
 * @throws INVALID when it is no certificate
 */
export function certificateFacts(certificate: string, now: number): CertificateFacts {
  const { der, subject, issuer, serialNumber, notBefore, notAfter, extensions } = readCertificate(certificate)
  const parts = decodeName(subject)
  const units = namesOfType(parts, 'OU')
  const [role, ...otherRoles] = mspRoles.filter((known) => units.includes(known))
  const found = readIf(extensions, extensionOids.extendedKeyUsage, readPurposes) ?? []
  return {
    subject: formatName(parts),
    issuer: formatName(decodeName(issuer)),
    commonName: namesOfType(parts, 'CN')[0] ?? '',
    serialNumber: hexOf(serialNumber).replace(/^00(?=.)/, ''),
    fingerprint: createHash('sha256').update(der).digest('hex'),
    notBefore,
    notAfter,
    daysLeft: Math.floor((notAfter - now) / dayMs),
    state: stateAt(now, notBefore, notAfter),
    kind: kindOf(extensions, found),
    ...(role && otherRoles.length === 0 && { role }),
    units,
    hosts: readIf(extensions, extensionOids.hosts, readHostNames) ?? [],
    keyUsage: readIf(extensions, extensionOids.keyUsage, readKeyUsage) ?? [],
    purposes: found,
    attributes: readIf(extensions, extensionOids.attributes, readFabricAttributes) ?? {},
    ...keyIdsOf(extensions),
  }
}

/** Facts of many certificates, the next to expire first. `owner` is whatever the caller knows each by. */
export function certificateInventory<Owner>(
  held: readonly { readonly owner: Owner; readonly certificate: string }[],
  now: number,
): (CertificateFacts & { readonly owner: Owner })[] {
  return held
    .map(({ owner, certificate }) => ({ owner, ...certificateFacts(certificate, now) }))
    .toSorted((a, b) => a.notAfter - b.notAfter)
}
