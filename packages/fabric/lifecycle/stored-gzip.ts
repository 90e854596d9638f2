import { crc32 } from 'node:zlib'

const longestBlock = 0xffff
/** Magic, deflate, no flags, time 0, no extra flags, system "unknown". */
const gzipHeader = Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])

/**
 * A gzip file that stores its content uncompressed. What a compressor writes differs between its versions and processors;
 * a package's id is the hash of its bytes, so the bytes must be the same everywhere (RFC 1952, RFC 1951 3.2.4).
 */
export function storedGzip(content: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [gzipHeader]
  let at = 0
  do {
    const block = content.subarray(at, at + longestBlock)
    at += block.length
    const head = Buffer.alloc(5)
    head.writeUInt8(at >= content.length ? 1 : 0, 0)
    head.writeUInt16LE(block.length, 1)
    head.writeUInt16LE(block.length ^ 0xffff, 3)
    parts.push(head, block)
  } while (at < content.length)
  const tail = Buffer.alloc(8)
  tail.writeUInt32LE(crc32(content), 0)
  tail.writeUInt32LE(content.length % 2 ** 32, 4)
  parts.push(tail)
  return new Uint8Array(Buffer.concat(parts))
}
