import { concatBytes, varintValue, type WireField, wireFields, wireType } from '../../codec/index.ts'
import { FabricError } from '../../errors.ts'
import { fabricEnums, fabricMessages } from './fabric-messages.ts'
import { type JsonObject, type JsonValue, newJsonObject } from './json-value.ts'
import type { FieldSchema } from './message-schema.ts'
import { type ConfigPath, isOpaque, opaqueType, pathBelow } from './opaque-types.ts'
import { formatTimestamp } from './timestamp-text.ts'

/**
 * An encoded message as the JSON of `configtxlator proto_decode --type <type>`: messages inside opaque bytes are decoded
 * too, fields that are not set are written out. Where configtxlator gives up, because it does not know what an opaque
 * field holds, and where such a message has fields that this version does not know, the field stays a base64 text, so
 * that `encodeJson` restores it to the byte.
 * @throws FabricError UNKNOWN_FIELDS where an unknown field lies outside of opaque bytes, PROTOCOL on malformed bytes,
 *   INVALID for a type that is not known.
 */
export function decodeJson(type: string, bytes: Uint8Array): JsonObject {
  return decodeMessage(type, bytes, undefined, 0)
}

/** No message of Fabric nests a tenth as deep; deeper bytes are hostile and would exhaust the stack. */
export const maxDepth = 200

function decodeMessage(type: string, bytes: Uint8Array, path: ConfigPath, depth: number): JsonObject {
  if (depth > maxDepth) throw new FabricError('PROTOCOL', `The message nests deeper than ${maxDepth} levels`)
  const schema = schemaOf(type)
  const found = fieldsByNumber(type, schema, bytes)
  const json = newJsonObject()
  // What an opaque field holds is told by its siblings, so these come first.
  for (const field of [...schema].sort((a, b) => Number(isOpaque(type, a.name)) - Number(isOpaque(type, b.name)))) {
    const value = decodeField({ type, siblings: json, path, depth }, field, found.get(field.number) ?? [])
    if (value !== undefined) json[field.name] = value
  }
  return json
}

/** The fields of a message type. @throws FabricError INVALID for a type that is not in the table. */
export function schemaOf(type: string): readonly FieldSchema[] {
  const schema = Object.hasOwn(fabricMessages, type) ? fabricMessages[type] : undefined
  if (!schema) throw new FabricError('INVALID', `There is no message type '${type}' among those of configs`)
  return schema
}

function fieldsByNumber(type: string, schema: readonly FieldSchema[], bytes: Uint8Array): Map<number, WireField[]> {
  const found = new Map<number, WireField[]>()
  for (const field of wireFields(bytes)) {
    const known = schema.find((each) => each.number === field.number)
    if (!known || wireTypeOf(known) !== field.type) {
      throw new FabricError('UNKNOWN_FIELDS', `${type} holds field ${field.number}, which this version does not know`)
    }
    const list = found.get(field.number) ?? []
    list.push(field)
    found.set(field.number, list)
  }
  return found
}

function wireTypeOf({ type, label }: FieldSchema): number {
  if (label === 'map' || type === 'string' || type === 'bytes' || isMessage(type)) return wireType.delimited
  return wireType.varint
}

/** Whether a field type is a message rather than a scalar or an enum. */
export function isMessage(type: string): boolean {
  return type in fabricMessages || type === timestampType
}

/** Has a JSON form of its own. */
export const timestampType = 'google.protobuf.Timestamp'

/** The message that a field is in. */
interface Holder {
  readonly type: string
  /** Its fields that are decoded already. */
  readonly siblings: JsonObject
  readonly path: ConfigPath
  readonly depth: number
}

