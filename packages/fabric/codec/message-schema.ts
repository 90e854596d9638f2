import type { Message } from 'google-protobuf'
import { type FieldShape, fieldShape, type MessageClass } from './message-shape.ts'
import type { FieldPlace } from './wire.ts'

/** What a walk over encoded bytes asks: of a message class, or of the entries of one map. */
export interface MessageSchema {
  shapeOf(number: number): FieldShape | undefined
  /** Numbers of which the last on the wire counts. */
  readonly oneofs: readonly (readonly number[])[]
  readonly isEntry: boolean
}

const ofClasses = new WeakMap<MessageClass, MessageSchema>()

export function schemaOf<M extends Message>(type: MessageClass<M>): MessageSchema {
  let schema = ofClasses.get(type)
  if (!schema) {
    schema = { shapeOf: (number) => fieldShape(type, number), oneofs: type.oneofGroups_ ?? [], isEntry: false }
    ofClasses.set(type, schema)
  }
  return schema
}

const ofEntries = new WeakMap<FieldShape, MessageSchema>()

/** Of what is inside a field; undefined where that is no message. */
export function innerSchema(shape: FieldShape): MessageSchema | undefined {
  if (shape.holds !== 'map') return shape.message && schemaOf(shape.message)
  let schema = ofEntries.get(shape)
  if (!schema) {
    const shapes = [undefined, shape.key, shape.value]
    schema = { shapeOf: (number) => shapes[number], oneofs: [], isEntry: true }
    ofEntries.set(shape, schema)
  }
  return schema
}

/** Undefined for what Go keeps as an unknown field: a known one of another wire type is that to it. */
export function shapeAt({ number, type }: FieldPlace, schema: MessageSchema): FieldShape | undefined {
  const shape = schema.shapeOf(number)
  return shape?.wireTypes.includes(type) ? shape : undefined
}

/** A field of which a message has one: a second is the rest of the first. */
export function isSingleMessage({ holds, isList }: FieldShape): boolean {
  return holds === 'message' && isList !== true
}
