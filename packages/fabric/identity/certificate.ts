/** One X.509 certificate: built, signed with a low S, and taken apart. */
import type { KeyObject } from 'node:crypto'
import { verify } from 'node:crypto'
import {
  bitString,
  bitStringOctets,
  type Element,
  element,
  expectTag,
  objectIdentifier,
  readChildren,
  readElement,
  readTime,
  sequence,
  tagged,
  tags,
  timeValue,
  unsignedInteger,
} from './der.ts'
import { decodeExtensions, type Extension, encodeExtension } from './extensions.ts'
import { signMessage, verifyingKeyOf } from './keys.ts'
import { lowerSignedObject } from './low-s.ts'
import { derOf, pemOf } from './pem.ts'
import { signatureAlgorithmOf } from './signature-algorithm.ts'

export const ecdsaWithSha256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'))

/** What a certificate says, before somebody signs it. Names and key are DER. */
export interface CertificateBody {
  /** Big-endian, positive, at most 20 bytes (RFC 5280, 4.1.2.2). */
  readonly serialNumber: Uint8Array
  readonly issuer: Uint8Array
  readonly subject: Uint8Array
  /** SubjectPublicKeyInfo. */
  readonly publicKeyInfo: Uint8Array
  /** Milliseconds since 1970; written in whole seconds. */
  readonly notBefore: number
  readonly notAfter: number
  readonly extensions: readonly Extension[]
}

export function encodeBody(body: CertificateBody): Uint8Array {
  return sequence(
    tagged(0, element(tags.integer, Uint8Array.of(2))), // version 3
    unsignedInteger(body.serialNumber),
    ecdsaWithSha256,
    body.issuer,
    sequence(timeValue(body.notBefore), timeValue(body.notAfter)),
    body.subject,
    body.publicKeyInfo,
    tagged(3, sequence(...body.extensions.map(encodeExtension))),
  )
}

/** SEQUENCE { what is signed, algorithm, signature }: certificates, requests and revocation lists alike. */
export function signObject(signed: Uint8Array, key: KeyObject): Uint8Array {
  return sequence(signed, ecdsaWithSha256, bitString(signMessage(signed, key)))
}

/** @returns the certificate, PEM */
export function signCertificate(body: CertificateBody, issuerKey: KeyObject): string {
  return pemOf('CERTIFICATE', signObject(encodeBody(body), issuerKey))
}

/** Whether this public key made the signature of a signed object, with an algorithm that Fabric takes from authorities. */
export function isSignedBy(der: Uint8Array, signerInfo: Uint8Array): boolean {
  const [signed, algorithm, signature] = readChildren(readElement(der, tags.sequence).content)
  const { hash, isEcdsa } = signatureAlgorithmOf(algorithm) ?? {}
  const key = verifyingKeyOf(signerInfo)
  if (hash === undefined || key.asymmetricKeyType !== (isEcdsa ? 'ec' : 'rsa')) return false
  return verify(hash, expectTag(signed, tags.sequence).raw, key, bitStringOctets(signature))
}

function readValidity(found: Element | undefined): Pick<CertificateBody, 'notBefore' | 'notAfter'> {
  const [from, to] = readChildren(expectTag(found, tags.sequence).content)
  return { notBefore: readTime(from), notAfter: readTime(to) }
}

/** Takes one certificate apart. Any key type and signature algorithm is read. @throws INVALID when it is no certificate. */
export function readCertificate(pem: string): CertificateBody & { readonly der: Uint8Array } {
  const der = derOf('CERTIFICATE', pem)
  const [signed] = readChildren(readElement(der, tags.sequence).content)
  const fields = readChildren(expectTag(signed, tags.sequence).content)
  const start = fields[0]?.tag === 0xa0 ? 1 : 0 // version 1 certificates omit the version
  const [serial, , issuer, validity, subject, publicKey] = fields.slice(start)
  const extensions = fields.find(({ tag }) => tag === 0xa3)
  return {
    der,
    serialNumber: expectTag(serial, tags.integer).content,
    issuer: expectTag(issuer, tags.sequence).raw,
    ...readValidity(validity),
    subject: expectTag(subject, tags.sequence).raw,
    publicKeyInfo: expectTag(publicKey, tags.sequence).raw,
    extensions: extensions ? decodeExtensions(readElement(extensions.content, tags.sequence).content) : [],
  }
}

export function extensionOf(extensions: readonly Extension[], oid: string): Uint8Array | undefined {
  return extensions.find((extension) => extension.oid === oid)?.value
}

/** The certificate as Fabric will compare it: DER with a low S, PEM in 64-character lines. @throws INVALID */
export function normalizeCertificate(pem: string): string {
  const { der } = readCertificate(pem)
  return pemOf('CERTIFICATE', lowerSignedObject(der))
}
