import { BinaryReader } from 'google-protobuf'

/**
 * google-protobuf believes the length of a message or text inside of another: one of 4 GiB in an answer of 20 bytes is read as
 * that many zeros, which keeps a core busy for minutes. `decode` does not let it; libraries that decode by themselves
 * (fabric-gateway, the gRPC stubs) would. All of them read by these two methods, so they are replaced for the whole process.
 */
export function boundReaders(): void {
  BinaryReader.prototype.readMessage = boundedReadMessage
  BinaryReader.prototype.readString = boundedReadString
}

// oxlint-disable-next-line typescript/unbound-method -- called on a reader, below
const { readMessage, readString } = BinaryReader.prototype

function boundedReadMessage(this: BinaryReader, ...args: Parameters<typeof readMessage>): void {
  checkLength(this)
  readMessage.apply(this, args)
}

function boundedReadString(this: BinaryReader): string {
  checkLength(this)
  return readString.call(this)
}

function checkLength(reader: BinaryReader): void {
  const bytes = reader.getBuffer()
  const at = reader.getCursor()
  const { length, size } = lengthAt(bytes, at)
  if (at + size + length > bytes.length) throw new Error('cannot parse invalid wire-format data: unexpected EOF')
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
