import { createHash } from 'node:crypto'
import { chmod, type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '@cello/kit'
import { PlatformError } from '@cello/model'
import { asStorageError, freshFolder, hasCode, holdDownload, openCache, place } from './cache-folder.ts'
import { checkPrograms } from './check-programs.ts'
import { download, maxArchiveBytes } from './download.ts'
import { downloadFailed } from './http-get.ts'
import { discardPart } from './part-file.ts'
import { archiveName } from './release.ts'
import { unpackRelease } from './release-archive.ts'

export interface Installation {
  readonly version: string
  /** What the archive must hash to, lower-case hex. */
  readonly sha256: string
  readonly source: { readonly file: string } | { readonly url: URL }
  readonly cacheDir: string
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Milliseconds in which the server must send something. */
  readonly idleMs: number
  /** Milliseconds before a cut connection is taken up again; doubles. */
  readonly retryMs: number
  readonly onBytes: (done: number, total: number | undefined) => void
}

/**
 * Brings a release into the cache: fetched (or read) whole, its digest checked, unpacked into a private folder, its programs
 * checked, and only then given its name. Whatever ends it on the way leaves nothing but the part that was fetched.
 * @throws FABRIC_DOWNLOAD_FAILED, DIGEST_MISMATCH, ARCHIVE_REFUSED, PROGRAM_UNSUITABLE, STORAGE_FULL, FOLDER_NOT_WRITABLE, the signal's reason
 */
export async function installFabric(job: Installation): Promise<void> {
  try {
    const { downloads } = await openCache(job.cacheDir)
    if ('file' in job.source) await installFrom(job, job.source.file)
    else await installFromDownload(job, job.source.url, join(downloads, `${archiveName(job.version)}.part`))
  } catch (error) {
    throw asStorageError(error, job.cacheDir)
  }
}

async function installFromDownload(job: Installation, url: URL, part: string): Promise<void> {
  await using held = await holdDownload(part)
  if (!held) throw downloadFailed(url, 'another Cello on this machine is fetching it; wait for it')
  const { clock, signal, idleMs, retryMs, onBytes } = job
  const fetching = { url, part, clock, signal, idleMs, retryMs, onBytes }
  const { resumed } = await download(fetching)
  try {
    await installFrom(job, part)
  } catch (error) {
    const isWrong = error instanceof PlatformError && error.code === 'DIGEST_MISMATCH'
    if (isWrong) await discardPart(part)
    if (!isWrong || !resumed) throw error
    // Two halves of different files, maybe: servers without etags cannot tell us.
    await download(fetching)
    await installFrom(job, part).catch(async (again: unknown) => {
      await discardPart(part)
      throw again
    })
  }
  await discardPart(part)
}

async function installFrom(job: Installation, path: string): Promise<void> {
  // One handle for all that follows, so that what was checked is what is unpacked.
  await using archive = await openArchive(path)
  const file = 'url' in job.source ? job.source.url.href : path
  const wrong = (actual: string) => new PlatformError('DIGEST_MISMATCH', { file, actual, expected: job.sha256 })
  const found = await digestOf(archive, job)
  if (found !== job.sha256) throw wrong(found)
  await using folder = await freshFolder(job.cacheDir)
  const hash = createHash('sha256')
  await unpackRelease(hashed(bytesOf(archive), hash), folder.path, { file, signal: job.signal })
  // The file could have been written to since.
  const unpacked = hash.digest('hex')
  if (unpacked !== job.sha256) throw wrong(unpacked)
  await checkPrograms(join(folder.path, 'bin'), { version: job.version, file, signal: job.signal })
  await chmod(folder.path, 0o755)
  await place(job.cacheDir, job.version, folder.path)
}

/** @throws NOT_FOUND, INVALID_REQUEST, ARCHIVE_REFUSED */
export async function openArchive(path: string): Promise<FileHandle> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) throw new PlatformError('NOT_FOUND', { noun: 'file', id: path })
    throw new PlatformError('INVALID_REQUEST', { detail: `the file ${path} cannot be read` }, { cause: error })
  })
  const stats = await handle.stat()
  if (stats.isFile() && stats.size <= maxArchiveBytes) return handle
  await handle.close()
  if (!stats.isFile()) throw new PlatformError('INVALID_REQUEST', { detail: `${path} is no file` })
  throw new PlatformError('ARCHIVE_REFUSED', { file: path, detail: `it is larger than ${maxArchiveBytes} bytes` })
}

async function digestOf(archive: FileHandle, job: Installation): Promise<string> {
  const { size } = await archive.stat()
  const hash = createHash('sha256')
  let done = 0
  for await (const chunk of bytesOf(archive)) {
    job.signal.throwIfAborted()
    hash.update(chunk)
    done += chunk.length
    if ('file' in job.source) job.onBytes(done, size)
  }
  return hash.digest('hex')
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
