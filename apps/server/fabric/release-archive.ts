import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { PlatformError } from '@cello/model'
import { extract, type Header } from 'tar-stream'
import { nodePrograms, releasePrograms } from './release.ts'

export interface ArchiveLimits {
  readonly entries: number
  /** Unpacked bytes of one file, and of all together, those included that are passed over. */
  readonly fileBytes: number
  readonly totalBytes: number
}

/** A release holds some 20 files, the largest of 70 MB, 230 MB together. */
export const releaseLimits: ArchiveLimits = { entries: 500, fileBytes: 512 * 1024 ** 2, totalBytes: 2 * 1024 ** 3 }

/** Bytes that tar may spend between two entries: headers, padding, long names. tar-stream holds them in memory. */
const betweenEntries = 1024 ** 2

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
  // From here to the loop over its entries nothing may wait: an entry that nobody listens for is lost, and the rest with it.
  const reader = extract()
  const budget = { fed: 0, allowed: betweenEntries }
  const feeding = pipeline(Readable.from(archive), createGunzip(), metered(budget), reader, { signal })
  const reading = unpackEntries(reader, folder, limits, budget)
  const [fed, read] = await Promise.allSettled([feeding, reading])
  if (signal.aborted) throw signal.reason
  const failure = [read, fed].find((result) => result.status === 'rejected')
  if (failure) throw asRefusal(file, failure.reason)
}

type Entry = ReturnType<typeof extract> extends AsyncIterable<infer T> ? T : never

interface Budget {
  fed: number
  allowed: number
}

class Refusal extends Error {}

function metered(budget: Budget) {
  return async function* (source: AsyncIterable<Uint8Array>) {
    for await (const chunk of source) {
      budget.fed += chunk.length
      if (budget.fed > budget.allowed) throw new Refusal('it unpacks to more than its entries say')
      yield chunk
    }
  }
}

async function unpackEntries(
  reader: AsyncIterable<Entry>,
  folder: string,
  limits: ArchiveLimits,
  budget: Budget,
): Promise<void> {
  const taken = new Set<string>()
  let total = 0
  let entries = 0
  for await (const entry of reader) {
    const { name, type, size } = entry.header
    const path = judgedPath(name, type)
    entries += 1
    total += size
    refuseTooMuch({ entries, fileBytes: size, totalBytes: total }, limits)
    budget.allowed = budget.fed + size + betweenEntries
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

async function writeEntry(path: string, entry: AsyncIterable<unknown>, mode: number): Promise<void> {
  await using file = await open(path, 'wx', mode)
  for await (const chunk of entry) if (chunk instanceof Uint8Array) await file.write(chunk)
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
  if (!(error instanceof Error)) return error
  const { code = 'Z_' }: { code?: string } = Object(error)
  // zlib's errors, and tar-stream's, which carry no code.
  const isDamage = code.startsWith('Z_') || code === 'ERR_STREAM_PREMATURE_CLOSE'
  if (!(error instanceof Refusal) && !isDamage) return error
  const detail = error instanceof Refusal ? error.message : `it is no whole tar.gz archive (${error.message})`
  return new PlatformError('ARCHIVE_REFUSED', { file, detail }, { cause: error })
}
