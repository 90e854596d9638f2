import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Answer } from './http-get.ts'

/*
 * The beginning of a file that is being fetched, and beside it, in `<part>.json`, what the server said of the file, by which
 * is known whether the rest still fits.
 */

const Facts = z.object({
  url: z.string(),
  etag: z.string().optional(),
  modified: z.string().optional(),
  length: z.number().optional(),
})
type Facts = z.output<typeof Facts>

export interface Beginning {
  readonly bytes: number
  readonly facts?: Facts
}

/** What is there of the file at the address. */
export async function beginningOf(part: string, url: URL): Promise<Beginning> {
  const facts = await readFacts(part)
  const bytes = await sizeOf(part)
  const usable = facts?.url === url.href && bytes <= (facts.length ?? Number.POSITIVE_INFINITY)
  return usable ? { bytes, facts } : { bytes: 0 }
}

export function isWhole({ bytes, facts }: Beginning): boolean {
  return bytes > 0 && bytes === facts?.length
}

/** Starts anew. Facts come first: bytes without them are thrown away, they without bytes do no harm. */
export async function startPart(part: string, url: URL, { headers }: Answer, length?: number): Promise<void> {
  await discardPart(part)
  const facts: Facts = { url: url.href, etag: headers.etag, modified: headers['last-modified'], length }
  await writeFile(`${part}.json`, JSON.stringify(facts), { mode: 0o600 })
  await writeFile(part, '', { mode: 0o600 })
}

export async function discardPart(part: string): Promise<void> {
  await rm(part, { force: true })
  await rm(`${part}.json`, { force: true })
}

/** Headers that ask for the rest, or for the whole if the file has changed. */
export function restHeaders({ bytes, facts }: Beginning): Record<string, string> {
  // A weak etag says that files mean the same, not that their bytes are (RFC 9110, 13.1.5).
  const unchanged = facts?.etag?.startsWith('"') ? facts.etag : facts?.modified
  return { range: `bytes=${bytes}-`, ...(unchanged === undefined ? {} : { 'if-range': unchanged }) }
}

/** Whether a partial answer is the rest of the file that we have the beginning of. */
export function isRest({ status, headers }: Answer, { bytes, facts }: Beginning): boolean {
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers['content-range'] ?? '') ?? []
  const isSameLength = total === '*' || sameOrUnsaid(total, facts?.length?.toString())
  return status === 206 && Number(start) === bytes && isSameLength && sameOrUnsaid(headers.etag, facts?.etag)
}

function sameOrUnsaid(now: string | undefined, then: string | undefined): boolean {
  return now === undefined || then === undefined || now === then
}

async function readFacts(part: string): Promise<Facts | undefined> {
  try {
    return Facts.parse(JSON.parse(await readFile(`${part}.json`, 'utf8')))
  } catch {
    return undefined
  }
}

export async function sizeOf(part: string): Promise<number> {
  return await stat(part).then(
    ({ size }) => size,
    () => 0,
  )
}
