import { FabricError } from '../errors.ts'

export type PemLabel = 'CERTIFICATE' | 'CERTIFICATE REQUEST' | 'X509 CRL' | 'PRIVATE KEY'

/** PEM as RFC 7468 writes it: 64 characters a line, a newline at the end. */
export function pemOf(label: PemLabel, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

const block = /-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/g

/** Every block of this label, in order, as DER. Text between blocks is skipped, as OpenSSL and Go do. */
export function pemBlocks(label: PemLabel, text: string): Uint8Array[] {
  return [...text.matchAll(block)]
    .filter(([, found]) => found === label)
    .map(([, , body = '']) => Buffer.from(body.replace(/\s/g, ''), 'base64'))
}

/**
 * The first block of this label as a text of its own: of a certificate followed by its chain, Fabric reads that one.
 * @throws INVALID when there is none
 */
export function firstPemOf(label: PemLabel, text: string): string {
  const [first] = pemBlocks(label, text)
  if (!first) throw new FabricError('INVALID', `a PEM block ${label} expected, found none`)
  return pemOf(label, first)
}

// A certificate with many names is 2 kB, a revocation list 35 bytes an entry: nothing honest comes near this.
const longestPem = 8 * 1024 * 1024

/** The one block that the text holds, as DER. @throws INVALID when there is none of this label, or more than one block. */
export function derOf(label: PemLabel, text: string): Uint8Array {
  if (text.length > longestPem) throw new FabricError('INVALID', `a PEM text of ${text.length} characters is too long`)
  const labels = [...text.matchAll(block)].map(([, found]) => found)
  const [first] = pemBlocks(label, text)
  if (labels.length !== 1 || !first || first.length === 0) {
    const found = labels.length === 0 ? 'no PEM block' : labels.join(', ')
    throw new FabricError('INVALID', `one PEM block ${label} expected, found ${found}`)
  }
  return first
}
