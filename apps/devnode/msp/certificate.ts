import { X509Certificate } from 'node:crypto'
import { derElement, derElements, derEncode, derTag, derUnsigned, expectTag, oidText } from './der.ts'
import { lowSForm } from './low-s.ts'

/** A certificate with what membership rules ask of it. */
export interface Certificate {
  readonly x509: X509Certificate
  /** The part that is signed: two certificates with the same one are the same, whatever form their signature has. */
  readonly tbs: Uint8Array
  /** Organizational units of the subject, in order. */
  readonly units: readonly string[]
  /** The subject key identifier extension's value. */
  readonly keyId?: Uint8Array
  /** Basic constraints' `cA`. */
  readonly isAuthority: boolean
  /** How many authorities may stand below this one; absent: any number. */
  readonly pathLength?: number
  readonly notBefore: number
  readonly notAfter: number
}

const oids = { unit: '2.5.4.11', keyId: '2.5.29.14', basicConstraints: '2.5.29.19' }
const extensionsTag = 0xa3

/** Reads PEM (its first block) or DER. @throws Error with a reason on anything that is no certificate. */
export function readCertificate(input: Uint8Array | string): Certificate {
  const x509 = new X509Certificate(input)
  // Read now: it throws where the key is none, such as a point that is not on its curve. Go refuses the certificate then.
  void x509.publicKey
  const [tbs] = derElements(derElement(x509.raw, derTag.sequence).content)
  const parts = derElements(expectTag(tbs, derTag.sequence).content)
  // version [0] is optional in DER, though every v3 certificate has it.
  const subject = parts[parts[0]?.tag === 0xa0 ? 5 : 4]
  const extensions = extensionsOf(parts.find(({ tag }) => tag === extensionsTag)?.content)
  const keyId = extensions.get(oids.keyId)
  const constraints = constraintsOf(extensions.get(oids.basicConstraints))
  return {
    x509,
    tbs: expectTag(tbs, derTag.sequence).whole,
    units: unitsOf(expectTag(subject, derTag.sequence).content),
    ...(keyId ? { keyId: derElement(keyId, derTag.octetString).content } : {}),
    ...constraints,
    notBefore: x509.validFromDate.getTime(),
    notAfter: x509.validToDate.getTime(),
  }
}

/** Whether both are one certificate. */
export function sameCertificate(a: Certificate, b: Certificate): boolean {
  return Buffer.compare(a.tbs, b.tbs) === 0
}

/**
 * The certificate's DER with its signature in low-S form, as Fabric's MSP rewrites it before it hashes it.
 * @param curve of the issuer's key, as Node names it
 */
export function canonicalDer(certificate: Certificate, curve: string | undefined): Uint8Array {
  const raw = new Uint8Array(certificate.x509.raw)
  if (curve === undefined) return raw
  const [tbs, algorithm, signature] = derElements(derElement(raw, derTag.sequence).content)
  // The first byte of a BIT STRING counts unused bits: none here.
  const plain = expectTag(signature, derTag.bitString).content.subarray(1)
  const low = lowSForm(plain, curve)
  if (low === plain || !tbs || !algorithm) return raw
  const rewritten = derEncode(derTag.bitString, Buffer.concat([Uint8Array.of(0), low]))
  return derEncode(derTag.sequence, Buffer.concat([tbs.whole, algorithm.whole, rewritten]))
}

function extensionsOf(content: Uint8Array | undefined): ReadonlyMap<string, Uint8Array> {
  if (!content) return new Map()
  const entries = derElements(derElement(content, derTag.sequence).content).map((entry) => {
    const fields = derElements(entry.content)
    const value = expectTag(fields.at(-1), derTag.octetString).content
    return [oidText(expectTag(fields[0], derTag.oid).content), value] as const
  })
  return new Map(entries)
}

function unitsOf(subject: Uint8Array): string[] {
  return derElements(subject)
    .flatMap((set) => derElements(set.content))
    .flatMap((pair) => {
      const [type, value] = derElements(pair.content)
      if (!value || oidText(expectTag(type, derTag.oid).content) !== oids.unit) return []
      return [Buffer.from(value.content).toString('utf8')]
    })
}

function constraintsOf(value: Uint8Array | undefined): Pick<Certificate, 'isAuthority' | 'pathLength'> {
  if (!value) return { isAuthority: false }
  const [authority, length] = derElements(derElement(value, derTag.sequence).content)
  const isAuthority = authority?.tag === 1 && authority.content[0] !== 0
  return length?.tag === derTag.integer
    ? { isAuthority, pathLength: Number(derUnsigned(length.content)) }
    : { isAuthority }
}
