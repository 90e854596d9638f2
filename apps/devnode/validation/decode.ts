/**
 * Messages as Go decodes them: a text that is not UTF-8, a field without a number and the end of a group that has not begun
 * make the whole message unreadable.
 */
import { BinaryReader } from 'google-protobuf'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** google-protobuf puts a replacement character for what is not UTF-8, and ends a message without a word at such a field. */
class StrictReader extends BinaryReader {
  override nextField(): boolean {
    if (!super.nextField()) return false
    if (this.getFieldNumber() === 0 || this.isEndGroup()) {
      throw new Error('cannot parse invalid wire-format data')
    }
    return true
  }

  override readString(): string {
    return utf8.decode(this.readBytes())
  }
}

interface MessageClass<M> {
  new (): M
  deserializeBinaryFromReader(message: M, reader: BinaryReader): M
}

/** @throws Error on bytes that are no such message */
export function decode<M>(type: MessageClass<M>, bytes: Uint8Array): M {
  return type.deserializeBinaryFromReader(new type(), new StrictReader(bytes))
}
