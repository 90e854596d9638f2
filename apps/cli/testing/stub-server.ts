import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { after, before } from 'node:test'
import type { Operation, Step } from '@cello/api'
import { createCli } from '../cli.ts'
import { run } from '../run.ts'

/** A server that answers what a test lays down, by method and path. For how things are shown; what they do is judged on a real one. */
export const stub = {
  answers: {} as Record<string, { status?: number; body: unknown; type?: string }>,
  /** What the last command asked for, in its order. */
  asked: [] as { route: string; body: string }[],
}

let server: Server
let url = ''

before(async () => {
  server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  url = typeof address === 'object' && address ? `http://127.0.0.1:${address.port}` : ''
})

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = await Array.fromAsync(request)
  const route = `${request.method} ${(request.url ?? '').replace('/api/v1', '').replace(/\?.*/, '')}`
  stub.asked.push({ route, body: Buffer.concat(chunks).toString() })
  const {
    status = 200,
    body,
    type = 'application/json',
  } = stub.answers[route] ?? { status: 404, body: problem(404, 'NOT_FOUND') }
  // As a server does that is killed.
  if (type === 'gone') return void response.destroy()
  response.writeHead(status, { 'Content-Type': type, ETag: '"7"' })
  response.end(type === 'application/json' ? JSON.stringify(body) : body)
}

after(() => new Promise((resolve) => server.close(resolve)))

/** Where it is, once tests run. */
export function stubUrl(): string {
  return url
}

/** Runs one command line against it. */
export async function cello(line: string, env: Record<string, string> = {}) {
  const text = { out: '', err: '' }
  const cli = createCli({
    env: { CELLO_URL: url, CELLO_TOKEN: 'token', ...env },
    out: { write: (more) => (text.out += more) },
    err: { write: (more) => (text.err += more) },
    in: {},
    interrupt: new AbortController().signal,
  })
  stub.asked = []
  const code = await run(cli, line.split(' '))
  return { code, ...text }
}

/** What a server answers that refuses. */
export function problem(status: number, code: string, more: object = {}) {
  return {
    type: 'about:blank',
    title: code,
    status,
    code,
    detail: `it is ${code}`,
    next: 'Do this.',
    retry: 'never',
    requestId: 'r1',
    ...more,
  }
}

export const network = {
  id: '1',
  name: 'demo',
  state: 'running',
  runtime: { kind: 'fabric', version: '3.1.5' },
  host: 'local',
  power: 'running',
  deleting: false,
  nodes: { wanted: 5, running: 5 },
  channels: [{ name: 'main', height: 3 }],
  createdAt: new Date().toISOString(),
}

export const step: Step = {
  kind: 'ensure-node',
  key: 'n1',
  needs: [],
  title: 'start peer Org1/peer0',
  state: 'pending',
  attempts: 0,
}
export const operation = {
  id: '00000000-0000-7000-8000-000000000001',
  kind: 'create-network',
  state: 'running',
  subject: { kind: 'network', id: '1', name: 'demo' },
  generation: 1,
  actor: 'token',
  createdAt: '2026-01-01T00:00:00.000Z',
  notes: [],
  steps: [step],
} satisfies Operation

/** Events as they go over a stream, and its end. */
export function streamOf(...events: object[]) {
  const text = events
    .map((event, seq) => `id: ${seq + 1}\ndata: ${JSON.stringify({ seq: seq + 1, ...event })}\n\n`)
    .join('')
  return { body: `${text}event: end\ndata: {}\n\n`, type: 'text/event-stream' }
}

const fabric = { version: '3.1.5', source: 'cache', chosen: true, programs: [] }

/** A network can be created, and its operation goes as the events say. */
export function created(end: Partial<Operation>, ...events: object[]) {
  stub.answers = {
    'GET /hosts/local': { body: { name: 'local' } },
    'GET /hosts/local/fabric': { body: { items: [fabric], unsuitable: [] } },
    'POST /networks': { status: 202, body: operation },
    [`GET /operations/${operation.id}`]: { body: { ...operation, ...end } },
    [`GET /operations/${operation.id}/events`]: streamOf(...events),
  }
}
