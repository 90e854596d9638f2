import { open } from 'node:fs/promises'
import type { Clock } from '@cello/kit'
import { PlatformError } from '@cello/model'
import { type Answer, downloadFailed, type GetOptions, httpGet } from './http-get.ts'
import {
  type Beginning,
  beginningOf,
  discardPart,
  isRest,
  isWhole,
  restHeaders,
  sizeOf,
  startPart,
} from './part-file.ts'

/** A release is some 125 MB; what is larger than this is no release. */
export const maxArchiveBytes = 1024 ** 3

export interface Download {
  readonly url: URL
  /** Where the bytes gather; what is known of them lies beside it, as `<part>.json`. */
  readonly part: string
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly idleMs: number
  /** Milliseconds before the second try; doubles. */
  readonly retryMs: number
  readonly onBytes: (done: number, total: number | undefined) => void
}

/** In a row, without a byte gained in between. */
const maxTries = 4

/**
 * Fetches a file into `part`, going on where an earlier try ended if the server still has the same file, and from the
 * start otherwise. A cut connection is taken up again, a few times.
 * @returns whether bytes of an earlier call are in it.
 * @throws FABRIC_DOWNLOAD_FAILED, ARCHIVE_REFUSED (too large), the signal's reason, and what the file system says.
 */
export async function download(job: Download): Promise<{ readonly resumed: boolean }> {
  const resumed = (await beginningOf(job.part, job.url)).bytes > 0
  let gainedAny = false
  for (let tries = 1; ; tries++) {
    const beginning = await beginningOf(job.part, job.url)
    if (isWhole(beginning)) {
      job.onBytes(beginning.bytes, beginning.bytes)
      return { resumed }
    }
    const cut = await fetchRest(job, beginning).catch(cutOnly)
    if (!cut) return { resumed }
    const gained = (await sizeOf(job.part)) > beginning.bytes
    gainedAny ||= gained
    // A server that never gave a byte is reported at once: somebody waits to hear that there is no network.
    if (!gainedAny || tries >= maxTries) throw cut
    if (gained) tries = 0
    await job.clock.sleep(job.retryMs * 2 ** tries, { signal: job.signal })
  }
}

/** A connection that broke is returned, since a new one may mend it; all else is thrown, an answer that says no included. */
function cutOnly(error: unknown): PlatformError {
  if (!(error instanceof PlatformError) || error.code !== 'FABRIC_DOWNLOAD_FAILED') throw error
  if (error.facts['status'] !== undefined) throw error
  return error
}

async function fetchRest(job: Download, beginning: Beginning): Promise<undefined> {
  const options: GetOptions = { signal: job.signal, idleMs: job.idleMs }
  if (beginning.bytes === 0) return await receive(job, await httpGet(job.url, options), 0)
  const answer = await httpGet(job.url, { ...options, headers: restHeaders(beginning) })
  if (isRest(answer, beginning)) return await receive(job, answer, beginning.bytes)
  if (answer.status !== 206 && answer.status !== 416) return await receive(job, answer, 0)
  answer.body.destroy()
  await discardPart(job.part)
  return await receive(job, await httpGet(job.url, options), 0)
}

/** Appends the body to the part, which has `from` bytes; with 0 it is started anew. */
async function receive(job: Download, answer: Answer, from: number): Promise<undefined> {
  const { part, url, signal, onBytes } = job
  const total = totalOf(answer, from)
  try {
    refuseAnswer(url, answer)
    refuseTooLarge(url, total ?? 0)
    if (from === 0) await startPart(part, url, answer, total)
    onBytes(from, total)
    // Not a pipeline: one that fails may still be writing when it says so, and we look at what is there.
    await using file = await open(part, 'a')
    let done = from
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      done += chunk.length
      refuseTooLarge(url, done)
      await file.write(chunk)
      onBytes(done, total)
    }
  } catch (error) {
    signal.throwIfAborted()
    throw isLocal(error) ? error : downloadFailed(url, error)
  } finally {
    answer.body.destroy()
  }
  if (total !== undefined && (await sizeOf(part)) !== total) throw downloadFailed(url, 'its end is missing')
  return undefined
}

function totalOf({ headers }: Answer, from: number): number | undefined {
  const rest = headers['content-length']
  return rest === undefined ? undefined : from + Number(rest)
}

function refuseTooLarge(url: URL, bytes: number): void {
  if (bytes <= maxArchiveBytes) return
  throw new PlatformError('ARCHIVE_REFUSED', { file: url.href, detail: `it is larger than ${maxArchiveBytes} bytes` })
}

function refuseAnswer(url: URL, { status }: Answer): void {
  if (status === 200 || status === 206) return
  const detail = status === 404 ? 'there is no such file (404)' : `the server answers with status ${status}`
  throw new PlatformError('FABRIC_DOWNLOAD_FAILED', { url: url.href, detail, status })
}

/** An error of our own, or of the file system, which names a file or failed to write to one. */
function isLocal(error: unknown): boolean {
  if (error instanceof PlatformError) return true
  const { path, syscall, code }: { path?: unknown; syscall?: unknown; code?: unknown } = Object(error)
  return typeof path === 'string' || (syscall === 'write' && code !== 'ECONNRESET' && code !== 'EPIPE')
}
