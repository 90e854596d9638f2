/**
 * Mistakes in an organization's MSP that Fabric takes into a channel, and then refuses every member of it for, administrators
 * included: nobody of it can take the mistake back. What is not listed here, orderers refuse at once.
 */
import { FabricError } from '../errors.ts'
import { isSignedBy, normalizeCertificate, readCertificate } from '../identity/certificate.ts'
import { decodeName, formatName } from '../identity/names.ts'
import { firstPemOf } from '../identity/pem.ts'
import { readRevocationList } from '../identity/revocation.ts'
import type { MspSpec } from './channel-spec.ts'

/** @throws FabricError INVALID. */
export function checkMsp(msp: MspSpec): void {
  if (msp.mspId === '') throw new FabricError('INVALID', 'an organization lacks its MSP id')
  checkTrust(msp)
  checkRevocationLists(msp.mspId, msp.revocationLists ?? [])
}

/** The authorities, and the units that name one of them. @throws FabricError INVALID. */
export function checkTrust(msp: MspSpec): void {
  const { mspId, rootCertificates, intermediateCertificates = [] } = msp
  if (rootCertificates.length === 0) throw new FabricError('INVALID', `organization ${mspId} lacks a root certificate`)
  const authorities = [...rootCertificates, ...intermediateCertificates].map(readFirst)
  checkAuthorities(mspId, authorities)
  checkUnits(msp, authorities)
}

type Certificate = ReturnType<typeof readCertificate>

/** As Fabric reads it: the first block, with a low S. */
function readFirst(text: string): Certificate {
  return readCertificate(normalizeCertificate(firstPemOf('CERTIFICATE', text)))
}

const isSame = (one: Certificate, other: Certificate): boolean => Buffer.compare(one.der, other.der) === 0

/**
 * A member below an authority that is listed with two certificates has two chains, and Fabric takes one (msp/mspimpl.go,
 * `getUniqueValidationChain`).
 */
function checkAuthorities(mspId: string, authorities: readonly Certificate[]): void {
  const listed = new Map<string, Certificate>()
  for (const certificate of authorities) {
    const authority = Buffer.concat([certificate.subject, certificate.publicKeyInfo]).toString('hex')
    if (!isSame(listed.get(authority) ?? certificate, certificate)) {
      const name = formatName(decodeName(certificate.subject))
      throw new FabricError('INVALID', `organization ${mspId} lists two certificates of its authority ${name}`, {
        next: 'List the renewed certificate in the place of the old one: with both, Fabric refuses every member.',
      })
    }
    listed.set(authority, certificate)
  }
}

/**
 * A unit counts if the chain above the member is the one above its certifier, that included: the certifier has to be what issues
 * the members (msp/mspimplsetup.go, `getCertifiersIdentifier`).
 */
function checkUnits({ mspId, nodeOus }: MspSpec, authorities: readonly Certificate[]): void {
  for (const { unit, certificate } of Object.values(nodeOus || {})) {
    if (certificate === undefined) continue
    const certifier = readFirst(certificate)
    const others = authorities.filter((each) => !isSame(each, certifier))
    const fault =
      others.length === authorities.length
        ? 'that it does not list'
        : others.some(({ der }) => isSignedBy(der, certifier.publicKeyInfo)) && 'that issues authorities, not members'
    if (!fault) continue
    throw new FabricError('INVALID', `organization ${mspId} certifies its unit '${unit}' by an authority ${fault}`, {
      next: 'Name the authority that issues the members, or none.',
    })
  }
}

/**
 * Whether a member is on a list is asked of every list, and one that does not say whose it is fails them all
 * (msp/mspimplvalidate.go, `validateCertAgainstChain`). @throws FabricError INVALID.
 */
export function checkRevocationLists(mspId: string, lists: readonly string[]): void {
  for (const list of lists) {
    if (readRevocationList(firstPemOf('X509 CRL', list)).authorityKeyId !== undefined) continue
    throw new FabricError('INVALID', `a revocation list of organization ${mspId} has no authority key identifier`, {
      next: 'Make the list with that extension (openssl: crl_extensions): without it Fabric refuses every member.',
    })
  }
}
