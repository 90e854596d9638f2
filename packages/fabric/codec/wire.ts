import { FabricError } from '../errors.ts'

/** Protobuf wire types that proto3 uses. */
export const wireType = {
  varint: 0,
  fixed64: 1,
  delimited: 2,
  fixed32: 5,
} as const

/** One field as it lies on the wire. */
export interface WireField {
  readonly number: number
  /** A value of `wireType`. */
  readonly type: number
  /** The value's bytes: the varint itself, 4 or 8 fixed bytes, or the content of a delimited field without its length. */
  readonly bytes: Uint8Array
}

/** The fields of an encoded message in wire order. @throws FabricError PROTOCOL where the bytes are no protobuf message. */
export function* wireFields(bytes: Uint8Array): Generator<WireField> {
  let at = 0
  while (at < bytes.length) {
    const tag = readVarint(bytes, at)
    const number = Number(tag.value >> 3n)
    const type = Number(tag.value & 7n)
    if (number === 0) throw malformed('field number 0')
    const { start, end } = valueRange(bytes, tag.end, type)
    if (end > bytes.length) throw malformed('a field runs past the end')
    yield { number, type, bytes: bytes.subarray(start, end) }
    at = end
  }
}

/** The unsigned value of a varint's bytes, at most 64 bits. */
export function varintValue(bytes: Uint8Array): bigint {
  return readVarint(bytes, 0).value
}

function valueRange(bytes: Uint8Array, at: number, type: number): { start: number; end: number } {
  switch (type) {
    case wireType.varint:
      return { start: at, end: readVarint(bytes, at).end }
    case wireType.fixed64:
      return { start: at, end: at + 8 }
    case wireType.fixed32:
      return { start: at, end: at + 4 }
    case wireType.delimited: {
      const length = readVarint(bytes, at)
      return { start: length.end, end: length.end + Number(length.value) }
    }
    default:
      throw malformed(`wire type ${type}`)
  }
}

function readVarint(bytes: Uint8Array, start: number): { value: bigint; end: number } {
  let value = 0n
  for (let index = 0; index < 10; index++) {
    const byte = bytes[start + index]
    if (byte === undefined) throw malformed('a number is cut off')
    value |= BigInt(byte & 0x7f) << BigInt(7 * index)
    if (byte < 0x80) return { value: BigInt.asUintN(64, value), end: start + index + 1 }
  }
  throw malformed('a number of more than 64 bits')
}

function malformed(what: string): FabricError {
  return new FabricError('PROTOCOL', `The bytes are not a protobuf message: ${what}`)
}
