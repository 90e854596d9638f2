import type { Message } from 'google-protobuf'
import { FabricError } from '../errors.ts'
import { decode } from './decode.ts'
import { fieldShape, type MessageClass } from './message-shape.ts'
import { maxDepth } from './sound-bytes.ts'
import { wireFields, wireType } from './wire.ts'

/**
 * Walks the wire bytes of an encoded message and all messages inside it (not inside `bytes` fields, whose type only the
 * caller knows). google-protobuf drops what it does not know, so this must come before any decode whose result is encoded
 * again. `path` names where the message is, for the error.
 * @throws FabricError UNKNOWN_FIELDS with the path of the first unknown field, PROTOCOL on malformed bytes.
 */
export function assertNoUnknownFields<M extends Message>(bytes: Uint8Array, type: MessageClass<M>, path = ''): void {
  walk(bytes, type, path, 0)
}

function walk<M extends Message>(bytes: Uint8Array, type: MessageClass<M>, path: string, depth: number): void {
  if (depth > maxDepth) throw new FabricError('PROTOCOL', `The message nests deeper than ${maxDepth} levels`)
  for (const field of wireFields(bytes)) {
    const shape = fieldShape(type, field.number)
    const here = path === '' ? `${field.number}` : `${path}.${field.number}`
    if (!shape?.wireTypes.includes(field.type)) throw unknownField(here)
    const isMap = shape.holds === 'map'
    const inner = isMap ? mapValue(field.bytes, shape.message, here) : field.bytes
    if (shape.message) walk(inner, shape.message, isMap ? `${here}.2` : here, depth + 1)
  }
}

/**
 * Decodes bytes that will be encoded again: only if nothing would be lost. Beyond the walk, the encoding must come out
 * equally long (its bytes may differ: Go writes maps in any order). @throws FabricError UNKNOWN_FIELDS, PROTOCOL.
 */
export function decodeLossless<M extends Message>(bytes: Uint8Array, type: MessageClass<M>): M {
  assertNoUnknownFields(bytes, type)
  const message = decode(type, bytes)
  if (message.serializeBinary().length !== bytes.length) {
    throw new FabricError('UNKNOWN_FIELDS', 'The message would not be the same after decoding and encoding it')
  }
  return message
}

/** The value's bytes in a map entry, which may hold nothing but a key and a value. */
function mapValue(entry: Uint8Array, valueClass: MessageClass | undefined, path: string): Uint8Array {
  let value: Uint8Array = new Uint8Array()
  for (const field of wireFields(entry)) {
    if (field.number > 2) throw unknownField(`${path}.${field.number}`)
    if (field.number === 2 && valueClass && field.type !== wireType.delimited) throw unknownField(`${path}.2`)
    if (field.number === 2) value = field.bytes
  }
  return value
}

function unknownField(path: string): FabricError {
  return new FabricError('UNKNOWN_FIELDS', `The message holds field ${path}, which this version does not know`, {
    next: 'Use a release of this library that knows it; nothing was changed',
  })
}
