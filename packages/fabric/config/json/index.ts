export { decodeJson } from './decode-json.ts'
export { encodeJson } from './encode-json.ts'
export type { JsonObject, JsonValue } from './json-value.ts'
export { formatJson } from './json-value.ts'
