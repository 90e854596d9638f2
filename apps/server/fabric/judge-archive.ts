import { createHash } from 'node:crypto'
import { constants, type FileHandle, open } from 'node:fs/promises'
import { hasCode } from '@cello/kit'
import { PlatformError } from '@cello/model'

import { maxArchiveBytes } from './download.ts'
import { unpackRelease } from './release-archive.ts'

/** An archive on this machine, and what it must be. */
export interface ExpectedArchive {
  readonly path: string
  /** How people know it: its path, or where it came from. */
  readonly name: string
  /** Lower-case hex. */
  readonly sha256: string
}

/** @throws DIGEST_MISMATCH, ARCHIVE_UNREADABLE, ARCHIVE_REFUSED, the signal's reason */
export async function checkDigest(
  { path, name, sha256 }: ExpectedArchive,
  options: { readonly signal: AbortSignal; readonly onBytes: (done: number, total: number) => void },
): Promise<void> {
  await using archive = await openArchive(path)
  const { size } = await archive.stat()
  const hash = createHash('sha256')
  let done = 0
  for await (const chunk of bytesOf(archive)) {
    options.signal.throwIfAborted()
    hash.update(chunk)
    done += chunk.length
    options.onBytes(done, size)
  }
  refuseOther(name, hash.digest('hex'), sha256)
}

/**
 * Unpacks a release into an empty folder. Its digest is taken once more on the way, since the file could have been written to
 * after it was checked: nothing of it may be started before this has ended well.
 * @throws DIGEST_MISMATCH, ARCHIVE_UNREADABLE, ARCHIVE_REFUSED, the signal's reason, what the file system says
 */
export async function unpackChecked(
  { path, name, sha256 }: ExpectedArchive,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  await using archive = await openArchive(path)
  const hash = createHash('sha256')
  await unpackRelease(hashed(bytesOf(archive), hash), folder, { file: name, signal })
  refuseOther(name, hash.digest('hex'), sha256)
}

/** Whether there is an archive of somebody's own to begin with, before an operation is made of it. @throws ARCHIVE_UNREADABLE, ARCHIVE_REFUSED */
export async function probeArchive(path: string): Promise<void> {
  await using archive = await openArchive(path)
  if ((await archive.stat()).size === 0) throw unreadable(path, 'it is empty')
}

/** @throws ARCHIVE_UNREADABLE, ARCHIVE_REFUSED */
async function openArchive(path: string): Promise<FileHandle> {
  // Opened otherwise, a pipe that nobody writes to would hold a thread for good.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw unreadable(path, whyClosed(error), error)
  })
  const stats = await handle.stat()
  if (stats.isFile() && stats.size <= maxArchiveBytes) return handle
  await handle.close()
  if (!stats.isFile()) throw unreadable(path, stats.isDirectory() ? 'it is a folder' : 'it is no ordinary file')
  throw new PlatformError('ARCHIVE_REFUSED', { file: path, detail: `it is larger than ${maxArchiveBytes} bytes` })
}

function whyClosed(error: unknown): string {
  if (hasCode(error, 'ENOENT', 'ENOTDIR')) return 'there is no such file'
  if (hasCode(error, 'EACCES', 'EPERM')) return 'the user that runs the server may not read it'
  return error instanceof Error ? error.message : String(error)
}

function unreadable(file: string, detail: string, cause?: unknown): PlatformError {
  return new PlatformError('ARCHIVE_UNREADABLE', { file, detail }, { cause })
}

function refuseOther(file: string, actual: string, expected: string): void {
  if (actual !== expected) throw new PlatformError('DIGEST_MISMATCH', { file, actual, expected })
}

function bytesOf(archive: FileHandle): AsyncIterable<Uint8Array> {
  return archive.createReadStream({ start: 0, autoClose: false, highWaterMark: 1024 ** 2 })
}

async function* hashed(bytes: AsyncIterable<Uint8Array>, hash: ReturnType<typeof createHash>) {
  for await (const chunk of bytes) {
    hash.update(chunk)
    yield chunk
  }
}
