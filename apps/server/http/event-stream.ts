import type { ServerResponse } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { RequestMistakes } from './problems.ts'

/** One event as it goes out. */
export interface StreamEvent {
  readonly id?: string | undefined
  readonly event: string
  readonly data: unknown
}

export interface StreamOptions {
  /** Milliseconds between two signs of life. */
  readonly heartbeatMs: number
  /** Fires when the server stops. */
  readonly signal: AbortSignal
  /** Milliseconds that a client is given to read what waits for it; default 30 s. */
  readonly patienceMs?: number | undefined
}

/** Bytes that may wait for a client. One that reads more slowly is cut off: it can come back with Last-Event-ID. */
const bufferLimit = 1024 * 1024
const defaultPatienceMs = 30_000

/**
 * Sends events as they come, until they end, the client leaves, or the server stops; the source is left in each case.
 * `@fastify/sse` is not used for it: it does not let go of clients that stop reading.
 */
export async function streamEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  open: (signal: AbortSignal) => Promise<AsyncIterable<StreamEvent>>,
  options: StreamOptions,
): Promise<FastifyReply> {
  const left = new AbortController()
  const signal = AbortSignal.any([left.signal, options.signal])
  // Opened before the head is sent, so that what is not there is answered as a problem.
  const events = await open(signal)
  reply.hijack()
  const { raw } = reply
  raw.on('close', () => left.abort())
  raw.on('error', () => left.abort())
  raw.writeHead(200, {
    ...headersOf(reply),
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
    // Else a connection whose stream ended while the server stops would be waited for until it is stale.
    Connection: 'close',
  })
  raw.write('retry: 1000\n\n')
  const heart = setInterval(() => raw.write(': alive\n\n'), options.heartbeatMs)
  try {
    for await (const event of events) {
      raw.write(format(event))
      if (!(await hasRoom(raw, signal, options.patienceMs ?? defaultPatienceMs))) break
    }
    if (!signal.aborted) raw.write('event: end\ndata: {}\n\n')
  } catch (error) {
    if (!signal.aborted) request.log.warn({ err: error }, 'event stream broke off')
  } finally {
    clearInterval(heart)
    left.abort()
    raw.end()
  }
  return reply
}

/** The number after which a client wants to go on. @throws RequestMistakes */
export function lastEventId({ headers }: FastifyRequest): number | undefined {
  const id = headers['last-event-id']
  if (id === undefined || id === '') return undefined
  if (typeof id === 'string' && /^\d{1,15}$/.test(id)) return Number(id)
  throw new RequestMistakes([{ pointer: '/headers/Last-Event-ID', detail: 'give the id of an event of this stream' }])
}

function headersOf(reply: FastifyReply): Record<string, string> {
  return Object.fromEntries(Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]))
}

function format({ id, event, data }: StreamEvent): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

/** Waits until the client has read enough. @returns false when it did not, or is gone */
async function hasRoom(raw: ServerResponse, signal: AbortSignal, patienceMs: number): Promise<boolean> {
  if (signal.aborted || raw.destroyed) return false
  if (raw.writableLength <= bufferLimit) return true
  const drained = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), patienceMs)
    const done = (isRead: boolean) => () => {
      clearTimeout(timer)
      resolve(isRead)
    }
    raw.once('drain', done(true))
    signal.addEventListener('abort', done(false), { once: true })
  })
  if (!drained) raw.destroy()
  return drained
}
