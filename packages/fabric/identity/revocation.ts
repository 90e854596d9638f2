/** Certificate revocation lists as Fabric's MSP reads them: PEM label `X509 CRL`, with authority key id and number. */
import { FabricError } from '../errors.ts'
import type { Authority } from './authority.ts'
import { identifierOf } from './authority.ts'
import { ecdsaWithSha256, extensionOf, isSignedBy, readCertificate, signObject } from './certificate.ts'
import {
  type Element,
  element,
  expectTag,
  readChildren,
  readElement,
  readTime,
  sequence,
  tagged,
  tags,
  timeValue,
  unsignedInteger,
} from './der.ts'
import { authorityKeyId, decodeExtensions, encodeExtension, extensionOids, readAuthorityKeyId } from './extensions.ts'
import { type Issuing, systemIssuing } from './issuing.ts'
import { privateKeyOf } from './keys.ts'
import { lowerSignedObject } from './low-s.ts'
import { decodeName, formatName } from './names.ts'
import { derOf, pemOf } from './pem.ts'

/** CRLReason of RFC 5280, 5.3.1, those that make sense for members. */
const reasons = [
  ['unspecified', 0],
  ['keyCompromise', 1],
  ['affiliationChanged', 3],
  ['superseded', 4],
  ['cessationOfOperation', 5],
] as const
export type RevocationReason = (typeof reasons)[number][0]

export interface Revocation {
  /** Serial number, lower-case hex, as the inventory shows it. */
  readonly serialNumber: string
  /** Milliseconds since 1970. Fabric takes it as a note: a listed certificate is refused from the first moment. */
  readonly revokedAt: number
  readonly reason?: RevocationReason
}

export interface RevocationListOptions {
  /** All that are revoked, not only the new ones: a list replaces its predecessor. */
  readonly revoked: readonly Revocation[]
  /** Rises with every list of one authority, ≥ 1. */
  readonly number: number
  /** Days until the next list is promised; default 30. Fabric does not look at it, other verifiers do. */
  readonly nextInDays?: number
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

function bytesOfHex(hex: string): Uint8Array {
  if (!/^[0-9a-f]{1,40}$/i.test(hex))
    throw new FabricError('INVALID', `"${hex.slice(0, 60)}" is no serial number in hex`)
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
}

function reasonExtension(reason: RevocationReason = 'unspecified'): Uint8Array[] {
  const [, code = 0] = reasons.find(([name]) => name === reason) ?? []
  if (code === 0) return [] // RFC 5280 asks to leave "unspecified" out
  const value = element(tags.enumerated, Uint8Array.of(code))
  return [sequence(encodeExtension({ oid: extensionOids.crlReason, critical: false, value }))]
}

function encodeEntry({ serialNumber, revokedAt, reason }: Revocation): Uint8Array {
  return sequence(unsignedInteger(bytesOfHex(serialNumber)), timeValue(revokedAt), ...reasonExtension(reason))
}

/**
 * A list signed by the authority whose certificates it revokes; it goes into the MSP's `revocation_list` and `crls/`. An
 * intermediate that it revokes has to leave the MSP as well: Fabric sets up no MSP with a revoked authority.
 * @returns PEM `X509 CRL`
 * @throws INVALID for a serial number that is not hex, a list number that is no whole number, or a time that is none
 */
export function createRevocationList(
  authority: Authority,
  { revoked, number, nextInDays = 30 }: RevocationListOptions,
  issuing: Issuing = systemIssuing,
): string {
  const now = issuing.now()
  const entries = revoked.map(encodeEntry)
  const numberExtension = {
    oid: extensionOids.crlNumber,
    critical: false,
    value: unsignedInteger(bytesOfHex(number.toString(16))),
  }
  const extensions = [authorityKeyId(identifierOf(authority.certificate)), numberExtension].map(encodeExtension)
  const signed = sequence(
    element(tags.integer, Uint8Array.of(1)), // version 2
    ecdsaWithSha256,
    readCertificate(authority.certificate).subject,
    timeValue(now),
    timeValue(now + nextInDays * 24 * 3_600_000),
    ...(entries.length > 0 ? [sequence(...entries)] : []),
    tagged(0, sequence(...extensions)),
  )
  return pemOf('X509 CRL', signObject(signed, privateKeyOf(authority.privateKey)))
}

export interface RevocationList {
  /** RFC 4514 text. */
  readonly issuer: string
  /** Hex; equals the subject key id of the authority. */
  readonly authorityKeyId?: string
  readonly number?: number
  /** Milliseconds since 1970, both. */
  readonly issuedAt: number
  readonly nextAt?: number
  readonly revoked: readonly Revocation[]
}

function decodeEntry(entry: Element): Revocation {
  const [serial, time, extensions] = readChildren(expectTag(entry, tags.sequence).content)
  const value = extensions && extensionOf(decodeExtensions(extensions.content), extensionOids.crlReason)
  const code = value && readElement(value, tags.enumerated).content[0]
  const reason = reasons.find(([, known]) => known === code)?.[0]
  return {
    serialNumber: hexOf(expectTag(serial, tags.integer).content).replace(/^00(?=.)/, ''),
    revokedAt: readTime(time),
    ...(reason && { reason }),
  }
}

const isTime = (found: Element | undefined): boolean =>
  found?.tag === tags.utcTime || found?.tag === tags.generalizedTime

/** @param pem `X509 CRL`. The signature is not looked at: `isRevocationListOf` does. @throws INVALID */
export function readRevocationList(pem: string): RevocationList {
  const [signed] = readChildren(readElement(derOf('X509 CRL', pem), tags.sequence).content)
  const fields = readChildren(expectTag(signed, tags.sequence).content)
  const start = fields[0]?.tag === tags.integer ? 1 : 0 // version 1 lists omit the version
  const [, issuer, issuedAt, ...rest] = fields.slice(start)
  const nextAt = isTime(rest[0]) ? readTime(rest[0]) : undefined
  const entries = rest.find(({ tag }) => tag === tags.sequence)
  const tail = rest.find(({ tag }) => tag === 0xa0)
  const extensions = tail ? decodeExtensions(readElement(tail.content, tags.sequence).content) : []
  const keyId = extensionOf(extensions, extensionOids.authorityKeyId)
  const identifier = keyId && readAuthorityKeyId(keyId)
  const number = extensionOf(extensions, extensionOids.crlNumber)
  return {
    issuer: formatName(decodeName(expectTag(issuer, tags.sequence).raw)),
    issuedAt: readTime(issuedAt),
    ...(nextAt !== undefined && { nextAt }),
    ...(identifier && { authorityKeyId: hexOf(identifier) }),
    ...(number && { number: Number(`0x${hexOf(readElement(number, tags.integer).content)}`) }),
    revoked: entries ? readChildren(entries.content).map(decodeEntry) : [],
  }
}

/** Whether Fabric obeys the list for this authority's members: it names the authority's key, and that key signed it. */
export function isRevocationListOf(pem: string, authorityCertificate: string): boolean {
  if (readRevocationList(pem).authorityKeyId !== hexOf(identifierOf(authorityCertificate))) return false
  return isSignedBy(derOf('X509 CRL', pem), readCertificate(authorityCertificate).publicKeyInfo)
}

/** The list with its signature lowered, as Fabric rewrites it. */
export function normalizeRevocationList(pem: string): string {
  return pemOf('X509 CRL', lowerSignedObject(derOf('X509 CRL', pem)))
}
