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
import { signatureAlgorithmOf } from './signature-algorithm.ts'

/** Orders of P-256, P-384 and P-521, the curves that authorities of a Fabric network may be on. */
const orders = [
  0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
]

function magnitude(content: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(content).toString('hex') || '0'}`)
}

/**
 * The same signature with S lowered; the same bytes when it was low already. A signature does not say its curve, but its
 * numbers are as large as the curve's order: that of a larger curve would pass for one of a smaller by one in 2^250.
 * @param signature DER, SEQUENCE { r, s }
 */
export function lowerS(signature: Uint8Array): Uint8Array {
  const [first, second] = readChildren(readElement(signature, tags.sequence).content)
  const [r, s] = [magnitude(expectTag(first, tags.integer).content), magnitude(expectTag(second, tags.integer).content)]
  const order = orders.find((each) => r < each && s < each)
  if (order === undefined || s <= order >> 1n) return signature
  const hex = (order - s).toString(16)
  const lowered = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  return sequence(expectTag(first, tags.integer).raw, unsignedInteger(lowered))
}

/** Whether Fabric takes this DER signature as it is. */
export function isLowS(signature: Uint8Array): boolean {
  return lowerS(signature) === signature
}

/**
 * A certificate, signing request or revocation list (all are SEQUENCE { what is signed, algorithm, signature }) with its
 * signature lowered. Signed by anything but ECDSA it comes back as it was.
 */
export function lowerSignedObject(der: Uint8Array): Uint8Array {
  const [signed, algorithm, signature] = readChildren(readElement(der, tags.sequence).content)
  const { raw } = expectTag(algorithm, tags.sequence)
  if (!signatureAlgorithmOf(algorithm)?.isEcdsa) return der
  const octets = bitStringOctets(signature)
  const lowered = lowerS(octets)
  return lowered === octets ? der : sequence(expectTag(signed, tags.sequence).raw, raw, bitString(lowered))
}
