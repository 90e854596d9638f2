/**
 * Messages as Go reads them. google-protobuf is laxer than Go in what it believes (lengths of gigabytes, texts that are not
 * UTF-8) and stricter in what it passes over (a known field of another wire type); so bytes are looked through before it gets
 * them, and written anew where the two would differ.
 */
import { isUtf8 } from 'node:buffer'
import type { Message } from 'google-protobuf'
import { FabricError } from '../errors.ts'
import { innerSchema, isSingleMessage, type MessageSchema, schemaOf, shapeAt } from './message-schema.ts'
import type { FieldShape, MessageClass } from './message-shape.ts'
import { rewritten } from './rewritten.ts'
import { type FieldPlace, fieldAt, varintEnd, wireType } from './wire.ts'

/**
 * No message of Fabric nests a tenth as deep; deeper bytes are hostile. Go's 10,000 are out of reach of google-protobuf: each
 * setter walks over all that is below (`toArray`), so that the time to decode grows with the square of the depth (200 levels:
 * 4 ms, 2,000 in 8 kB: 1.2 s), and 2,600 levels take the whole of Node's stack of 984 kB.
 */
export const maxDepth = 200

/**
 * The same bytes, or where Go reads a message from them that google-protobuf would not, bytes from which that one reads it.
 * Not inside `bytes` fields, whose type only the caller knows.
 * @throws FabricError PROTOCOL where Go refuses the bytes, or they nest deeper than `maxDepth`
 */
export function soundBytes<M extends Message>(bytes: Uint8Array, type: MessageClass<M>): Uint8Array {
  const schema = schemaOf(type)
  return readsAlike(bytes, schema, 0) ? bytes : rewritten(bytes, schema)
}

/** Whether google-protobuf reads what Go reads. @throws FabricError PROTOCOL where Go reads nothing */
function readsAlike(bytes: Uint8Array, schema: MessageSchema, depth: number): boolean {
  if (depth > maxDepth) throw new FabricError('PROTOCOL', `The message nests deeper than ${maxDepth} levels`)
  let alike = true
  let singles: Set<number> | undefined
  for (let at = 0; at < bytes.length; ) {
    const place = fieldAt(bytes, at)
    at = place.end
    const shape = shapeAt(place, schema)
    if (!shape) {
      alike &&= isPassedOver(place, schema)
      continue
    }
    if (isSingleMessage(shape)) {
      singles ??= new Set()
      alike &&= !singles.has(place.number)
      singles.add(place.number)
    }
    // Each field is looked at, also where one before it is not read alike.
    alike = isContentAlike(bytes, place, shape, depth) && alike
  }
  return alike
}

/** Whether google-protobuf too passes over a field that is unknown to Go. */
function isPassedOver({ number, type }: FieldPlace, schema: MessageSchema): boolean {
  return !schema.isEntry && type !== wireType.group && schema.shapeOf(number) === undefined
}

function isContentAlike(bytes: Uint8Array, place: FieldPlace, shape: FieldShape, depth: number): boolean {
  const { type, valueStart, valueEnd } = place
  switch (shape.holds) {
    case 'bytes':
      return true
    case 'bool':
      // google-protobuf reads one byte of a truth value, however long it is.
      return valueEnd === valueStart + 1
    case 'number':
      if (type === wireType.delimited) checkPacked(bytes.subarray(valueStart, valueEnd))
      return true
    case 'text':
      if (isAscii(bytes, valueStart, valueEnd) || isUtf8(bytes.subarray(valueStart, valueEnd))) return true
      throw new FabricError('PROTOCOL', 'Not a protobuf message: a text is not UTF-8')
    default: {
      const inner = innerSchema(shape)
      return !inner || readsAlike(bytes.subarray(valueStart, valueEnd), inner, depth + 1)
    }
  }
}

/** What most texts are, told sooner than `isUtf8` is called. */
function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > 100) return false
  for (let at = start; at < end; at++) if ((bytes[at] ?? 0) > 0x7f) return false
  return true
}

/** Numbers in a row; Fabric packs varints alone. */
function checkPacked(numbers: Uint8Array): void {
  for (let at = 0; at < numbers.length; ) at = varintEnd(numbers, at)
}
