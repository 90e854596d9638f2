import type { Message } from 'google-protobuf'
import { FabricError } from '../errors.ts'
import { fieldShape, type MessageClass } from './message-shape.ts'
import { wireFields, wireType } from './wire.ts'

/**
 * Walks the wire bytes of an encoded message and all messages inside it (not inside `bytes` fields, whose type only the
 * caller knows). google-protobuf drops what it does not know, so this must come before any decode whose result is encoded
 * again. @throws FabricError UNKNOWN_FIELDS with the path of the first unknown field, PROTOCOL on malformed bytes.
 */
export function assertNoUnknownFields<M extends Message>(bytes: Uint8Array, type: MessageClass<M>, path = ''): void {
  for (const field of wireFields(bytes)) {
    const shape = fieldShape(type, field.number)
    const here = path === '' ? `${field.number}` : `${path}.${field.number}`
    if (!shape?.wireTypes.includes(field.type)) throw unknownField(here)
    if (shape.isMap) assertMapEntry(field.bytes, shape.message, here)
    else if (shape.message) assertNoUnknownFields(field.bytes, shape.message, here)
  }
}

/**
 * Decodes bytes that will be encoded again: only if nothing would be lost. Beyond the walk, the encoding must come out
 * equally long (its bytes may differ: Go writes maps in any order). @throws FabricError UNKNOWN_FIELDS, PROTOCOL.
 */
export function decodeLossless<M extends Message>(bytes: Uint8Array, type: MessageClass<M>): M {
  assertNoUnknownFields(bytes, type)
  const message = type.deserializeBinary(bytes)
  if (message.serializeBinary().length !== bytes.length) {
    throw new FabricError('UNKNOWN_FIELDS', 'The message would not be the same after decoding and encoding it')
  }
  return message
}

function assertMapEntry(entry: Uint8Array, valueClass: MessageClass | undefined, path: string): void {
  for (const field of wireFields(entry)) {
    if (field.number > 2) throw unknownField(`${path}.${field.number}`)
    if (field.number === 2 && valueClass) {
      if (field.type !== wireType.delimited) throw unknownField(`${path}.2`)
      assertNoUnknownFields(field.bytes, valueClass, `${path}.2`)
    }
  }
}

function unknownField(path: string): FabricError {
  return new FabricError('UNKNOWN_FIELDS', `The message holds field ${path}, which this version does not know`, {
    next: 'Use a release of this library that knows it; nothing was changed',
  })
}
