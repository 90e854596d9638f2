/** New certificates for keys that stay: Raft knows an orderer by its TLS key, and users keep their key files. */
import { FabricError } from '../errors.ts'
import { type Authority, identifierOf } from './authority.ts'
import { extensionOf, isSignedBy, readCertificate, signCertificate } from './certificate.ts'
import { authorityKeyId, type Extension, extensionOids, hostNames, readIsAuthority } from './extensions.ts'
import { defaultLifetimeDays, type Issuing, systemIssuing, type Validity, validity } from './issuing.ts'
import { privateKeyOf } from './keys.ts'

export interface RenewalOptions {
  /** Days > 0; default 365 (15 years for an authority). */
  readonly lifetimeDays?: number
  /** Replaces the host names of a TLS certificate, by none too; kept as they are when absent. */
  readonly hosts?: readonly string[]
}

function replaceExtension(extensions: readonly Extension[], replacement: Extension): Extension[] {
  const kept = extensions.map((old) => (old.oid === replacement.oid ? replacement : old))
  return kept.includes(replacement) ? kept : [...kept, replacement]
}

function replaceHosts(extensions: readonly Extension[], hosts: readonly string[]): readonly Extension[] {
  if (hosts.length === 0) return extensions.filter(({ oid }) => oid !== extensionOids.hosts)
  return replaceExtension(extensions, hostNames(hosts))
}

/**
 * A renewed authority begins when it began before: Fabric verifies a chain as of the time its leaf began, and so would
 * refuse whatever the authority issued until now.
 */
function sinceBefore(anew: Validity, old: Validity): Validity {
  return { notBefore: Math.min(anew.notBefore, old.notBefore), notAfter: anew.notAfter }
}

/**
 * The same subject, key, role and attributes with a new serial number and a new validity (an authority's beginning
 * stays). An expired certificate can be renewed; whether it was revoked is the caller's to know.
 * @param certificate PEM, signed by this authority (by its key: a renewed authority counts)
 * @throws DENIED when another authority signed it, INVALID when this authority has expired
 */
export function renewCertificate(
  authority: Authority,
  certificate: string,
  options: RenewalOptions = {},
  issuing: Issuing = systemIssuing,
): string {
  const issuer = readCertificate(authority.certificate)
  const { der, ...old } = readCertificate(certificate)
  if (Buffer.compare(old.issuer, issuer.subject) !== 0 || !isSignedBy(der, issuer.publicKeyInfo)) {
    throw new FabricError('DENIED', 'the certificate was not issued by this authority', {
      next: 'Renew it with the authority that issued it, or enrol anew.',
    })
  }
  const constraints = extensionOf(old.extensions, extensionOids.basicConstraints)
  const isAuthority = constraints !== undefined && readIsAuthority(constraints)
  const rooted = replaceExtension(old.extensions, authorityKeyId(identifierOf(authority.certificate)))
  const lifetimeDays = options.lifetimeDays ?? defaultLifetimeDays[isAuthority ? 'authority' : 'leaf']
  const anew = validity(issuing.now(), lifetimeDays, issuer)
  const body = {
    ...old,
    serialNumber: issuing.serialNumber(),
    ...(isAuthority ? sinceBefore(anew, old) : anew),
    extensions: options.hosts ? replaceHosts(rooted, options.hosts) : rooted,
  }
  return signCertificate(body, privateKeyOf(authority.privateKey))
}

/**
 * A root authority with the same key, name and key identifier, valid for longer: certificates that it issued before still
 * verify. Channels and MSP folders list roots byte for byte, so the new one must come there before the old one expires: in its
 * place, never beside it. With both listed each member has two chains, and Fabric takes none of its members
 * (msp/mspimpl.go, `getUniqueValidationChain`). The same holds for a renewed intermediate. Units that name the old one
 * as their certifier must name the new one, and authorities below it list it among their `parents`. Roots of TLS may stand
 * side by side while no intermediate is below them.
 * @throws INVALID when the authority is no root
 */
export function renewAuthority(
  authority: Authority,
  options: Pick<RenewalOptions, 'lifetimeDays'> = {},
  issuing: Issuing = systemIssuing,
): Authority {
  const { der, ...old } = readCertificate(authority.certificate)
  if (authority.parents.length > 0 || !isSignedBy(der, old.publicKeyInfo)) {
    throw new FabricError('INVALID', 'only a root authority signs itself', {
      next: 'Renew an intermediate with renewCertificate and its parent.',
    })
  }
  const body = {
    ...old,
    serialNumber: issuing.serialNumber(),
    ...sinceBefore(validity(issuing.now(), options.lifetimeDays ?? defaultLifetimeDays.authority), old),
    extensions: old.extensions.filter(({ oid }) => oid !== extensionOids.authorityKeyId),
  }
  return { ...authority, certificate: signCertificate(body, privateKeyOf(authority.privateKey)) }
}
