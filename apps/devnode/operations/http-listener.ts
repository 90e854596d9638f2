/** An HTTP listener of the node, plain or with TLS, that answers from a list of routes. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { TLSSocket } from 'node:tls'

export interface ListenerTls {
  readonly certificate: string
  readonly privateKey: string
  readonly clientRoots: readonly string[]
  readonly clientAuthRequired: boolean
}

export interface ListenAddress {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
}

export interface HttpListener extends AsyncDisposable {
  readonly port: number
}

/** Answers a request; what it throws becomes status 500. */
export type HttpHandler = (request: IncomingMessage, answer: ServerResponse) => Promise<void> | void

/** Milliseconds that a client has for its whole request: a body of megabytes over a slow line, but not for ever. */
const requestTimeoutMs = 60_000

/** @throws Error when the address is taken or the key does not fit */
export async function listenHttp(
  address: ListenAddress,
  tls: ListenerTls | undefined,
  handle: HttpHandler,
): Promise<HttpListener> {
  const answerAll = (request: IncomingMessage, answer: ServerResponse): void => {
    Promise.resolve()
      .then(() => handle(request, answer))
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error)
        if (answer.headersSent) answer.destroy()
        else sendJson(answer, 500, { error: reason })
      })
  }
  const server = tls ? createTlsServer(tlsOptions(tls), answerAll) : createServer(answerAll)
  server.requestTimeout = requestTimeoutMs
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(address.port, address.host, resolve)
  })
  return { port: portOf(server), [Symbol.asyncDispose]: () => closed(server) }
}

export function sendJson(
  answer: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  answer.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(`${JSON.stringify(body)}\n`)
}

/** Whether the client showed a certificate that the listener's roots vouch for. */
export function isKnownClient(request: IncomingMessage): boolean {
  // The socket of an HTTPS server is a TLS socket; a plain one has no such property.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return (request.socket as TLSSocket).authorized
}

function tlsOptions({ certificate, privateKey, clientRoots, clientAuthRequired }: ListenerTls) {
  return {
    cert: certificate,
    key: privateKey,
    minVersion: 'TLSv1.2' as const,
    requestCert: clientAuthRequired || clientRoots.length > 0,
    rejectUnauthorized: clientAuthRequired,
    ...(clientRoots.length > 0 ? { ca: [...clientRoots] } : {}),
  }
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
