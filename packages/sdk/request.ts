import { isWrite, paramNames, pathOf, type RouteDefinition } from '@cello/api'
import { type CelloError, errorOf, unreachable } from './problem-error.ts'

export interface ClientOptions {
  /** Such as `http://127.0.0.1:8080`. */
  readonly baseUrl: string
  readonly token: string
  /** Instead of the global one. */
  readonly fetch?: typeof fetch
  /** Ends every call of this client. */
  readonly signal?: AbortSignal
  /** Tries after the first; default 4. */
  readonly retries?: number
}

/** What any call may be given beside its own input. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined
  /** Default: one that is made for the call, so that a repetition has no second effect. */
  readonly idempotencyKey?: string | undefined
  /** The ETag that was read. `*`: whatever it is now. */
  readonly ifMatch?: string | undefined
  readonly lastEventId?: string | undefined
}

/** A call's input, whatever its route. */
export interface AnyInput extends CallOptions {
  readonly params?: Readonly<Record<string, string>> | undefined
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined
  readonly body?: unknown
}

/** Milliseconds before the first repetition, and at most before any. */
const firstWaitMs = 100
const longestWaitMs = 5_000

/**
 * Sends a call and repeats it while that may help and cannot harm: reads, and writes by their Idempotency-Key. Waits as long
 * as Retry-After says, else twice as long each time with jitter. @throws CelloError
 */
export async function send(options: ClientOptions, route: RouteDefinition, input: AnyInput): Promise<Response> {
  const signal = anySignal(options.signal, input.signal)
  const request = describe(options, route, input)
  const tries = 1 + (options.retries ?? 4)
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted()
    const outcome = await trySend(options, request, signal)
    if (outcome instanceof Response && outcome.ok) return outcome
    const error = outcome instanceof Response ? await errorOf(outcome) : outcome
    if (attempt >= tries || !maySucceedLater(error)) throw error
    await wait(retryAfterMs(outcome) ?? jittered(attempt), signal)
  }
}

interface Described {
  readonly url: string
  readonly init: RequestInit
}

function describe(options: ClientOptions, route: RouteDefinition, input: AnyInput): Described {
  const headers: Record<string, string> = { Authorization: `Bearer ${options.token}` }
  headers['Accept'] = route.events ? 'text/event-stream' : 'application/json, application/problem+json'
  if (isWrite(route)) headers['Idempotency-Key'] = input.idempotencyKey ?? crypto.randomUUID()
  if (input.ifMatch !== undefined) headers['If-Match'] = input.ifMatch
  if (input.lastEventId !== undefined) headers['Last-Event-ID'] = input.lastEventId
  const init: RequestInit = { method: route.method, headers, redirect: 'error' }
  if (route.upload) {
    headers['Content-Type'] = route.upload
    if (!(input.body instanceof Uint8Array)) throw new TypeError('give the upload as bytes')
    init.body = new Uint8Array(input.body)
  } else if (route.body) {
    headers['Content-Type'] = 'application/json'
    init.body = JSON.stringify(input.body)
  }
  return { url: urlOf(options.baseUrl, route, input), init }
}

function urlOf(baseUrl: string, route: RouteDefinition, { params = {}, query = {} }: AnyInput): string {
  let path = pathOf(route)
  for (const name of paramNames(route.path)) {
    path = path.replace(`{${name}}`, encodeURIComponent(params[name] ?? ''))
  }
  const url = new URL(`${baseUrl.replace(/\/$/, '')}${path}`)
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value))
  }
  return url.href
}

async function trySend(
  options: ClientOptions,
  { url, init }: Described,
  signal: AbortSignal | undefined,
): Promise<Response | CelloError> {
  try {
    return await (options.fetch ?? fetch)(url, signal ? { ...init, signal } : init)
  } catch (error) {
    signal?.throwIfAborted()
    return unreachable(options.baseUrl, error)
  }
}

/** COMMIT_FAILED and the like are `never`; what is `later` was answered before it had an effect, or is known by its key. */
function maySucceedLater(error: CelloError): boolean {
  if (error.status === 0) return true
  return error.status === 429 || error.status === 502 || error.status === 503 || error.code === 'IDEMPOTENCY_IN_FLIGHT'
}

function retryAfterMs(outcome: Response | CelloError): number | undefined {
  const header = outcome instanceof Response ? outcome.headers.get('Retry-After') : null
  if (header === null) return undefined
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}

/** Up to half is taken off at random, so that many callers do not come back together. */
export function jittered(attempt: number): number {
  const full = Math.min(longestWaitMs, firstWaitMs * 2 ** (attempt - 1))
  return full - Math.random() * (full / 2)
}

export function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'))
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })
}

export function anySignal(...signals: readonly (AbortSignal | undefined)[]): AbortSignal | undefined {
  const given = signals.filter((signal) => signal !== undefined)
  return given.length === 0 ? undefined : AbortSignal.any(given)
}
