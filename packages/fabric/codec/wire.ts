import { FabricError } from '../errors.ts'

/** Protobuf wire types that may begin a field. */
export const wireType = {
  varint: 0,
  fixed64: 1,
  delimited: 2,
  /** No message of proto3 has one: always an unknown field. */
  group: 3,
  fixed32: 5,
} as const

const endOfGroup = 4

/** Where one field lies in a message's bytes. */
export interface FieldPlace {
  readonly number: number
  /** A value of `wireType`. */
  readonly type: number
  /** Of the field's tag. */
  readonly start: number
  /** Of the value: the varint itself, 4 or 8 fixed bytes, the content of a delimited field, the fields of a group. */
  readonly valueStart: number
  readonly valueEnd: number
  /** After the field. */
  readonly end: number
}

/** One field as it lies on the wire. */
export interface WireField {
  readonly number: number
  /** A value of `wireType`. */
  readonly type: number
  /** The value's bytes: the varint itself, 4 or 8 fixed bytes, the content of a delimited field without its length, the fields of a group. */
  readonly bytes: Uint8Array
}

/** Go's protowire: 29 bits. */
const largestFieldNumber = 2 ** 29 - 1

/** Go's protowire.DefaultRecursionLimit. */
const deepestGroup = 10_000

/** The fields of an encoded message in wire order. @throws FabricError PROTOCOL where the bytes are no protobuf message. */
export function* wireFields(bytes: Uint8Array): Generator<WireField> {
  for (let at = 0; at < bytes.length; ) {
    const { number, type, valueStart, valueEnd, end } = fieldAt(bytes, at)
    yield { number, type, bytes: bytes.subarray(valueStart, valueEnd) }
    at = end
  }
}

/** The field that begins at `start`. @throws FabricError PROTOCOL where Go's decoder finds none, or one that is cut off */
export function fieldAt(bytes: Uint8Array, start: number): FieldPlace {
  const first = bytes[start] ?? 0
  // Nearly all tags are one byte.
  const {
    number,
    type,
    end: valueStart,
  } = first > 7 && first < 0x80 ? { number: first >> 3, type: first & 7, end: start + 1 } : tagAt(bytes, start)
  if (type === wireType.group) return groupAt(bytes, { number, type, start, valueStart })
  if (type !== wireType.delimited) {
    const end = plainEnd(bytes, valueStart, type)
    return { number, type, start, valueStart, valueEnd: end, end }
  }
  const contentStart = varintEnd(bytes, valueStart)
  const end = contentStart + varintNumber(bytes, valueStart, contentStart)
  if (end > bytes.length) throw malformed('a field runs past the end')
  return { number, type, start, valueStart: contentStart, valueEnd: end, end }
}

/** The unsigned value of a varint's bytes, at most 64 bits. */
export function varintValue(bytes: Uint8Array): bigint {
  const end = varintEnd(bytes, 0)
  let value = 0n
  for (let index = 0; index < end; index++) value |= BigInt((bytes[index] ?? 0) & 0x7f) << BigInt(7 * index)
  return value
}

/** Index after the varint that begins at `start`. @throws FabricError PROTOCOL where it is cut off, or has more than 64 bits */
export function varintEnd(bytes: Uint8Array, start: number): number {
  const first = bytes[start]
  if (first !== undefined && first < 0x80) return start + 1
  for (let index = 0; index < 10; index++) {
    const byte = bytes[start + index]
    if (byte === undefined) throw malformed('a number is cut off')
    if (index === 9 && byte > 1) break
    if (byte < 0x80) return start + index + 1
  }
  throw malformed('a number has more than 64 bits')
}

/** The varint's unsigned value, exact below 2^53: for lengths and tags, of which all that are valid are smaller. */
function varintNumber(bytes: Uint8Array, start: number, end: number): number {
  let value = 0
  for (let index = end - 1; index >= start; index--) value = value * 128 + ((bytes[index] ?? 0) & 0x7f)
  return value
}

function tagAt(bytes: Uint8Array, start: number): { number: number; type: number; end: number } {
  const end = varintEnd(bytes, start)
  const tag = varintNumber(bytes, start, end)
  const number = Math.floor(tag / 8)
  if (number < 1 || number > largestFieldNumber) throw malformed(`field number ${number}`)
  return { number, type: (bytes[start] ?? 0) & 7, end }
}

/** After a value whose wire type alone says how long it is. */
function plainEnd(bytes: Uint8Array, start: number, type: number): number {
  if (type === wireType.varint) return varintEnd(bytes, start)
  if (type !== wireType.fixed64 && type !== wireType.fixed32) throw malformed(`wire type ${type}`)
  const end = start + (type === wireType.fixed64 ? 8 : 4)
  if (end > bytes.length) throw malformed('a field runs past the end')
  return end
}

/** A group ends at the end tag of its own number, all groups in it having ended. */
function groupAt(bytes: Uint8Array, group: Pick<FieldPlace, 'number' | 'type' | 'start' | 'valueStart'>): FieldPlace {
  const open = [group.number]
  for (let at = group.valueStart; ; ) {
    const tag = tagAt(bytes, at)
    if (tag.type === wireType.group) {
      if (open.push(tag.number) > deepestGroup) throw malformed('groups nest too deep')
      at = tag.end
    } else if (tag.type === endOfGroup) {
      if (open.pop() !== tag.number) throw malformed('the end of a group that has not begun')
      if (open.length === 0) return { ...group, valueEnd: at, end: tag.end }
      at = tag.end
    } else at = fieldAt(bytes, at).end
  }
}

function malformed(reason: string): FabricError {
  return new FabricError('PROTOCOL', `Not a protobuf message: ${reason}`)
}
