/**
 * One channel's blocks in one file that only grows. A record is the block's length (4 bytes, big endian), the CRC-32 of
 * length and block (4 bytes), and the block. Only the last record can be torn, since a block is synced before the next is
 * written: a torn end is cut off, damage anywhere else stops the start.
 */
import { closeSync, constants, fsyncSync, ftruncateSync, openSync, readSync, statSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { type BlockParts, checkSuccessor, readBlockParts } from './block-parts.ts'
import type { BlockStore } from './block-store.ts'

const headBytes = 8
/** Bytes of a block that is kept in memory while it is the newest. */
const largestKept = 1 << 20

/** A write returns when what it wrote is safe: one trip to the disk instead of two. macOS promises less by that name. */
const syncedWrites = process.platform === 'linux' ? constants.O_DSYNC : 0

/** A block as it lies in the file. */
export function blockRecord(block: Uint8Array): Buffer {
  const record = Buffer.alloc(headBytes + block.length)
  record.writeUInt32BE(block.length, 0)
  record.set(block, headBytes)
  record.writeUInt32BE(checksum(record.subarray(0, 4), block), 4)
  return record
}

/** Opens the file, checks every block and the chain that they make. @throws Error naming file and block that are damaged */
export async function openBlockFile(path: string): Promise<BlockStore> {
  const offsets = checkedOffsets(path)
  return store(await open(path, constants.O_RDWR | syncedWrites), offsets)
}

/** @param offsets where each block's record begins, and where the next one will */
function store(file: FileHandle, offsets: number[]): BlockStore {
  let damaged: unknown
  /** The newest block: whoever follows asks for it at once. */
  let newest: Buffer | undefined
  return {
    get height() {
      return offsets.length - 1
    },
    async append(block) {
      // After a failed write nobody knows what is on disk: only a start, which checks it, goes on from here.
      if (damaged !== undefined) throw damaged
      const record = blockRecord(block)
      const at = offsets.at(-1) ?? 0
      try {
        await writeWhole(file, record, at)
        if (syncedWrites === 0) await file.datasync()
      } catch (error) {
        damaged = error
        throw error
      }
      offsets.push(at + record.length)
      newest = record.length <= largestKept ? record.subarray(headBytes) : undefined
    },
    async read(number) {
      if (newest && number === offsets.length - 2) return newest
      const [from, to] = [offsets[number], offsets[number + 1]]
      if (from === undefined || to === undefined) throw new RangeError(`no such block number [${number}] in index`)
      const block = Buffer.alloc(to - from - headBytes)
      const { bytesRead } = await file.read(block, 0, block.length, from + headBytes)
      if (bytesRead !== block.length) throw new Error(`block ${number} could not be read whole`)
      return block
    },
    [Symbol.asyncDispose]: () => file.close(),
  }
}

async function writeWhole(file: FileHandle, record: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < record.length; ) {
    const { bytesWritten } = await file.write(record, done, record.length - done, at + done)
    done += bytesWritten
  }
}

function checkedOffsets(path: string): number[] {
  const { size } = statSync(path)
  const file = openSync(path, 'r+')
  try {
    const offsets = [0]
    let before: BlockParts | undefined
    for (;;) {
      const at = offsets.at(-1) ?? 0
      if (at === size) return offsets
      const block = readRecord(file, at, size)
      if (block === undefined) {
        cutTornEnd(file, path, at, size)
        return offsets
      }
      before = checkedParts(block, before, path)
      offsets.push(at + headBytes + block.length)
    }
  } finally {
    closeSync(file)
  }
}

function checkedParts(block: Uint8Array, before: BlockParts | undefined, path: string): BlockParts {
  try {
    const parts = readBlockParts(block)
    checkSuccessor(before, parts)
    return parts
  } catch (error) {
    const number = before ? before.number + 1 : 0
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${path} is damaged at block ${number}: ${reason}`, { cause: error })
  }
}

/** The block at this place, or undefined if the record is not whole. */
function readRecord(file: number, at: number, size: number): Buffer | undefined {
  const head = readAt(file, at, headBytes)
  if (head.length < headBytes) return undefined
  const length = head.readUInt32BE(0)
  if (length === 0 || at + headBytes + length > size) return undefined
  const block = readAt(file, at + headBytes, length)
  return checksum(head.subarray(0, 4), block) === head.readUInt32BE(4) ? block : undefined
}

/** A record that is not whole may only be the last: where it says that more follows, or zeros do not, it is damage. */
function cutTornEnd(file: number, path: string, at: number, size: number): void {
  const head = readAt(file, at, headBytes)
  const claimed = head.length < headBytes ? size : at + headBytes + head.readUInt32BE(0)
  const isEmpty = readAt(file, at, size - at).every((byte) => byte === 0)
  if (claimed < size && !isEmpty) throw new Error(`${path} is damaged at byte ${at}: not its last block, and not whole`)
  ftruncateSync(file, at)
  fsyncSync(file)
}

function readAt(file: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  return bytes.subarray(0, readSync(file, bytes, 0, length, at))
}

const checksum = (length: Uint8Array, block: Uint8Array): number => crc32(block, crc32(length))
