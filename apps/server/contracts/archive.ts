import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { hasCode } from '@cello/kit'
import { PlatformError } from '@cello/model'
import type { Header } from 'tar-stream'

import { isDamage, readTarGz, type TarEntry } from '../tar-archive.ts'
import { safeEntryPath } from './entry-name.ts'

export interface ArchiveLimits {
  readonly entries: number
  /** Unpacked bytes of all files together. */
  readonly totalBytes: number
  /** Of one file; so much is held in memory. */
  readonly fileBytes: number
}

/** Room for a contract with its whole node_modules, far from what fills a disk. */
export const archiveLimits: ArchiveLimits = {
  entries: 20_000,
  totalBytes: 256 * 1024 * 1024,
  fileBytes: 32 * 1024 * 1024,
}

/**
 * Unpacks a tar.gz into an empty folder, each entry judged before a byte of it is written. Only files and folders; no entry
 * may lead out, come twice, or be a link or device.
 * @returns number of bytes written.
 * @throws PlatformError PACKAGE_INVALID. What was written by then stays: the caller removes the folder.
 */
export async function unpack(
  archive: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  folder: string,
  limits: ArchiveLimits = archiveLimits,
): Promise<number> {
  try {
    return await readTarGz(archive, (entries) => unpackEntries(entries, folder, limits), { refusal })
  } catch (error) {
    throw asRefusal(error)
  }
}

async function unpackEntries(entries: AsyncIterable<TarEntry>, folder: string, limits: ArchiveLimits): Promise<number> {
  const seen = new Set<string>()
  let total = 0
  for await (const entry of entries) {
    const path = checkEntry(entry.header, limits)
    const { type, size, mode } = entry.header
    if (seen.size >= limits.entries) throw refusal(`it has more than ${limits.entries} entries`)
    if (seen.has(path) && type !== 'directory') throw refusal(`the entry ${path} stands in it twice`)
    seen.add(type === 'directory' ? `${path}/` : path)
    total += size
    if (total > limits.totalBytes) throw refusal(`it unpacks to more than ${limits.totalBytes} bytes`)
    if (type === 'directory') {
      await mkdir(join(folder, path), { recursive: true })
      entry.resume()
    } else {
      await writeEntry(join(folder, path), entry, (mode & 0o111) === 0 ? 0o644 : 0o755)
    }
  }
  return total
}

/** @returns the entry's path. @throws PlatformError PACKAGE_INVALID */
function checkEntry({ name, type, size }: Header, limits: ArchiveLimits): string {
  const path = safeEntryPath(name)
  if (type !== 'file' && type !== 'contiguous-file' && type !== 'directory') {
    throw refusal(`the entry ${path} is a ${type}; only files and folders are taken`)
  }
  if (path === '' && type !== 'directory') throw refusal('an entry has no name')
  if (size > limits.fileBytes) throw refusal(`${path} is larger than ${limits.fileBytes} bytes`)
  return path
}

async function writeEntry(path: string, entry: TarEntry, mode: number): Promise<void> {
  const chunks: Uint8Array[] = []
  for await (const chunk of entry) chunks.push(chunk)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, Buffer.concat(chunks), { mode, flag: 'wx' })
}

function asRefusal(error: unknown): unknown {
  if (error instanceof PlatformError) return error
  if (hasCode(error, 'EEXIST', 'ENOTDIR', 'EISDIR')) {
    return refusal('a file and a folder in it have the same path')
  }
  return isDamage(error) ? refusal(`it is no whole tar.gz archive (${error.message})`, error) : error
}

function refusal(detail: string, cause?: unknown): PlatformError {
  return new PlatformError('PACKAGE_INVALID', { detail }, { cause })
}
