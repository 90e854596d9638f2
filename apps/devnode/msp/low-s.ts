/** ECDSA signatures with a low S: Fabric accepts no others, since (r, n − s) would be a second signature of the same. */
import {
  type DerElement,
  derElement,
  derElements,
  derEncode,
  derInteger,
  derTag,
  derUnsigned,
  expectTag,
} from './der.ts'

/** Orders of the curves that Fabric knows (SEC 2; Node's names). */
const orders: Readonly<Record<string, bigint>> = {
  prime256v1: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  secp384r1: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  secp521r1: BigInt(
    '0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409',
  ),
}

/** Half of each, as the content of an INTEGER. */
const halves = new Map(
  Object.entries(orders).map(([curve, order]) => [curve, unsigned(derElement(derInteger(order / 2n), derTag.integer))]),
)

/** Whether a DER signature has S at most half the order of the curve. @throws RangeError if it is no signature. */
export function hasLowS(signature: Uint8Array, curve: string): boolean {
  const half = halves.get(curve)
  if (!half) return false
  const s = unsigned(numbersOf(signature).s)
  return s.length === half.length ? Buffer.compare(s, half) <= 0 : s.length < half.length
}

/** The same signature with a low S. @throws RangeError if it is none, or of a curve that Fabric does not know. */
export function lowSForm(signature: Uint8Array, curve: string): Uint8Array {
  const order = orders[curve]
  if (order === undefined) throw new RangeError(`curve ${curve} is not known`)
  if (hasLowS(signature, curve)) return signature
  const { r, s } = numbersOf(signature)
  const low = derInteger(order - derUnsigned(s.content))
  return derEncode(derTag.sequence, Buffer.concat([derInteger(derUnsigned(r.content)), low]))
}

function numbersOf(signature: Uint8Array): { readonly r: DerElement; readonly s: DerElement } {
  const [r, s, ...more] = derElements(derElement(signature, derTag.sequence).content)
  if (more.length > 0) throw new RangeError('more than two numbers in a signature')
  return { r: expectTag(r, derTag.integer), s: expectTag(s, derTag.integer) }
}

/** An INTEGER's content without zeros in front, taken as unsigned. */
function unsigned({ content }: DerElement): Uint8Array {
  const first = content.findIndex((byte) => byte !== 0)
  return first < 0 ? content.subarray(content.length) : content.subarray(first)
}
