/** The operations endpoint: health, version, log level, metrics. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readBody } from './body.ts'
import { type HttpHandler, isKnownClient, sendJson } from './http-listener.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'

export interface OperationsOptions {
  readonly log: Log
  readonly metrics: Metrics
  /** `Metrics.Provider` is prometheus. */
  readonly servesMetrics: boolean
  /** With TLS only known clients may see metrics and change the log level. */
  readonly secure: boolean
  readonly version: string
}

/** Bytes: a logging specification is a line. */
const longestSpec = 10_000

export function operationsHandler(options: OperationsOptions): HttpHandler {
  const { secure, servesMetrics, metrics, version } = options
  return async (request, answer) => {
    const path = new URL(request.url ?? '/', 'http://node').pathname
    if (path === '/healthz') return answerHealth(request, answer)
    if (path === '/version') return sendJson(answer, 200, { CommitSHA: 'devnode', Version: version })
    const isOpen = !secure || isKnownClient(request)
    if (path === '/logspec') return isOpen ? answerLogSpec(options.log, request, answer) : refuse(answer)
    if (path === '/metrics' && servesMetrics) return isOpen ? answerMetrics(metrics, answer) : refuse(answer)
    answer.writeHead(404, { 'Content-Type': 'text/plain' }).end('404 page not found\n')
  }
}

function refuse(answer: ServerResponse): void {
  answer.writeHead(401).end()
}

function answerHealth(request: IncomingMessage, answer: ServerResponse): void {
  if (request.method === 'GET') sendJson(answer, 200, { status: 'OK', time: new Date().toISOString() })
  else answer.writeHead(405).end()
}

function answerMetrics(metrics: Metrics, answer: ServerResponse): void {
  answer.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' }).end(metrics.text())
}

async function answerLogSpec(log: Log, request: IncomingMessage, answer: ServerResponse): Promise<void> {
  if (request.method === 'GET') {
    sendJson(answer, 200, { spec: log.spec })
    return
  }
  if (request.method !== 'PUT') {
    sendJson(answer, 400, { error: `invalid request method: ${request.method}` })
    return
  }
  try {
    const body: unknown = JSON.parse((await readBody(request, longestSpec)).toString('utf8'))
    if (typeof body !== 'object' || body === null || !('spec' in body) || typeof body.spec !== 'string') {
      throw new Error('no text "spec" in the request')
    }
    log.setSpec(body.spec)
    answer.writeHead(204).end()
  } catch (error) {
    sendJson(answer, 400, { error: error instanceof Error ? error.message : String(error) })
  }
}
