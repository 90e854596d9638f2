import { concatBytes } from './bytes.ts'
import { innerSchema, isSingleMessage, type MessageSchema, shapeAt } from './message-schema.ts'
import type { FieldShape } from './message-shape.ts'
import { type FieldPlace, fieldAt } from './wire.ts'
import { delimitedField } from './write-wire.ts'

/**
 * What Go reads from bytes that it does not refuse, written so that google-protobuf reads it too: without unknown fields,
 * truth values of one byte, each message that there is one of once.
 */
export function rewritten(bytes: Uint8Array, schema: MessageSchema): Uint8Array {
  const kept: Uint8Array[] = []
  const singles = new Map<number, Uint8Array[]>()
  for (let at = 0; at < bytes.length; ) {
    const place = fieldAt(bytes, at)
    at = place.end
    const shape = shapeAt(place, schema)
    if (!shape) continue
    dropReplaced(place.number, schema, singles)
    if (isSingleMessage(shape)) {
      const parts = singles.get(place.number) ?? []
      parts.push(bytes.subarray(place.valueStart, place.valueEnd))
      singles.set(place.number, parts)
    } else kept.push(rewrittenField(bytes, place, shape))
  }
  for (const [number, parts] of singles) {
    // A message that is there more than once is the sum of its occurrences; google-protobuf would take the last.
    kept.push(innerField(number, concatBytes(...parts), schema.shapeOf(number)))
  }
  return concatBytes(...kept)
}

/** Of the messages that exclude each other a later one stays, and begins anew. */
function dropReplaced(number: number, { oneofs }: MessageSchema, singles: Map<number, unknown>): void {
  for (const other of oneofs.find((group) => group.includes(number)) ?? []) {
    if (other !== number) singles.delete(other)
  }
}

function rewrittenField(bytes: Uint8Array, place: FieldPlace, shape: FieldShape): Uint8Array {
  const { number, start, valueStart, valueEnd, end } = place
  const value = bytes.subarray(valueStart, valueEnd)
  if (shape.holds === 'message' || shape.holds === 'map') return innerField(number, value, shape)
  if (shape.holds !== 'bool') return bytes.subarray(start, end)
  const isTrue = value.some((byte) => (byte & 0x7f) !== 0)
  return concatBytes(bytes.subarray(start, valueStart), Uint8Array.of(isTrue ? 1 : 0))
}

function innerField(number: number, content: Uint8Array, shape: FieldShape | undefined): Uint8Array {
  const schema = shape && innerSchema(shape)
  const inner = schema ? rewritten(content, schema) : content
  return delimitedField(number, inner)
}
