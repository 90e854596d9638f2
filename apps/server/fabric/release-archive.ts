import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { PlatformError } from '@cello/model'
import type { Header } from 'tar-stream'
import { isDamage, readTarGz, type TarEntry } from '../tar-archive.ts'
import { nodePrograms, releasePrograms } from './release.ts'

export interface ArchiveLimits {
  readonly entries: number
  /** Unpacked bytes of one file, and of all together, those included that are passed over. */
  readonly fileBytes: number
  readonly totalBytes: number
}

/** A release holds some 20 files, the largest of 70 MB, 230 MB together. */
export const releaseLimits: ArchiveLimits = { entries: 500, fileBytes: 512 * 1024 ** 2, totalBytes: 2 * 1024 ** 3 }

/** All that is taken; a path of the archive is never used but as one of these. */
const wanted = new RegExp(`^(?:bin/(?:${releasePrograms.join('|')})|config/[a-z][a-z0-9_-]{0,60}\\.yaml)$`)

/**
 * Unpacks a release's programs and configuration files into an empty folder, as `bin` and `config`; each entry is judged
 * before a byte of it is written, also those that are passed over. Links, devices, and paths that lead out are refused.
 * @throws PlatformError ARCHIVE_REFUSED, and what the file system says. What was written by then stays: the caller removes the folder.
 */
export async function unpackRelease(
  archive: AsyncIterable<Uint8Array>,
  folder: string,
  options: { readonly file: string; readonly signal: AbortSignal; readonly limits?: ArchiveLimits },
): Promise<void> {
  const { file, signal, limits = releaseLimits } = options
  await mkdir(join(folder, 'bin'))
  await mkdir(join(folder, 'config'))
  const refusal = (reason: string) => new Refusal(reason)
  try {
    await readTarGz(archive, (entries) => unpackEntries(entries, folder, limits), { refusal, signal })
  } catch (error) {
    throw signal.aborted ? signal.reason : asRefusal(file, error)
  }
}

class Refusal extends Error {}

async function unpackEntries(archive: AsyncIterable<TarEntry>, folder: string, limits: ArchiveLimits): Promise<void> {
  const taken = new Set<string>()
  let total = 0
  let entries = 0
  for await (const entry of archive) {
    const { name, type, size } = entry.header
    const path = judgedPath(name, type)
    entries += 1
    total += size
    refuseTooMuch({ entries, fileBytes: size, totalBytes: total }, limits)
    if (type === 'directory' || !wanted.test(path)) {
      entry.resume()
      continue
    }
    if (taken.has(path)) throw new Refusal(`${path} stands in it twice`)
    taken.add(path)
    await writeEntry(join(folder, path), entry, path.startsWith('bin/') ? 0o755 : 0o644)
  }
  const missing = nodePrograms.find((program) => !taken.has(`bin/${program}`))
  if (missing) throw new Refusal(`it holds no bin/${missing}, so it is no release of Fabric`)
}

async function writeEntry(path: string, entry: TarEntry, mode: number): Promise<void> {
  await using file = await open(path, 'wx', mode)
  for await (const chunk of entry) await file.write(chunk)
  await file.sync()
}

function refuseTooMuch(seen: ArchiveLimits, limits: ArchiveLimits): void {
  if (seen.entries > limits.entries) throw new Refusal(`it has more than ${limits.entries} entries`)
  if (seen.fileBytes > limits.fileBytes) throw new Refusal(`a file in it is larger than ${limits.fileBytes} bytes`)
  if (seen.totalBytes > limits.totalBytes) throw new Refusal(`it unpacks to more than ${limits.totalBytes} bytes`)
}

/** The entry's path without a leading `./` and a trailing `/`. */
function judgedPath(name: string, type: Header['type']): string {
  const shown = JSON.stringify(name.slice(0, 200))
  if (/\p{Cc}|\ufffd|\\/u.test(name)) throw new Refusal(`the path ${shown} has characters that no release has`)
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) throw new Refusal(`the path ${shown} is absolute`)
  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..')) throw new Refusal(`the path ${shown} leads out of it`)
  if (type !== 'file' && type !== 'contiguous-file' && type !== 'directory') {
    throw new Refusal(`the entry ${shown} is a ${type}; a release has files and folders only`)
  }
  return parts.join('/')
}

function asRefusal(file: string, error: unknown): unknown {
  const isRefusal = error instanceof Refusal
  if (!isRefusal && !isDamage(error)) return error
  const detail = isRefusal ? error.message : `it is no whole tar.gz archive (${error.message})`
  return new PlatformError('ARCHIVE_REFUSED', { file, detail }, { cause: error })
}
