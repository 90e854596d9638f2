/** Just enough DER to read certificates and revocation lists: what Node's own X509Certificate does not tell. */

export interface DerElement {
  /** The identifier octet: 0x30 a sequence, 0xa3 context tag 3 … */
  readonly tag: number
  /** The content, without tag and length. */
  readonly content: Uint8Array
  /** Tag, length and content. */
  readonly whole: Uint8Array
}

export const derTag = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

/** The elements that lie one after the other in `bytes`. @throws RangeError where they are not DER. */
export function derElements(bytes: Uint8Array): DerElement[] {
  const found: DerElement[] = []
  let at = 0
  while (at < bytes.length) {
    const element = elementAt(bytes, at)
    found.push(element)
    at += element.whole.length
  }
  return found
}

/** The single element that `bytes` is. @throws RangeError on anything else. */
export function derElement(bytes: Uint8Array, tag: number): DerElement {
  const element = elementAt(bytes, 0)
  if (element.whole.length !== bytes.length) throw new RangeError('bytes after the DER element')
  return expectTag(element, tag)
}

/** The element itself if it has that tag. @throws RangeError otherwise, and where there is none. */
export function expectTag(element: DerElement | undefined, tag: number): DerElement {
  if (element?.tag !== tag) throw new RangeError(`expected DER tag ${tag}, found ${element?.tag ?? 'nothing'}`)
  return element
}

/** An element made of a tag and its content. */
export function derEncode(tag: number, content: Uint8Array): Uint8Array {
  const length = content.length < 0x80 ? [content.length] : longLength(content.length)
  return Buffer.concat([Uint8Array.from([tag, ...length]), content])
}

/** Dotted text of an object identifier's content: `2.5.29.14`. */
export function oidText(content: Uint8Array): string {
  const numbers: number[] = []
  let value = 0
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f)
    if (byte < 0x80) {
      numbers.push(value)
      value = 0
    }
  }
  const [first = 0, ...rest] = numbers
  const top = Math.min(2, Math.floor(first / 40))
  return [top, first - top * 40, ...rest].join('.')
}

/** The unsigned value of an INTEGER's content. */
export function derUnsigned(content: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(content).toString('hex') || '0'}`)
}

/** The content of an INTEGER that is not negative. */
export function derInteger(value: bigint): Uint8Array {
  const hex = value.toString(16)
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return derEncode(derTag.integer, (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Uint8Array.of(0), bytes]) : bytes)
}

function elementAt(bytes: Uint8Array, start: number): DerElement {
  const tag = bytes[start]
  const first = bytes[start + 1]
  if (tag === undefined || first === undefined) throw new RangeError('a DER element is cut off')
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f
  if (first === 0x80 || lengthBytes > 4) throw new RangeError('a DER length that no certificate has')
  let length = first < 0x80 ? first : 0
  for (let index = 0; index < lengthBytes; index++) length = length * 256 + (bytes[start + 2 + index] ?? 0)
  const contentStart = start + 2 + lengthBytes
  if (contentStart + length > bytes.length) throw new RangeError('a DER element runs past the end')
  return {
    tag,
    content: bytes.subarray(contentStart, contentStart + length),
    whole: bytes.subarray(start, contentStart + length),
  }
}

function longLength(length: number): number[] {
  const hex = length.toString(16)
  const bytes = [...Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')]
  return [0x80 | bytes.length, ...bytes]
}
