import { type Element, expectTag, readChildren, readElement, readObjectIdentifier, tags } from './der.ts'

export interface SignatureAlgorithm {
  readonly hash: 'sha256' | 'sha384' | 'sha512'
  readonly isEcdsa: boolean
}

/** Fabric takes authorities of these; those with RSA may certify members with ECDSA (bccsp/sw, keyimport.go). */
const known: Readonly<Record<string, SignatureAlgorithm>> = {
  '1.2.840.10045.4.3.2': { hash: 'sha256', isEcdsa: true },
  '1.2.840.10045.4.3.3': { hash: 'sha384', isEcdsa: true },
  '1.2.840.10045.4.3.4': { hash: 'sha512', isEcdsa: true },
  '1.2.840.113549.1.1.11': { hash: 'sha256', isEcdsa: false },
  '1.2.840.113549.1.1.12': { hash: 'sha384', isEcdsa: false },
  '1.2.840.113549.1.1.13': { hash: 'sha512', isEcdsa: false },
}

/** How an object is signed, from its AlgorithmIdentifier; undefined for what Go does not verify (SHA-1) or we do not know. */
export function signatureAlgorithmOf(found: Element | undefined): SignatureAlgorithm | undefined {
  const [identifier] = readChildren(expectTag(found, tags.sequence).content)
  return known[readObjectIdentifier(identifier)]
}

/** How a certificate, signing request or revocation list in DER is signed. */
export function algorithmOfSigned(der: Uint8Array): SignatureAlgorithm | undefined {
  const [, algorithm] = readChildren(readElement(der, tags.sequence).content)
  return signatureAlgorithmOf(algorithm)
}
