/**
 * The part of DER (ITU-T X.690) that certificates, signing requests and revocation lists are made of. Reading is strict:
 * lengths are definite, minimal and inside their parent, since the bytes come from strangers.
 */
import { FabricError } from '../errors.ts'

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const

/** One decoded element: its tag byte, its content, and the whole of it as it stood in the input (views, not copies). */
export interface Element {
  readonly tag: number
  readonly content: Uint8Array
  readonly raw: Uint8Array
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length]
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return [0x80 | bytes.length, ...bytes]
}

/** An element of this tag whose content is the parts, one after the other. */
export function element(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const size = parts.reduce((sum, part) => sum + part.length, 0)
  return Buffer.concat([Uint8Array.from([tag, ...lengthBytes(size)]), ...parts])
}

export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => element(tags.sequence, ...parts)
export const octetString = (content: Uint8Array): Uint8Array => element(tags.octetString, content)
export const trueValue: Uint8Array = element(tags.boolean, Uint8Array.of(0xff))

/** SET OF: DER wants the elements in ascending byte order. */
export function setOf(...parts: readonly Uint8Array[]): Uint8Array {
  return element(tags.set, ...parts.toSorted((a, b) => Buffer.compare(a, b)))
}

/** [n] around its parts (constructed, explicit tagging). */
export const tagged = (number: number, ...parts: readonly Uint8Array[]): Uint8Array => element(0xa0 | number, ...parts)
/** [n] in place of the type's own tag (primitive, implicit tagging). */
export const replaced = (number: number, content: Uint8Array): Uint8Array => element(0x80 | number, content)

export function bitString(content: Uint8Array, unusedBits = 0): Uint8Array {
  return element(tags.bitString, Uint8Array.of(unusedBits), content)
}

/** A non-negative integer from its big-endian magnitude: superfluous zeros go, one comes back where the top bit is set. */
export function unsignedInteger(magnitude: Uint8Array): Uint8Array {
  const first = magnitude.findIndex((byte) => byte !== 0)
  if (first === -1) return element(tags.integer, Uint8Array.of(0))
  const trimmed = magnitude.subarray(first)
  const negativeLooking = ((trimmed[0] ?? 0) & 0x80) !== 0
  return element(tags.integer, ...(negativeLooking ? [Uint8Array.of(0), trimmed] : [trimmed]))
}

export function objectIdentifier(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes: number[] = []
  for (const arc of [first * 40 + second, ...rest]) {
    const group = [arc % 128]
    for (let high = Math.floor(arc / 128); high > 0; high = Math.floor(high / 128)) group.unshift((high % 128) | 0x80)
    bytes.push(...group)
  }
  return element(tags.oid, Uint8Array.from(bytes))
}

/** A UTCTime begins with 1950, and a GeneralizedTime ends with 9999. */
const [firstTime, endTime] = [Date.UTC(1950, 0), Date.UTC(10_000, 0)]

/**
 * UTCTime up to 2049, GeneralizedTime from 2050, whole seconds (RFC 5280, 4.1.2.5). `time`: milliseconds since 1970.
 * @throws INVALID before 1950 and after 9999
 */
export function timeValue(time: number): Uint8Array {
  if (!(time >= firstTime && time < endTime))
    throw new FabricError('INVALID', `${time} is no time between 1950 and 9999`)
  const digits = new Date(time)
    .toISOString()
    .replace(/\.\d{3}Z$/, 'Z')
    .replace(/[-:T]/g, '')
  const short = Number(digits.slice(0, 4)) < 2050
  return element(short ? tags.utcTime : tags.generalizedTime, Buffer.from(short ? digits.slice(2) : digits, 'latin1'))
}

