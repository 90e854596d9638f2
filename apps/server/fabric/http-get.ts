import { type IncomingMessage, get as plainGet } from 'node:http'
import { get as tlsGet } from 'node:https'
import { PlatformError } from '@cello/model'
import { officialReleases } from './release.ts'

/** Where GitHub's release downloads lead, and nothing else: the official address may redirect to these, over TLS. */
const officialHosts: ReadonlySet<string> = new Set([
  'github.com',
  'objects.githubusercontent.com',
  'release-assets.githubusercontent.com',
])

const maxRedirects = 5

export interface GetOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** Milliseconds in which something must come: the connection, the answer, each piece of its body. */
  readonly idleMs: number
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** As sent, never decoded; to be read or destroyed. */
  readonly body: IncomingMessage
}

/**
 * An address that a user gave. Loopback and private addresses are allowed for as long as the server has one user, the
 * owner of its token, and listens on loopback only: he can reach there anyway. With more users that must be refused.
 * @throws INVALID_REQUEST
 */
export function checkAddress(text: string): URL {
  const url = URL.parse(text)
  const refuse = (why: string) => new PlatformError('INVALID_REQUEST', { detail: `the address ${why}` })
  if (!url) throw refuse('is none')
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refuse('must begin with https:// or http://')
  if (url.username !== '' || url.password !== '') throw refuse('must not hold a user name or password')
  url.hash = ''
  return url
}

export function isOfficial(url: URL): boolean {
  return url.href.startsWith(`${officialReleases}/`)
}

/**
 * A GET as plain as can be: bytes come as they were sent, and only an official address may redirect.
 * @throws FABRIC_DOWNLOAD_FAILED, or the signal's reason
 */
export async function httpGet(url: URL, options: GetOptions): Promise<Answer> {
  const official = isOfficial(url)
  let at = url
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    const body = await getOnce(at, options).catch((error: unknown) => {
      throw options.signal.aborted ? options.signal.reason : downloadFailed(url, error)
    })
    const { statusCode: status = 0, headers } = body
    if (status < 300 || status >= 400 || headers.location === undefined) return { status, headers, body }
    body.destroy()
    at = new URL(headers.location, at)
    if (!official) throw downloadFailed(url, `it redirects to ${at.origin}; only the official address may redirect`)
    if (at.protocol !== 'https:' || !officialHosts.has(at.hostname)) {
      throw downloadFailed(url, `it redirects to ${at.origin}, which is none of GitHub's hosts for releases`)
    }
  }
  throw downloadFailed(url, `it redirects more than ${maxRedirects} times`)
}

/** @param why a sentence part, or what was thrown */
export function downloadFailed(url: URL, why: unknown): PlatformError {
  const detail = typeof why === 'string' ? why : whyOf(why)
  return new PlatformError('FABRIC_DOWNLOAD_FAILED', { url: url.href, detail }, { cause: why })
}

const networkErrors: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name is not known, so there may be no network',
  EAI_AGAIN: 'its name could not be looked up, so there may be no network',
  ECONNREFUSED: 'nothing listens there',
  ENETUNREACH: 'there is no way to it, so there may be no network',
  EHOSTUNREACH: 'there is no way to it, so there may be no network',
  ECONNRESET: 'the connection was cut',
  ERR_STREAM_PREMATURE_CLOSE: 'the connection was cut',
}

function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code }: { code?: unknown } = Object(error)
  return (typeof code === 'string' ? networkErrors[code] : undefined) ?? error.message
}

function getOnce(url: URL, { headers, signal, idleMs }: GetOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? tlsGet : plainGet
    const all = { 'user-agent': 'cello', 'accept-encoding': 'identity', ...headers }
    let answer: IncomingMessage | undefined
    const request = send(url, { headers: all, signal, agent: false, timeout: idleMs }, (found) => {
      answer = found
      resolve(found)
    })
    // The answer, once there, hides what its request was destroyed with.
    request.on('timeout', () => (answer ?? request).destroy(new Error(`nothing came for ${idleMs / 1000} s`)))
    request.on('error', reject)
  })
}
