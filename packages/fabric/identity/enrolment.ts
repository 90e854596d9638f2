/** Certificates of members: enrolment (with the MSP role as an organizational unit) and TLS. */
import { FabricError } from '../errors.ts'
import { type Authority, identifierOf } from './authority.ts'
import { readCertificate, signCertificate } from './certificate.ts'
import {
  authorityKeyId,
  basicConstraints,
  type Extension,
  fabricAttributes,
  hostNames,
  keyUsage,
  purposes,
} from './extensions.ts'
import { defaultLifetimeDays, type Issuing, systemIssuing, validity } from './issuing.ts'
import { newPrivateKey, privateKeyOf, publicKeyInfoOf, publicKeyOf } from './keys.ts'
import { encodeSubject, type Locality, type Subject } from './names.ts'

/** Roles that NodeOUs know. A member has exactly one; Fabric refuses none and two (msp/mspimplvalidate.go, validateIdentityOUsV142). */
export const mspRoles = ['client', 'peer', 'admin', 'orderer'] as const
export type MspRole = (typeof mspRoles)[number]

/** A certificate and its key, PEM both. */
export interface Credential {
  readonly certificate: string
  readonly privateKey: string
}

interface LeafOptions extends Locality {
  /** Common name, 1–64 characters: `peer0.org1.example`, `Admin@org1.example`. */
  readonly name: string
  /** Days > 0; default 365. Never longer than the authority. */
  readonly lifetimeDays?: number
}

export interface EnrolmentOptions extends LeafOptions {
  readonly role: MspRole
  /** Further organizational units (an affiliation); none may be a role. */
  readonly units?: readonly string[]
  /** What contracts read with `getAttributeValue`. */
  readonly attributes?: Readonly<Record<string, string>>
  /** Host names in an enrolment certificate are of no effect in Fabric; Fabric CA writes them, so they can be kept. */
  readonly hosts?: readonly string[]
}

export interface TlsOptions extends LeafOptions {
  /** Host names and IP addresses that the server is dialled by. */
  readonly hosts: readonly string[]
  /** For one who only dials: the certificate cannot be served. Default: for both directions, as nodes need it. */
  readonly clientOnly?: boolean
}

function issueLeaf(
  authority: Authority,
  leaf: {
    readonly subject: Subject
    readonly publicKeyInfo: Uint8Array
    readonly lifetimeDays: number | undefined
    readonly usage: readonly Extension[]
    readonly last: readonly Extension[]
  },
  issuing: Issuing,
): string {
  publicKeyOf(leaf.publicKeyInfo)
  const issuer = readCertificate(authority.certificate)
  const body = {
    serialNumber: issuing.serialNumber(),
    issuer: issuer.subject,
    subject: encodeSubject(leaf.subject),
    publicKeyInfo: leaf.publicKeyInfo,
    ...validity(issuing.now(), leaf.lifetimeDays ?? defaultLifetimeDays.leaf, issuer),
    extensions: [
      ...leaf.usage,
      basicConstraints(false),
      authorityKeyId(identifierOf(authority.certificate)),
      ...leaf.last,
    ],
  }
  return signCertificate(body, privateKeyOf(authority.privateKey))
}

function localityOf({ country, province, locality }: Locality): Locality {
  return { ...(country && { country }), ...(province && { province }), ...(locality && { locality }) }
}

/**
 * Certifies that a key is a member with this role. Role, units and attributes come from the issuer's records alone.
 * @param publicKeyInfo SubjectPublicKeyInfo, DER, P-256
 * @returns the certificate, PEM
 * @throws INVALID for a unit that is a role, an unusable name, a key that is not on P-256, or an expired authority
 */
export function issueEnrolment(
  authority: Authority,
  publicKeyInfo: Uint8Array,
  options: EnrolmentOptions,
  issuing: Issuing = systemIssuing,
): string {
  const units = options.units ?? []
  const clash = units.find((unit) => (mspRoles as readonly string[]).includes(unit.toLowerCase()))
  if (clash !== undefined) throw new FabricError('INVALID', `the unit "${clash}" is the name of a role`)
  const last = [
    ...(options.hosts && options.hosts.length > 0 ? [hostNames(options.hosts)] : []),
    ...(options.attributes ? [fabricAttributes(options.attributes)] : []),
  ]
  const subject = { ...localityOf(options), units: [options.role, ...units], commonName: options.name }
  const usage = [keyUsage('digitalSignature')]
  return issueLeaf(authority, { subject, publicKeyInfo, lifetimeDays: options.lifetimeDays, usage, last }, issuing)
}

/**
 * Certifies a key for TLS, as server and as client alike unless `clientOnly`: Fabric's nodes use one certificate for both directions.
 * @returns the certificate, PEM; serve it followed by the authority's intermediates (`tlsFiles` does)
 */
export function issueTls(
  authority: Authority,
  publicKeyInfo: Uint8Array,
  options: TlsOptions,
  issuing: Issuing = systemIssuing,
): string {
  const subject = { ...localityOf(options), commonName: options.name }
  const directions = options.clientOnly ? purposes('clientAuth') : purposes('serverAuth', 'clientAuth')
  const usage = [keyUsage('digitalSignature', 'keyEncipherment'), directions]
  const last = options.hosts.length > 0 ? [hostNames(options.hosts)] : []
  return issueLeaf(authority, { subject, publicKeyInfo, lifetimeDays: options.lifetimeDays, usage, last }, issuing)
}

/** A new key with its enrolment certificate. */
export function enrol(authority: Authority, options: EnrolmentOptions, issuing: Issuing = systemIssuing): Credential {
  const privateKey = newPrivateKey()
  return { certificate: issueEnrolment(authority, publicKeyInfoOf(privateKey), options, issuing), privateKey }
}

/** A new key with its TLS certificate. */
export function enrolForTls(authority: Authority, options: TlsOptions, issuing: Issuing = systemIssuing): Credential {
  const privateKey = newPrivateKey()
  return { certificate: issueTls(authority, publicKeyInfoOf(privateKey), options, issuing), privateKey }
}
