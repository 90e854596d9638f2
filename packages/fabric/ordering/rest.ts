import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { CallContext } from '../connection.ts'
import type { Endpoint } from '../endpoint.ts'
import { FabricError } from '../errors.ts'
import { type CallSubject, cancelled, factsOf, maxMessageBytes, throwIfAborted, timeoutOf } from '../limits.ts'

export interface RestRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly body?: { readonly contentType: string; readonly bytes: Uint8Array }
}

export interface RestAnswer {
  readonly status: number
  readonly body: Buffer
}

/** One node's HTTP endpoint with its kept-alive TLS connections. */
export interface RestClient extends AsyncDisposable {
  readonly endpoint: Endpoint
  /** @throws FabricError UNREACHABLE, DENIED (TLS refused), DEADLINE_EXCEEDED, CANCELLED; never for an HTTP status */
  send(request: RestRequest, context: CallContext): Promise<RestAnswer>
}

const loopback = /^(localhost|127(\.\d{1,3}){3}|::1)$/

/**
 * HTTPS, mutual where the endpoint has a client certificate. Without TLS roots it speaks plain HTTP, to loopback only.
 * @throws FabricError INVALID for plain HTTP anywhere else
 */
export function openRest(endpoint: Endpoint): RestClient {
  const plain = endpoint.tlsRoots.length === 0
  if (plain && !loopback.test(endpoint.host)) {
    throw new FabricError('INVALID', 'No TLS roots given', { node: endpoint.node, next: 'Name the TLS authority' })
  }
  const agentOf = (keepAlive: boolean) =>
    plain ? new HttpAgent({ keepAlive }) : new HttpsAgent({ keepAlive, ...tlsOptions(endpoint) })
  const [kept, single] = [agentOf(true), agentOf(false)]
  const transport = { endpoint, kept, single, start: plain ? httpRequest : httpsRequest }
  return {
    endpoint,
    send: (request, context) => send(transport, request, context),
    async [Symbol.asyncDispose]() {
      kept.destroy()
      single.destroy()
    },
  }
}

function tlsOptions({ tlsRoots, clientCertificate, clientKey, serverName, host }: Endpoint) {
  return {
    ca: [...tlsRoots],
    servername: serverName ?? host,
    ...(clientCertificate === undefined ? {} : { cert: clientCertificate }),
    ...(clientKey === undefined ? {} : { key: clientKey }),
    minVersion: 'TLSv1.2' as const,
  }
}

interface Transport {
  readonly endpoint: Endpoint
  /** Of what is read. Fabric closes a connection after 10 s without a request, at times while one is on its way. */
  readonly kept: HttpAgent
  /** Of what changes something, and could not be sent again where such a connection takes it down: one for each. */
  readonly single: HttpAgent
  readonly start: typeof httpRequest
}

async function send(transport: Transport, request: RestRequest, context: CallContext): Promise<RestAnswer> {
  const { endpoint } = transport
  throwIfAborted(context.signal, context)
  const deadline = AbortSignal.timeout(Math.ceil(timeoutOf(context)))
  const signal = context.signal ? AbortSignal.any([context.signal, deadline]) : deadline
  const options: RequestOptions = {
    host: endpoint.host,
    port: endpoint.port,
    method: request.method,
    path: request.path,
    agent: request.method === 'GET' ? transport.kept : transport.single,
    signal,
    headers: {
      Accept: 'application/json, text/plain, */*',
      ...(request.body && { 'Content-Type': request.body.contentType, 'Content-Length': request.body.bytes.length }),
    },
  }
  try {
    return await exchange(transport.start, options, request.body?.bytes)
  } catch (error) {
    if (context.signal?.aborted) throw cancelled(context.signal, context, endpoint.node)
    throw transportError(error, deadline.aborted, endpoint, context)
  }
}

async function exchange(
  start: Transport['start'],
  options: RequestOptions,
  body: Uint8Array | undefined,
): Promise<RestAnswer> {
  let call: ClientRequest | undefined
  try {
    return await new Promise((resolve, reject) => {
      let answer: Promise<RestAnswer> | undefined
      call = start(options, (incoming) => {
        answer = readBody(incoming)
        answer.catch(reject)
      })
      call.on('error', reject)
      // Not at the answer's end: the connection is free a moment later, and whoever asks on at once would open another.
      call.on('close', () => answer && resolve(answer))
      call.end(body)
    })
  } catch (error) {
    // Only reads go over a connection that was used before: each such one is tried, and then a new one.
    if (!call?.reusedSocket || !/^(ECONNRESET|EPIPE)$/.test(codeOf(error))) throw error
    return exchange(start, options, body)
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

async function readBody(answer: IncomingMessage): Promise<RestAnswer> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of answer) {
    if (!Buffer.isBuffer(part)) throw new TypeError('an answer that is not bytes')
    length += part.length
    if (length > maxMessageBytes) throw new RangeError(`an answer of more than ${maxMessageBytes} bytes`)
    parts.push(part)
  }
  return { status: answer.statusCode ?? 0, body: Buffer.concat(parts) }
}

const tlsRefusal = /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)/

function transportError(error: unknown, late: boolean, endpoint: Endpoint, subject: CallSubject): FabricError {
  const reason = error instanceof Error ? error.message : String(error)
  const status = codeOf(error)
  const facts = { node: endpoint.node, ...factsOf(subject), ...(status === '' ? {} : { status }) }
  if (late) {
    return new FabricError('DEADLINE_EXCEEDED', `No answer in time: ${subject.doing}`, facts, { cause: error })
  }
  if (tlsRefusal.test(status)) {
    const next = 'Check the TLS roots, the server name and our client certificate'
    return new FabricError('DENIED', `Could not ${subject.doing}: ${reason}`, { ...facts, next }, { cause: error })
  }
  const next = `Check that the node runs and that ${endpoint.host}:${endpoint.port} is its address`
  return new FabricError('UNREACHABLE', `Could not ${subject.doing}: ${reason}`, { ...facts, next }, { cause: error })
}
