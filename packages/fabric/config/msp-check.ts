/**
 * Mistakes in an organization's MSP that Fabric takes into a channel, and then refuses every member of it for, administrators
 * included: nobody of it can take the mistake back. What is not listed here, orderers refuse at once.
 */
import { FabricError } from '../errors.ts'
import { normalizeCertificate, readCertificate } from '../identity/certificate.ts'
import { decodeName, formatName } from '../identity/names.ts'
import { firstPemOf } from '../identity/pem.ts'
import { readRevocationList } from '../identity/revocation.ts'
import type { MspSpec } from './channel-spec.ts'

/** @throws FabricError INVALID. */
export function checkMsp(msp: MspSpec): void {
  if (msp.mspId === '') throw new FabricError('INVALID', 'an organization lacks its MSP id')
  checkAuthorities(msp)
  checkRevocationLists(msp.mspId, msp.revocationLists ?? [])
}

/**
 * A member below an authority that is listed with two certificates has two chains, and Fabric takes one (msp/mspimpl.go,
 * `getUniqueValidationChain`). @throws FabricError INVALID.
 */
export function checkAuthorities({ mspId, rootCertificates, intermediateCertificates = [] }: MspSpec): void {
  if (rootCertificates.length === 0) throw new FabricError('INVALID', `organization ${mspId} lacks a root certificate`)
  const listed = new Map<string, string>()
  for (const text of [...rootCertificates, ...intermediateCertificates]) {
    const certificate = normalizeCertificate(firstPemOf('CERTIFICATE', text))
    const { subject, publicKeyInfo } = readCertificate(certificate)
    const authority = Buffer.concat([subject, publicKeyInfo]).toString('hex')
    if ((listed.get(authority) ?? certificate) !== certificate) {
      const name = formatName(decodeName(subject))
      throw new FabricError('INVALID', `organization ${mspId} lists two certificates of its authority ${name}`, {
        next: 'List the renewed certificate in the place of the old one: with both, Fabric refuses every member.',
      })
    }
    listed.set(authority, certificate)
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
