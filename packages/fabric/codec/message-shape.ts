import jspb from 'google-protobuf'
import { concatBytes } from './bytes.ts'
import { wireType } from './wire.ts'
import { tagBytes } from './write-wire.ts'

/** A generated message class, as far as decoding needs it. */
export interface MessageClass<M extends jspb.Message = jspb.Message> {
  new (): M
  deserializeBinary(bytes: Uint8Array): M
  deserializeBinaryFromReader(message: M, reader: jspb.BinaryReader): M
  /** Field numbers of which at most one is set, group by group. */
  readonly oneofGroups_?: readonly (readonly number[])[]
}

/** How a message class reads one field number. */
export interface FieldShape {
  /** More than one where numbers may be packed. */
  readonly wireTypes: readonly number[]
  readonly holds: 'text' | 'bytes' | 'bool' | 'number' | 'message' | 'map'
  /** Class of the message in this field, or of the values of this map of messages. */
  readonly message?: MessageClass
  /** Of a message: whether a second one is another, and no more of the first. */
  readonly isList?: boolean
  /** Of a map. */
  readonly key?: FieldShape
  readonly value?: FieldShape
}

/** Above all that Fabric's messages have (50): numbers up to here are remembered, those that strangers make up are not. */
const largestKnownNumber = 200

const known = new WeakMap<MessageClass, (FieldShape | undefined | null)[]>()

/**
 * How `type` reads field `number`; undefined if it would skip it. Generated classes carry no descriptors, so the class is
 * asked: its own decoder runs once against a reader that offers that field and notes which read it chooses.
 */
export function fieldShape<M extends jspb.Message>(type: MessageClass<M>, number: number): FieldShape | undefined {
  if (number > largestKnownNumber) return undefined
  let shapes = known.get(type)
  if (!shapes) {
    shapes = Array.from({ length: largestKnownNumber + 1 }, () => null)
    known.set(type, shapes)
  }
  let shape = shapes[number]
  if (shape === null) {
    shape = probe(type, number)
    shapes[number] = shape
  }
  return shape
}

/** The generated class of a message. */
export function classOf(message: jspb.Message): MessageClass {
  // Every generated message is made by its class alone; the type of `constructor` cannot say so.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return message.constructor as MessageClass
}

type DecodeInner = (target: unknown, reader: jspb.BinaryReader) => void

function probe<M extends jspb.Message>(type: MessageClass<M>, number: number): FieldShape | undefined {
  let shape: FieldShape | undefined
  let isOffered = false
  const answers: Record<string, unknown> = {
    nextField: () => {
      const isFirst = !isOffered
      isOffered = true
      return isFirst
    },
    isEndGroup: () => false,
    getFieldNumber: () => number,
    skipField: () => undefined,
    // Older generated code reads packed numbers only; newer asks this first and takes both.
    isDelimited: () => true,
    readMessage: (target: unknown, decode: DecodeInner) => {
      if (target instanceof jspb.Map) shape = mapShape(target, decode)
      else if (target instanceof jspb.Message) shape = messageShape(classOf(target))
    },
  }
  const reader: unknown = new Proxy(answers, {
    get: (target, name) =>
      target[String(name)] ??
      (() => {
        shape = scalarShape(String(name))
        return scalarDefault(String(name))
      }),
  })
  const target = new Proxy(new type(), {
    get: (message, name) => {
      // Generated code keeps a message with `setX`, or adds it to a list with `addX`.
      if (shape?.holds === 'message' && String(name).startsWith('add')) shape = { ...shape, isList: true }
      return Reflect.get(message, name)
    },
  })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it answers all that generated code asks
  type.deserializeBinaryFromReader(target, reader as jspb.BinaryReader)
  return shape
}

const messageShape = (message: MessageClass): FieldShape => ({
  wireTypes: [wireType.delimited],
  holds: 'message',
  message,
  isList: false,
})

function mapShape(map: jspb.Map<unknown, unknown>, decode: DecodeInner): FieldShape {
  const key = entryShape(map, decode, 1)
  const value = entryShape(map, decode, 2)
  return {
    wireTypes: [wireType.delimited],
    holds: 'map',
    ...(value.message ? { message: value.message } : {}),
    key,
    value,
  }
}

/** What a map reads as key (1) or value (2): each kind is offered, until one is not refused. */
function entryShape(map: jspb.Map<unknown, unknown>, decode: DecodeInner, number: 1 | 2): FieldShape {
  for (const type of [wireType.delimited, wireType.varint]) {
    map.clear()
    try {
      decode(map, new jspb.BinaryReader(concatBytes(tagBytes(number, type), Uint8Array.of(0))))
    } catch {
      continue
    }
    const [entry] = [...map.entries()]
    return shapeOfValue(entry?.[number - 1])
  }
  throw new Error('a map of fixed numbers: no message of Fabric has one')
}

function shapeOfValue(value: unknown): FieldShape {
  if (value instanceof jspb.Message) return messageShape(classOf(value))
  if (typeof value === 'boolean') return scalarShape('readBool')
  if (typeof value === 'number') return scalarShape('readUint64')
  return scalarShape(typeof value === 'string' ? 'readString' : 'readBytes')
}

function scalarShape(read: string): FieldShape {
  return { wireTypes: scalarWireTypes(read), holds: scalarHolds(read) }
}

function scalarHolds(read: string): FieldShape['holds'] {
  if (read === 'readString') return 'text'
  if (read === 'readBytes') return 'bytes'
  return read.endsWith('Bool') ? 'bool' : 'number'
}

function scalarWireTypes(read: string): readonly number[] {
  const packed = read.startsWith('readPacked')
  const single = singleWireType(read)
  return packed ? [wireType.delimited, single] : [single]
}

function singleWireType(read: string): number {
  if (/Fixed64|Double/.test(read)) return wireType.fixed64
  if (/Fixed32|Float/.test(read)) return wireType.fixed32
  return /readString|readBytes/.test(read) ? wireType.delimited : wireType.varint
}

function scalarDefault(read: string): unknown {
  if (read.startsWith('readPacked')) return []
  if (read === 'readString') return ''
  if (read === 'readBytes') return new Uint8Array()
  return read === 'readBool' ? false : 0
}