// X.680's PrintableString; Go's encoder takes the same set, so our subjects equal cryptogen's byte for byte.
const printable = /^[A-Za-z0-9 '()+,\-./:=?]*$/

export function textValue(text: string): Uint8Array {
  return element(printable.test(text) ? tags.printableString : tags.utf8String, Buffer.from(text, 'utf8'))
}

const malformed = (what: string): FabricError => new FabricError('INVALID', `malformed DER: ${what}`)

function readLength(bytes: Uint8Array): { readonly length: number; readonly headerSize: number } {
  const first = bytes[1]
  if (first === undefined) throw malformed('the input ends before a length')
  if (first < 0x80) return { length: first, headerSize: 2 }
  const count = first & 0x7f
  if (count === 0 || count > 4 || bytes.length < 2 + count) throw malformed('a length is indefinite, huge or cut off')
  const length = bytes.subarray(2, 2 + count).reduce((sum, byte) => sum * 256 + byte, 0)
  if (length < 0x80 || bytes[2] === 0) throw malformed('a length is not in its shortest form')
  return { length, headerSize: 2 + count }
}

function readNext(bytes: Uint8Array): Element {
  const tag = bytes[0]
  if (tag === undefined) throw malformed('an element is missing')
  if ((tag & 0x1f) === 0x1f) throw malformed('multi-byte tags are not used in certificates')
  const { length, headerSize } = readLength(bytes)
  const end = headerSize + length
  if (end > bytes.length) throw malformed('an element is longer than what holds it')
  return { tag, content: bytes.subarray(headerSize, end), raw: bytes.subarray(0, end) }
}

/** The one element that the bytes are. @throws INVALID when they are not DER, or go on after it. */
export function readElement(bytes: Uint8Array, tag?: number): Element {
  const found = readNext(bytes)
  if (found.raw.length !== bytes.length) throw malformed('bytes follow the end')
  return tag === undefined ? found : expectTag(found, tag)
}

/** The elements inside a constructed one, in order. */
export function readChildren(content: Uint8Array): Element[] {
  const found: Element[] = []
  for (let rest = content; rest.length > 0; ) {
    const next = readNext(rest)
    found.push(next)
    rest = rest.subarray(next.raw.length)
  }
  return found
}

export function expectTag(found: Element | undefined, tag: number): Element {
  if (!found) throw malformed('an element is missing')
  if (found.tag !== tag) throw malformed(`tag 0x${tag.toString(16)} expected, 0x${found.tag.toString(16)} found`)
  return found
}

/** The octets of a BIT STRING that ends on a byte boundary, as signatures and keys do. */
export function bitStringOctets(found: Element | undefined): Uint8Array {
  const { content } = expectTag(found, tags.bitString)
  if (content[0] !== 0) throw malformed('a bit string does not end on a byte boundary')
  return content.subarray(1)
}

export function readObjectIdentifier(found: Element | undefined): string {
  const { content } = expectTag(found, tags.oid)
  const arcs: number[] = []
  let arc = 0
  for (const byte of content) {
    arc = arc * 128 + (byte & 0x7f)
    if ((byte & 0x80) !== 0) continue
    arcs.push(arc)
    arc = 0
  }
  const [head, ...rest] = arcs
  if (head === undefined) throw malformed('an object identifier is empty')
  const first = Math.min(Math.floor(head / 40), 2)
  return [first, head - first * 40, ...rest].join('.')
}

/** Milliseconds since 1970 of a UTCTime (its two digits of the year mean 1950–2049) or GeneralizedTime, both in UTC. */
export function readTime(found: Element | undefined): number {
  if (!found || (found.tag !== tags.utcTime && found.tag !== tags.generalizedTime)) throw malformed('a time is missing')
  const text = Buffer.from(found.content).toString('latin1')
  const century = Number(text.slice(0, 2)) < 50 ? '20' : '19'
  const digits = found.tag === tags.utcTime ? century + text : text
  const iso = digits.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z')
  const time = iso === digits ? Number.NaN : Date.parse(iso)
  if (Number.isNaN(time)) throw malformed('a time is not in UTC with seconds')
  return time
}

const oneByteTexts: readonly number[] = [tags.printableString, tags.numericString, tags.ia5String, tags.teletexString]

/** Text of any of the string types that Go reads in the names of certificates. */
export function readText(found: Element | undefined): string {
  if (!found) throw malformed('a text is missing')
  const content = Buffer.from(found.content)
  if (found.tag === tags.utf8String) return content.toString('utf8')
  if (oneByteTexts.includes(found.tag)) return content.toString('latin1')
  if (found.tag === tags.bmpString && content.length % 2 === 0) return content.swap16().toString('utf16le')
  throw malformed(`0x${found.tag.toString(16)} is no text type that we read`)
}
