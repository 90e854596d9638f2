import type { Connection } from './connection.ts'
import type { JsonText } from './tables.ts'
import type { Writer } from './writer.ts'

/** What every repository works with. */
export interface Access {
  /** Sees what is committed, while writes go on. */
  readonly reader: Connection
  readonly writer: Writer
}

/** `null` of a column as an absent field. */
export function absent<T>(value: T | null): T | undefined {
  return value ?? undefined
}

/** What a JSON column holds. */
export function json<T>(text: JsonText<T>): T {
  const value: T = JSON.parse(text)
  return value
}

export function jsonOrAbsent<T>(text: JsonText<T> | null): T | undefined {
  return text === null ? undefined : json(text)
}

export function toJson<T>(value: T): JsonText<T> {
  return JSON.stringify(value)
}

export function toJsonOrNull<T>(value: T | undefined): JsonText<T> | null {
  return value === undefined ? null : toJson(value)
}

/** A plain view of the bytes, since a Buffer is not deeply equal to a Uint8Array. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
