/**
 * The world state is written without syncing: after a kill -9 the operating system still holds what was written, after a
 * crash of the machine nobody knows which of it reached the disk. So a small file beside the database says in which boot
 * of the machine it is open or, when it was closed, synced, and what its checksum is then.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { crc32 } from 'node:zlib'

const markOf = (path: string): string => `${path}.mark`
const unfinishedMarkOf = (path: string): string => `${path}.mark.new`
const chunkBytes = 1 << 20

/** What there is at a start: a whole file, one to be checked because its process was killed, or one to be made anew. */
export type Found = 'absent' | 'whole' | 'killed' | { readonly damage: string }

export function findState(path: string): Found {
  if (!existsSync(path)) return 'absent'
  const mark = readMark(path)
  if (mark === undefined) return { damage: 'nothing says how it was left' }
  if (mark.checksum !== undefined) {
    return mark.checksum === checksumOf(path) ? 'whole' : { damage: 'it is not as it was left' }
  }
  const boot = bootId()
  return boot !== undefined && mark.boot === boot ? 'killed' : { damage: 'the machine stopped while it was open' }
}

/** Before the first write: from now on only this boot of the machine vouches for the file. */
export const markOpen = (path: string): void => writeMark(path, { boot: bootId() ?? null })

/** After the database was closed. */
export function markClosed(path: string): void {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  writeMark(path, { checksum: checksumOf(path) })
}

/** Deletes a state database and what lies beside it: it is made again from the blocks. */
export function removeState(path: string): void {
  // The mark goes first: whatever a crash leaves behind is then nothing that anybody vouches for.
  for (const name of [markOf(path), path, `${path}-wal`, `${path}-shm`, `${path}-journal`])
    rmSync(name, { force: true })
}

interface Mark {
  readonly boot?: unknown
  readonly checksum?: unknown
}

function readMark(path: string): Mark | undefined {
  try {
    const mark: unknown = JSON.parse(readFileSync(markOf(path), 'utf8'))
    return typeof mark === 'object' && mark !== null ? mark : undefined
  } catch {
    return undefined
  }
}

/** By a rename, so that a kill leaves the old or the new one. Where a crash of the machine undoes it, the old one does not fit. */
function writeMark(path: string, mark: Mark): void {
  writeFileSync(unfinishedMarkOf(path), JSON.stringify(mark), { flush: true })
  renameSync(unfinishedMarkOf(path), markOf(path))
}

function checksumOf(path: string): number {
  const file = openSync(path, 'r')
  try {
    const chunk = Buffer.allocUnsafe(chunkBytes)
    let checksum = 0
    for (;;) {
      const read = readSync(file, chunk, 0, chunkBytes, null)
      if (read === 0) return checksum
      checksum = crc32(chunk.subarray(0, read), checksum)
    }
  } finally {
    closeSync(file)
  }
}

/** Changes with every start of the machine; undefined where the system does not tell. */
function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return undefined
  }
}
