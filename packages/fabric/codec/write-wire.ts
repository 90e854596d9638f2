import { concatBytes } from './bytes.ts'
import { wireType } from './wire.ts'

/** An unsigned varint; numbers beyond 2^53 as bigint. */
export function varintBytes(value: number | bigint): Uint8Array {
  // Nearly all are one byte.
  if (value < 0x80) return Uint8Array.of(Number(value))
  const bytes: number[] = []
  let rest = BigInt(value)
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return Uint8Array.of(...bytes, Number(rest))
}

/** The tag of a field. */
export function tagBytes(number: number, type: number): Uint8Array {
  return varintBytes(number * 8 + type)
}

/** A field of bytes, text or a message: tag, length, content. */
export function delimitedField(number: number, content: Uint8Array): Uint8Array {
  return concatBytes(tagBytes(number, wireType.delimited), varintBytes(content.length), content)
}
