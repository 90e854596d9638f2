import { concatBytes, delimitedField, tagBytes, utf8, varintBytes, wireType } from '../../codec/index.ts'
import { FabricError } from '../../errors.ts'
import { isMessage, maxDepth, schemaOf, timestampType } from './decode-json.ts'
import { fabricEnums } from './fabric-messages.ts'
import { compareNames, isJsonList, isJsonObject, type JsonObject, type JsonValue } from './json-value.ts'
import type { FieldSchema } from './message-schema.ts'
import { type ConfigPath, isOpaque, opaqueType, pathBelow } from './opaque-types.ts'
import { parseTimestamp } from './timestamp-text.ts'

/**
 * The message of a JSON that `decodeJson` or configtxlator wrote, in canonical encoding: fields by number, map entries by
 * key. A text where an opaque field's content is expected is its bytes in base64.
 * @throws FabricError INVALID naming the place, if a name is unknown or a value is of the wrong kind.
 */
export function encodeJson(type: string, json: JsonValue): Uint8Array {
  return encodeMessage(type, json, { path: undefined, place: type, depth: 0 })
}

/** Where a value is: in the config, in words, and how deep. */
interface Spot {
  readonly path: ConfigPath
  readonly place: string
  readonly depth: number
}

function encodeMessage(type: string, json: JsonValue, spot: Spot): Uint8Array {
  const schema = schemaOf(type)
  const { place, depth } = spot
  if (depth > maxDepth) throw new FabricError('INVALID', `The JSON nests deeper than ${maxDepth} messages`)
  const object = objectAt(json, place)
  const unknown = Object.keys(object).find((name) => !schema.some((field) => field.name === name))
  if (unknown !== undefined) throw invalid(place, `has no field '${unknown}'`)
  return concatBytes(...schema.flatMap((field) => encodeField({ type, object, spot }, field)))
}

/** The message that a field is in. */
interface Holder {
  readonly type: string
  readonly object: JsonObject
  readonly spot: Spot
}

function encodeField({ type, object, spot }: Holder, field: FieldSchema): Uint8Array[] {
  const value = object[field.name]
  if (value === undefined || value === null) return []
  const place = `${spot.place}.${field.name}`
  const depth = spot.depth + 1
  const encodeOne = (one: JsonValue, at: string, key?: string): Uint8Array =>
    isOpaque(type, field.name)
      ? encodeOpaque(opaqueType(type, field.name, object, spot.path), one, { path: spot.path, place: at, depth })
      : encodeValue(field.type, one, { path: pathBelow(type, field.name, spot.path, key), place: at, depth })
  if (field.label === 'list') {
    return listAt(value, place).map((one, index) => tagged(field, encodeOne(one, `${place}[${index}]`)))
  }
  if (field.label === 'map') {
    const entries = Object.entries(objectAt(value, place)).sort(([a], [b]) => compareNames(a, b))
    return entries.map(([key, one]) =>
      delimitedField(field.number, mapEntry(field, key, encodeOne(one, `${place}.${key}`, key))),
    )
  }
  const bytes = encodeOne(value, place)
  return field.label === 'single' && isDefault(field, bytes) ? [] : [tagged(field, bytes)]
}

function mapEntry(field: FieldSchema, key: string, value: Uint8Array): Uint8Array {
  return concatBytes(delimitedField(1, utf8(key)), tagged({ ...field, number: 2 }, value))
}

/** Proto3 leaves out single fields at their default; a message that is there but empty is no default. */
function isDefault(field: FieldSchema, bytes: Uint8Array): boolean {
  if (isMessage(field.type)) return false
  return isDelimited(field.type) ? bytes.length === 0 : bytes.length === 1 && bytes[0] === 0
}

function encodeOpaque(type: string | undefined, json: JsonValue, spot: Spot): Uint8Array {
  const { place, path } = spot
  if (json === null) return new Uint8Array()
  if (typeof json === 'string') return base64Bytes(json, place)
  if (type === undefined) throw invalid(place, 'is of a type that this version does not know: give its bytes in base64')
  return encodeMessage(type, json, { ...spot, path: type === 'common.ConfigValue' ? path : undefined })
}

function encodeValue(type: string, json: JsonValue, spot: Spot): Uint8Array {
  const { place } = spot
  if (type === timestampType) return encodeTimestamp(json, place)
  if (isMessage(type)) return encodeMessage(type, json, spot)
  switch (type) {
    case 'string':
      return utf8(stringAt(json, place))
    case 'bytes':
      return base64Bytes(stringAt(json, place), place)
    case 'bool':
      if (typeof json !== 'boolean') throw invalid(place, 'is not true or false')
      return varintBytes(json ? 1n : 0n)
    default:
      return varintBytes(BigInt.asUintN(64, integerAt(type, json, place)))
  }
}

const integerRanges: Readonly<Record<string, readonly [bigint, bigint]>> = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
}

function integerAt(type: string, json: JsonValue, place: string): bigint {
  const names = fabricEnums[type]
  if (names && typeof json === 'string') {
    if (!names.includes(json)) throw invalid(place, `is not one of ${names.join(', ')}`)
    return BigInt(names.indexOf(json))
  }
  const [low, high] = integerRanges[names ? 'int32' : type] ?? [0n, -1n]
  const value = wholeNumber(json)
  if (value === undefined || value < low || value > high) {
    throw invalid(place, `is not a whole number from ${low} to ${high}`)
  }
  return value
}

function wholeNumber(json: JsonValue): bigint | undefined {
  if (typeof json === 'number') return Number.isSafeInteger(json) ? BigInt(json) : undefined
  return typeof json === 'string' && /^-?\d+$/.test(json) ? BigInt(json) : undefined
}

function encodeTimestamp(json: JsonValue, place: string): Uint8Array {
  const { seconds, nanos } = parseTimestamp(stringAt(json, place))
  return concatBytes(
    ...(seconds === 0n ? [] : [varintBytes(8n), varintBytes(BigInt.asUintN(64, seconds))]),
    ...(nanos === 0 ? [] : [varintBytes(16n), varintBytes(BigInt(nanos))]),
  )
}

function tagged(field: FieldSchema, bytes: Uint8Array): Uint8Array {
  if (isDelimited(field.type)) return delimitedField(field.number, bytes)
  return concatBytes(tagBytes(field.number, wireType.varint), bytes)
}

function isDelimited(type: string): boolean {
  return type === 'string' || type === 'bytes' || isMessage(type)
}

function base64Bytes(text: string, place: string): Uint8Array {
  const standard = text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '')
  if (!/^[A-Za-z0-9+/]*$/.test(standard) || standard.length % 4 === 1) throw invalid(place, 'is not base64')
  return new Uint8Array(Buffer.from(standard, 'base64'))
}

function stringAt(json: JsonValue, place: string): string {
  if (typeof json !== 'string') throw invalid(place, 'is not a text')
  return json
}

function objectAt(json: JsonValue, place: string): JsonObject {
  if (!isJsonObject(json)) throw invalid(place, 'is not an object')
  return json
}

function listAt(json: JsonValue, place: string): readonly JsonValue[] {
  if (!isJsonList(json)) throw invalid(place, 'is not a list')
  return json
}

function invalid(place: string, what: string): FabricError {
  return new FabricError('INVALID', `In the JSON, ${place} ${what}`)
}
