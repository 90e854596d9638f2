/** Where the code lies in the file, after the ELF header and one program header; elf(5). */
const codeAt = 64 + 56
const loadedAt = 0x400000

/**
 * A Linux program of some 200 bytes that writes a text and ends with 0, whatever its arguments: what stands in for Fabric's
 * programs where tests need one that starts on this very machine.
 */
export function tinyProgram(text: string, arch: string = process.arch): Buffer {
  const message = Buffer.from(text)
  const code = arch === 'arm64' ? arm64Code(message.length) : amd64Code(message.length)
  const size = codeAt + code.length + message.length
  const head = Buffer.alloc(codeAt)
  head.write('\x7fELF', 'latin1')
  // 64 bits, little endian, version 1; an executable file (2).
  head.set([2, 1, 1], 4)
  head.writeUInt16LE(2, 16)
  head.writeUInt16LE(arch === 'arm64' ? 183 : 62, 18)
  head.writeUInt32LE(1, 20)
  head.writeBigUInt64LE(BigInt(loadedAt + codeAt), 24)
  head.writeBigUInt64LE(64n, 32)
  head.writeUInt16LE(64, 52)
  head.writeUInt16LE(56, 54)
  head.writeUInt16LE(1, 56)
  // PT_LOAD, to be read and executed, the whole file.
  head.writeUInt32LE(1, 64)
  head.writeUInt32LE(5, 68)
  head.writeBigUInt64LE(0n, 72)
  head.writeBigUInt64LE(BigInt(loadedAt), 80)
  head.writeBigUInt64LE(BigInt(loadedAt), 88)
  head.writeBigUInt64LE(BigInt(size), 96)
  head.writeBigUInt64LE(BigInt(size), 104)
  head.writeBigUInt64LE(0x1000n, 112)
  return Buffer.concat([head, code, message])
}

/** As `peer version` prints. */
export function tinyFabricProgram(name: string, version: string, arch?: string): Buffer {
  return tinyProgram(`${name}:\n Version: v${version}\n Commit SHA: 0000000\n`, arch)
}

/** write(1, message, length), then exit(0); the message follows. */
function amd64Code(length: number): Buffer {
  const code = Buffer.from('b801000000bf01000000488d3500000000ba000000000f05b83c00000031ff0f05', 'hex')
  code.writeInt32LE(code.length - 17, 13)
  code.writeUInt32LE(length, 18)
  return code
}

function arm64Code(length: number): Buffer {
  const movz = (register: number, value: number) => (0xd2800000 | (value << 5) | register) >>> 0
  const adrX1 = (offset: number) => (0x10000001 | ((offset >> 2) << 5)) >>> 0
  const call = 0xd4000001
  const words = [movz(8, 64), movz(0, 1), adrX1(24), movz(2, length), call, movz(8, 93), movz(0, 0), call]
  const code = Buffer.alloc(words.length * 4)
  for (const [index, word] of words.entries()) code.writeUInt32LE(word, index * 4)
  return code
}
