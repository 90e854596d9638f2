export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject
export interface JsonObject {
  readonly [name: string]: JsonValue
}

/** An object to be filled whose keys may be anything, `__proto__` included. */
export function newJsonObject(): Record<string, JsonValue> {
  const empty: Record<string, JsonValue> = Object.create(null)
  return empty
}

/** Whether a value is an object, neither list nor null. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Order of names as Go sorts them: by their UTF-8 bytes. */
export function compareNames(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/**
 * The text that configtxlator writes for a value: names sorted, a tab a level, and Go's habit of escaping `<`, `>`, `&`
 * and the line separators. Ends with a line feed.
 */
export function formatJson(value: JsonValue): string {
  return `${format(value, '\n')}\n`
}

function format(value: JsonValue, indent: string): string {
  if (typeof value === 'string') return quote(value)
  if (typeof value !== 'object' || value === null) return String(value)
  const inner = `${indent}\t`
  if (isJsonList(value))
    return enclose(
      '[',
      value.map((each) => format(each, inner)),
      ']',
      indent,
    )
  const members = Object.keys(value)
    .sort(compareNames)
    .map((name) => `${quote(name)}: ${format(value[name] ?? null, inner)}`)
  return enclose('{', members, '}', indent)
}

function enclose(open: string, parts: readonly string[], close: string, indent: string): string {
  return parts.length === 0 ? `${open}${close}` : `${open}${indent}\t${parts.join(`,${indent}\t`)}${indent}${close}`
}

function quote(text: string): string {
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, escapeCharacter)
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Whether a value is a list. */
export function isJsonList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}
