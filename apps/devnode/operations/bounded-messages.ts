import { BinaryReader } from 'google-protobuf'

/**
 * google-protobuf believes the length of a message inside of another: one of 4 GiB in a request of 20 bytes is read as that
 * many zeros, which keeps a core busy for minutes and answers nobody. Generated code reads all messages by this method, so it is
 * replaced for the whole process.
 */
export function boundMessages(): void {
  BinaryReader.prototype.readMessage = boundedReadMessage
}

const { readMessage } = BinaryReader.prototype

function boundedReadMessage(this: BinaryReader, ...args: Parameters<typeof readMessage>): void {
  const bytes = this.getBuffer()
  const at = this.getCursor()
  const { length, size } = lengthAt(bytes, at)
  if (at + size + length > bytes.length) throw new Error('cannot parse invalid wire-format data: unexpected EOF')
  readMessage.apply(this, args)
}

/** An unsigned varint of 32 bits, as google-protobuf reads it. */
function lengthAt(bytes: Uint8Array, at: number): { readonly length: number; readonly size: number } {
  let length = 0
  for (let size = 0; size < 10; size++) {
    const byte = bytes[at + size] ?? 0
    if (size < 5) length += (byte & (size === 4 ? 0x0f : 0x7f)) * 2 ** (7 * size)
    if (byte < 0x80) return { length, size: size + 1 }
  }
  return { length, size: 10 }
}
