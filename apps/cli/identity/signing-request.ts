import { createPublicKey, type KeyObject, sign } from 'node:crypto'
import { der } from './der.ts'

const commonName = '2.5.4.3'
const ecdsaWithSha256 = '1.2.840.10045.4.3.2'

/**
 * A PKCS#10 request (RFC 2986) for a P-256 key, PEM. Its only field is the common name: the rest of a certificate is the
 * organization's to decide.
 */
export function signingRequest(name: string, privateKey: KeyObject): string {
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  const subject = der.sequence(der.set(der.sequence(der.oid(commonName), der.utf8(name))))
  const info = der.sequence(der.integer(0), subject, publicKey, der.context0())
  const signature = sign('sha256', info, privateKey)
  const request = der.sequence(info, der.sequence(der.oid(ecdsaWithSha256)), der.bitString(signature))
  const lines = request.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines.join('\n')}\n-----END CERTIFICATE REQUEST-----\n`
}