function decodeField(holder: Holder, field: FieldSchema, found: readonly WireField[]): JsonValue | undefined {
  const { type, siblings, path } = holder
  const depth = holder.depth + 1
  const decodeOne = (bytes: Uint8Array, key?: string): JsonValue =>
    isOpaque(type, field.name)
      ? decodeOpaque(opaqueType(type, field.name, siblings, path), bytes, path, depth)
      : decodeValue(field.type, bytes, pathBelow(type, field.name, path, key), depth)
  if (field.label === 'list') return found.map(({ bytes }) => decodeOne(bytes))
  if (field.label === 'map') return decodeMap(found, field.type, decodeOne)
  const last = found.at(-1)
  if (!last) return field.label === 'oneof' ? undefined : absentValue(type, field)
  if (isOpaque(type, field.name) && last.bytes.length === 0) return null
  // A message that occurs more than once is the sum of its occurrences.
  return decodeOne(isMessage(field.type) ? concatBytes(...found.map(({ bytes }) => bytes)) : last.bytes)
}

function absentValue(type: string, field: FieldSchema): JsonValue {
  if (isMessage(field.type) || isOpaque(type, field.name)) return null
  return decodeValue(field.type, field.type === 'string' || field.type === 'bytes' ? noBytes : zeroVarint, undefined, 0)
}

const noBytes = new Uint8Array()
const zeroVarint = Uint8Array.of(0)

function decodeMap(
  entries: readonly WireField[],
  valueType: string,
  decodeOne: (bytes: Uint8Array, key: string) => JsonValue,
): JsonObject {
  const json = newJsonObject()
  for (const entry of entries) {
    let key = ''
    let value: Uint8Array = isMessage(valueType) || valueType === 'bytes' ? noBytes : zeroVarint
    for (const field of wireFields(entry.bytes)) {
      if (field.number === 1) key = text(field.bytes)
      else if (field.number === 2) value = field.bytes
      else throw new FabricError('UNKNOWN_FIELDS', `A map entry holds field ${field.number}`)
    }
    json[key] = decodeOne(value, key)
  }
  return json
}

function decodeOpaque(type: string | undefined, bytes: Uint8Array, path: ConfigPath, depth: number): JsonValue {
  if (type === undefined) return base64(bytes)
  try {
    return decodeMessage(type, bytes, type === 'common.ConfigValue' ? path : undefined, depth)
  } catch (error) {
    if (error instanceof FabricError) return base64(bytes)
    throw error
  }
}

function decodeValue(type: string, bytes: Uint8Array, path: ConfigPath, depth: number): JsonValue {
  if (type === timestampType) return decodeTimestamp(bytes)
  if (type in fabricMessages) return decodeMessage(type, bytes, path, depth)
  return decodeScalar(type, bytes)
}

function decodeScalar(type: string, bytes: Uint8Array): JsonValue {
  switch (type) {
    case 'string':
      return text(bytes)
    case 'bytes':
      return base64(bytes)
    case 'bool':
      return varintValue(bytes) !== 0n
    case 'int32':
      return Number(BigInt.asIntN(32, varintValue(bytes)))
    case 'uint32':
      return Number(BigInt.asUintN(32, varintValue(bytes)))
    case 'int64':
      return String(BigInt.asIntN(64, varintValue(bytes)))
    case 'uint64':
      return String(varintValue(bytes))
    default: {
      const number = Number(BigInt.asIntN(32, varintValue(bytes)))
      return fabricEnums[type]?.[number] ?? number
    }
  }
}

function decodeTimestamp(bytes: Uint8Array): string {
  let seconds = 0n
  let nanos = 0
  for (const field of wireFields(bytes)) {
    if (field.number === 1) seconds = BigInt.asIntN(64, varintValue(field.bytes))
    else if (field.number === 2) nanos = Number(BigInt.asIntN(32, varintValue(field.bytes)))
    else throw new FabricError('UNKNOWN_FIELDS', `A timestamp holds field ${field.number}`)
  }
  return formatTimestamp({ seconds, nanos })
}

function text(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new FabricError('PROTOCOL', 'A text field is not UTF-8', {}, { cause })
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
