/**
 * Fabric accepts ECDSA signatures only with S in the lower half of the curve's order, and rewrites certificates whose
 * signature is in the upper half: whoever keeps such a certificate holds other bytes than Fabric compares
 * (msp/cert.go, bccsp/utils/ecdsa.go). So all that we sign or take in is lowered first.
 */
import {
  bitString,
  bitStringOctets,
  expectTag,
  readChildren,
  readElement,
  sequence,
  tags,
  unsignedInteger,
} from './der.ts'

const orderOfP256 = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const halfOrder = orderOfP256 >> 1n

function magnitude(content: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(content).toString('hex') || '0'}`)
}

/**
 * The same signature with S lowered; the same bytes when it was low already.
 * @param signature DER, SEQUENCE { r, s }, of a P-256 key
 */
export function lowerS(signature: Uint8Array): Uint8Array {
  const [r, s] = readChildren(readElement(signature, tags.sequence).content)
  const high = magnitude(expectTag(s, tags.integer).content)
  if (high <= halfOrder) return signature
  const lowered = Buffer.from((orderOfP256 - high).toString(16).padStart(64, '0'), 'hex')
  return sequence(expectTag(r, tags.integer).raw, unsignedInteger(lowered))
}

/** Whether Fabric takes this DER signature of a P-256 key as it is. */
export function isLowS(signature: Uint8Array): boolean {
  return lowerS(signature) === signature
}

const ecdsaWithSha256 = '06082a8648ce3d040302'

/**
 * A certificate, signing request or revocation list (all are SEQUENCE { what is signed, algorithm, signature }) with its
 * signature lowered. Signed by anything but ECDSA with SHA-256 it comes back as it was.
 */
export function lowerSignedObject(der: Uint8Array): Uint8Array {
  const [signed, algorithm, signature] = readChildren(readElement(der, tags.sequence).content)
  const { raw, content } = expectTag(algorithm, tags.sequence)
  if (Buffer.from(content).toString('hex') !== ecdsaWithSha256) return der
  const octets = bitStringOctets(signature)
  const lowered = lowerS(octets)
  return lowered === octets ? der : sequence(expectTag(signed, tags.sequence).raw, raw, bitString(lowered))
}
