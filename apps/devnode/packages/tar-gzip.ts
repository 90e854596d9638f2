/** Archives as contract packages are made of, read in memory: nothing of them touches a disk before it has been looked at. */
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'

export interface ArchiveEntry {
  readonly name: string
  /** The byte that says what it is, as Go prints it: 48 a file, 53 a folder. */
  readonly type: number
  /** Permission bits. */
  readonly mode: number
  readonly content: Uint8Array
}

export const regularFile = 48
export const folder = 53

/** Bytes that an archive may have unpacked. Fabric has no limit; a small file can hold a huge archive. */
const unpackedLimit = 256 * 1024 * 1024

const types: Readonly<Record<string, number>> = {
  file: regularFile,
  link: 49,
  symlink: 50,
  'character-device': 51,
  'block-device': 52,
  directory: folder,
  fifo: 54,
  'contiguous-file': 55,
}

/** Calls `visit` for each entry in order; what it throws ends the reading. @throws Error in Go's words where it is no such archive */
export async function readTarGzip(
  bytes: Uint8Array,
  visit: (entry: ArchiveEntry) => void,
  limit = unpackedLimit,
): Promise<void> {
  checkGzip(bytes)
  const [unzip, archive] = [createGunzip(), extract()]
  let left = limit
  unzip.on('error', (error) => archive.destroy(inGoWords(error)))
  // Counted here and not by entry: what lies between entries counts as well.
  unzip.on('data', (chunk: Uint8Array) => {
    left -= chunk.length
    if (left < 0) archive.destroy(new Error(`archive is larger than ${limit} bytes unpacked`))
  })
  unzip.pipe(archive)
  unzip.end(bytes)
  try {
    // The loop begins before anything is awaited: entries that nobody waits for are lost.
    for await (const entry of archive) {
      const { name, type, mode } = entry.header
      const parts: Uint8Array[] = []
      for await (const part of entry) {
        if (!(part instanceof Uint8Array)) throw new TypeError('an archive that is not bytes')
        parts.push(part)
      }
      visit({ name, type: types[type ?? 'file'] ?? 0, mode: mode ?? 0o644, content: Buffer.concat(parts) })
    }
  } catch (error) {
    throw inGoWords(error)
  } finally {
    unzip.destroy()
  }
}

/** Reading of the head alone, which Go does first. @throws Error in Go's words */
function checkGzip(bytes: Uint8Array): void {
  if (bytes.length === 0) throw new GzipHeadError('EOF')
  if (bytes.length < 10) throw new GzipHeadError('unexpected EOF')
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 8) throw new GzipHeadError('gzip: invalid header')
}

/** It does not even begin as a gzip archive. */
export class GzipHeadError extends Error {}

const goWords: readonly (readonly [RegExp, string])[] = [
  [/unexpected end of (file|data)/i, 'unexpected EOF'],
  [/incorrect header check/i, 'gzip: invalid header'],
  [/incorrect (data|length) check/i, 'gzip: invalid checksum'],
  [/invalid tar header/i, 'archive/tar: invalid tar header'],
  [/invalid (block type|stored block|code lengths|distance|literal|bit length)/i, 'flate: corrupt input'],
]

function inGoWords(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error)
  const [, words] = goWords.find(([pattern]) => pattern.test(message)) ?? []
  if (words === undefined) return error instanceof Error ? error : new Error(message)
  return new Error(words, { cause: error })
}
