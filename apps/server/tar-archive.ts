/** A tar.gz from somebody else, read entry by entry: never more of it than its entries say. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract, type Header } from 'tar-stream'

/** Its content goes by unless it is read; `resume` passes it over. */
export type TarEntry = AsyncIterable<Uint8Array> & { readonly header: Header; resume(): unknown }

export interface TarReading {
  /** What is thrown where the archive unpacks to more than its entries say. */
  readonly refusal: (reason: string) => Error
  readonly signal?: AbortSignal | undefined
}

/** Bytes that tar may spend between two entries: headers, padding, long names. tar-stream holds them in memory. */
const betweenEntries = 1024 ** 2

/** Bytes that were unpacked, and that may be: so many more as the entry that is being read has by its header. */
interface Budget {
  fed: number
  allowed: number
}

/**
 * @param read is given the entries and judges each before it reads it. It begins its loop over them at once: an entry that
 * nobody listens for is lost, and the rest with it.
 * @throws what `read` throws, else what the archive did (see `isDamage`); the signal's reason
 */
export async function readTarGz<T>(
  archive: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  read: (entries: AsyncIterable<TarEntry>) => Promise<T>,
  { refusal, signal }: TarReading,
): Promise<T> {
  const reader = extract()
  const budget = { fed: 0, allowed: betweenEntries }
  const source = metered(budget, refusal)
  const feeding = pipeline(Readable.from(archive), createGunzip(), source, reader, signal ? { signal } : {})
  const [fed, done] = await Promise.allSettled([feeding, read(entriesOf(reader, budget))])
  signal?.throwIfAborted()
  if (done.status === 'rejected') throw done.reason
  if (fed.status === 'rejected') throw fed.reason
  return done.value
}

/** Whether it is an error of zlib, or of tar-stream, which carry no code: the archive is none, or is cut off. */
export function isDamage(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  const { code = 'Z_' }: { code?: unknown } = Object(error)
  return typeof code === 'string' && (code.startsWith('Z_') || code === 'ERR_STREAM_PREMATURE_CLOSE')
}

function metered(budget: Budget, refusal: TarReading['refusal']) {
  return async function* (source: AsyncIterable<Uint8Array>) {
    for await (const chunk of source) {
      budget.fed += chunk.length
      if (budget.fed > budget.allowed) throw refusal('it unpacks to more than its entries say')
      yield chunk
    }
  }
}

async function* entriesOf(reader: AsyncIterable<unknown>, budget: Budget): AsyncGenerator<TarEntry> {
  for await (const entry of reader) {
    if (!isEntry(entry)) continue
    budget.allowed = budget.fed + entry.header.size + betweenEntries
    yield entry
  }
}

/** tar-stream's types leave open what it gives. */
function isEntry(entry: unknown): entry is TarEntry {
  return typeof entry === 'object' && entry !== null && 'header' in entry && Symbol.asyncIterator in entry
}
