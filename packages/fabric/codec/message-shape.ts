import jspb from 'google-protobuf'
import { wireType } from './wire.ts'

/** A generated message class, as far as decoding needs it. */
export interface MessageClass<M extends jspb.Message = jspb.Message> {
  new (): M
  deserializeBinary(bytes: Uint8Array): M
  deserializeBinaryFromReader(message: M, reader: jspb.BinaryReader): M
}

/** How a message class reads one field number. */
export interface FieldShape {
  readonly wireTypes: readonly number[]
  /** Class of the message in this field, or of the values of this map of messages. */
  readonly message?: MessageClass
  readonly isMap: boolean
}

const known = new WeakMap<MessageClass, Map<number, FieldShape | undefined>>()

/**
 * How `type` reads field `number`; undefined if it would skip it. Generated classes carry no descriptors, so the class is
 * asked: its own decoder runs once against a reader that offers that field and notes which read it chooses.
 */
export function fieldShape<M extends jspb.Message>(type: MessageClass<M>, number: number): FieldShape | undefined {
  const fields = known.get(type) ?? new Map<number, FieldShape | undefined>()
  known.set(type, fields)
  if (!fields.has(number)) fields.set(number, probe(type, number))
  return fields.get(number)
}

/** The generated class of a message. */
export function classOf(message: jspb.Message): MessageClass {
  // Every generated message is made by its class alone; the type of `constructor` cannot say so.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return message.constructor as MessageClass
}

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
    readMessage: (target: unknown, decode: (target: unknown, reader: jspb.BinaryReader) => void) => {
      const message = target instanceof jspb.Map ? mapValueClass(target, decode) : classOfValue(target)
      shape = {
        wireTypes: [wireType.delimited],
        isMap: target instanceof jspb.Map,
        ...(message ? { message } : {}),
      }
    },
  }
  const reader: unknown = new Proxy(answers, {
    get: (target, name) =>
      target[String(name)] ??
      (() => {
        shape = { wireTypes: scalarWireTypes(String(name)), isMap: false }
        return scalarDefault(String(name))
      }),
  })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it answers all that generated code asks
  type.deserializeBinaryFromReader(new type(), reader as jspb.BinaryReader)
  return shape
}

/** A map entry with an empty key and an empty value decodes into one value whose class is the one looked for. */
function mapValueClass(
  map: jspb.Map<unknown, unknown>,
  decode: (target: unknown, reader: jspb.BinaryReader) => void,
): MessageClass | undefined {
  const emptyEntry = Uint8Array.of(0x0a, 0, 0x12, 0)
  try {
    decode(map, new jspb.BinaryReader(emptyEntry))
  } catch {
    return undefined // numbers as keys or values: no messages inside
  }
  return classOfValue([...map.entries()][0]?.[1])
}

function classOfValue(value: unknown): MessageClass | undefined {
  return value instanceof jspb.Message ? classOf(value) : undefined
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
