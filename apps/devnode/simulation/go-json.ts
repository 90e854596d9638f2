import { compareUtf8 } from '../state/key-order.ts'

const blanks: ReadonlySet<number> = new Set(Buffer.from('\t\n\r '))
const brace = 0x7b

export type JsonObject = { readonly [field: string]: unknown }

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The object that the bytes are as JSON; undefined where Go would not read them into a map. */
export function jsonObjectOf(bytes: Uint8Array): JsonObject | undefined {
  // Most values that are no objects are told by their first byte, without an exception.
  if (bytes.find((byte) => !blanks.has(byte)) !== brace) return undefined
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'))
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** As Go's `json.Marshal` writes it: keys in order, and the characters of HTML escaped. */
export function goJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`
  if (!isJsonObject(value)) return escaped(value)
  const fields = Object.entries(value).sort(([left], [right]) => compareUtf8(left, right))
  return `{${fields.map(([name, each]) => `${escaped(name)}:${goJson(each)}`).join(',')}}`
}

function escaped(value: unknown): string {
  const text = JSON.stringify(typeof value === 'string' ? value.toWellFormed() : value)
  return text.replace(/[<>&\u2028\u2029]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
