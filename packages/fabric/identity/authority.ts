/** Certificate authorities of an organization: one for enrolment (who signs), one for TLS (who talks). */
import { FabricError } from '../errors.ts'
import { extensionOf, readCertificate, signCertificate } from './certificate.ts'
import {
  authorityKeyId,
  basicConstraints,
  extensionOids,
  keyUsage,
  purposes,
  readPathLength,
  readSubjectKeyId,
  subjectKeyId,
} from './extensions.ts'
import { defaultLifetimeDays, type Issuing, systemIssuing, validity } from './issuing.ts'
import { keyIdentifier, newPrivateKey, privateKeyOf, publicKeyInfoOf } from './keys.ts'
import { encodeSubject, type Locality } from './names.ts'

export interface Authority {
  readonly certificate: string
  /** PKCS#8 PEM. Whoever holds it can make members, so the caller seals it. */
  readonly privateKey: string
  /** Certificates from the authority's own issuer up to the root; empty for a root. */
  readonly parents: readonly string[]
}

export interface AuthoritySubject extends Locality {
  /** Common name, for example `ca.org1.example`. */
  readonly name: string
  readonly organization: string
}

interface LifetimeOption {
  /** Days > 0; default 15 years, as Fabric CA's roots. An authority never outlives its parent. */
  readonly lifetimeDays?: number
}

interface KeyOption {
  /** PKCS#8 PEM, P-256: a key that is there already. A new one when absent. */
  readonly privateKey?: string
}

function authorityExtensions(identifier: Uint8Array, parentIdentifier?: Uint8Array, pathLength?: number) {
  return [
    keyUsage('digitalSignature', 'keyEncipherment', 'certificateSign', 'crlSign'),
    purposes('clientAuth', 'serverAuth'),
    basicConstraints(true, pathLength),
    subjectKeyId(identifier),
    ...(parentIdentifier ? [authorityKeyId(parentIdentifier)] : []),
  ]
}

/** A root authority. @throws INVALID for an unusable name, lifetime or key */
export function createAuthority(
  subject: AuthoritySubject & LifetimeOption & KeyOption,
  issuing: Issuing = systemIssuing,
): Authority {
  const privateKey = subject.privateKey ?? newPrivateKey()
  const publicKeyInfo = publicKeyInfoOf(privateKey)
  const name = encodeSubject({ ...subject, commonName: subject.name })
  const body = {
    serialNumber: issuing.serialNumber(),
    issuer: name,
    subject: name,
    publicKeyInfo,
    ...validity(issuing.now(), subject.lifetimeDays ?? defaultLifetimeDays.authority),
    extensions: authorityExtensions(keyIdentifier(publicKeyInfo)),
  }
  return { certificate: signCertificate(body, privateKeyOf(privateKey)), privateKey, parents: [] }
}

/**
 * An authority below another one, allowed to issue leaves only, so that the root's key can be kept away from the network.
 * @throws INVALID for an unusable name, lifetime or key, or a parent that may certify members only
 */
export function createIntermediate(
  parent: Authority,
  subject: AuthoritySubject & LifetimeOption & KeyOption,
  issuing: Issuing = systemIssuing,
): Authority {
  const issuer = readCertificate(parent.certificate)
  const constraints = extensionOf(issuer.extensions, extensionOids.basicConstraints)
  if (constraints && readPathLength(constraints) === 0) {
    throw new FabricError('INVALID', 'the parent is an authority that may certify members only', {
      next: 'Make the authority below the root.',
    })
  }
  const privateKey = subject.privateKey ?? newPrivateKey()
  const publicKeyInfo = publicKeyInfoOf(privateKey)
  const body = {
    serialNumber: issuing.serialNumber(),
    issuer: issuer.subject,
    subject: encodeSubject({ ...subject, commonName: subject.name }),
    publicKeyInfo,
    ...validity(issuing.now(), subject.lifetimeDays ?? defaultLifetimeDays.authority, issuer),
    extensions: authorityExtensions(keyIdentifier(publicKeyInfo), identifierOf(parent.certificate), 0),
  }
  return {
    certificate: signCertificate(body, privateKeyOf(parent.privateKey)),
    privateKey,
    parents: [parent.certificate, ...parent.parents],
  }
}

/** The authority's key identifier: from its certificate where it has one, else computed from its key. */
export function identifierOf(authorityCertificate: string): Uint8Array {
  const { extensions, publicKeyInfo } = readCertificate(authorityCertificate)
  const value = extensionOf(extensions, extensionOids.subjectKeyId)
  return value ? readSubjectKeyId(value) : keyIdentifier(publicKeyInfo)
}

/** Root certificate and intermediates of an authority, as an MSP lists them. */
export function trustOf(authority: Pick<Authority, 'certificate' | 'parents'>): {
  readonly root: string
  readonly intermediates: readonly string[]
} {
  const chain = [authority.certificate, ...authority.parents]
  return { root: chain.at(-1) ?? authority.certificate, intermediates: chain.slice(0, -1) }
}

export interface OrganizationAuthorities {
  /** The two that issue. */
  readonly enrolment: Authority
  readonly tls: Authority
  /** Present with intermediates: their roots, whose keys are needed again only to renew the intermediates. */
  readonly roots?: { readonly enrolment: Authority; readonly tls: Authority }
}

export interface OrganizationPlan extends Locality, LifetimeOption {
  /** For example `org1.example`; the authorities are called `ca.` and `tlsca.` before it. */
  readonly domain: string
  readonly withIntermediates?: boolean
}

/** Both authorities of one organization, named as cryptogen names them. */
export function createOrganizationAuthorities(
  plan: OrganizationPlan,
  issuing: Issuing = systemIssuing,
): OrganizationAuthorities {
  const { domain, withIntermediates, ...rest } = plan
  const subject = (prefix: string) => ({ ...rest, organization: domain, name: `${prefix}.${domain}` })
  const enrolment = createAuthority(subject('ca'), issuing)
  const tls = createAuthority(subject('tlsca'), issuing)
  if (!withIntermediates) return { enrolment, tls }
  return {
    enrolment: createIntermediate(enrolment, subject('ica'), issuing),
    tls: createIntermediate(tls, subject('tlsica'), issuing),
    roots: { enrolment, tls },
  }
}
