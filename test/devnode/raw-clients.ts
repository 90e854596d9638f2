/** For tests only: what an orderer answers on the wire, untranslated. */
import { type Agent, request as httpsRequest } from 'node:https'
import type { Connection } from '@cello/fabric'
import { common, orderer } from '@hyperledger/fabric-protos'
import type { NodeProcess } from '../fabric-harness/node-process.ts'
import type { Ordering } from './ordering.ts'

export interface BroadcastAnswer {
  readonly status: string
  readonly info: string
}

const { broadcast, deliver } = orderer.AtomicBroadcastService

/** Milliseconds until a silent orderer fails the test. */
const patienceMs = 60_000

export async function sendEnvelope(connection: Connection, envelope: common.Envelope): Promise<BroadcastAnswer> {
  const [answer] = await sendEnvelopes(connection, [envelope])
  if (!answer) throw new Error('the orderer closed the stream without an answer')
  return answer
}

/**
 * Sends all on one stream without waiting between them, so that they come into one block where the batch allows it.
 * @param node the orderer, where one block is a must: it stands still until all have come, or on a busy machine the batch's
 * time-out would pass between two of them. They must fit into what HTTP/2 sends unasked, 64 KiB.
 */
export async function sendEnvelopes(
  { client }: Connection,
  envelopes: readonly common.Envelope[],
  node?: Pick<NodeProcess, 'pause'>,
): Promise<readonly BroadcastAnswer[]> {
  const call = client.makeBidiStreamRequest(broadcast.path, broadcast.requestSerialize, broadcast.responseDeserialize, {
    deadline: Date.now() + patienceMs,
  })
  {
    using _pause = node?.pause()
    for (const envelope of envelopes) await new Promise((resolve) => call.write(envelope, resolve))
  }
  const answers: BroadcastAnswer[] = []
  for await (const answer of call) {
    const response: orderer.BroadcastResponse = answer
    answers.push({ status: statusName(response.getStatus()), info: response.getInfo() })
    if (answers.length < envelopes.length) continue
    call.end()
    break
  }
  return answers
}

export interface DeliverAnswer {
  readonly blocks: readonly common.Block[]
  readonly status: string
}

/** One request to its end, or to `enough` blocks. */
export async function askForBlocks(
  { client }: Connection,
  request: common.Envelope,
  enough = Infinity,
): Promise<DeliverAnswer> {
  const call = client.makeBidiStreamRequest(deliver.path, deliver.requestSerialize, deliver.responseDeserialize, {
    deadline: Date.now() + patienceMs,
  })
  call.on('error', () => undefined)
  call.write(request)
  const blocks: common.Block[] = []
  for await (const answer of call) {
    const response: orderer.DeliverResponse = answer
    const block = response.getBlock()
    if (!block) {
      call.end()
      return { blocks, status: statusName(response.getStatus()) }
    }
    blocks.push(block)
    if (blocks.length >= enough) break
  }
  call.cancel()
  return { blocks, status: 'open' }
}

export interface RestCall {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** Default: the client certificate of the orderer's own organization. */
  readonly anonymous?: boolean
  /** Default: a connection of its own. */
  readonly agent?: Agent
}

export interface RestAnswer {
  /** 0: the connection was refused. */
  readonly status: number
  readonly body: string
  readonly allow?: string
}

/** A call of the admin listener. */
export function askAdmin({ orderers, tls, ports }: Ordering, call: RestCall): Promise<RestAnswer> {
  const identity = call.anonymous ? {} : { cert: tls.certificate, key: tls.privateKey }
  return new Promise((resolve) => {
    const options = {
      host: '127.0.0.1',
      port: ports.admin,
      method: call.method,
      path: call.path,
      ca: orderers.tls.certificate,
      servername: 'localhost',
      agent: call.agent ?? false,
      headers: { ...call.headers, ...(call.body ? { 'Content-Length': call.body.length } : {}) },
      ...identity,
    }
    const request = httpsRequest(options, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('close', () => {
        const { allow } = answer.headers
        const body = Buffer.concat(parts).toString('latin1')
        resolve({ status: answer.statusCode ?? 0, body, ...(allow === undefined ? {} : { allow }) })
      })
    })
    request.on('error', () => resolve({ status: 0, body: '' }))
    request.end(call.body)
  })
}

/** A multipart form of one file. */
export function form(parts: Readonly<Record<string, Uint8Array>>): Pick<RestCall, 'headers' | 'body'> {
  const mark = 'a-boundary'
  const pieces = Object.entries(parts).flatMap(([name, bytes]) => [
    Buffer.from(
      `--${mark}\r\nContent-Disposition: form-data; name="${name}"; filename="${name}"\r\nContent-Type: application/octet-stream\r\n\r\n`,
    ),
    bytes,
    Buffer.from('\r\n'),
  ])
  return {
    headers: { 'Content-Type': `multipart/form-data; boundary=${mark}` },
    body: Buffer.concat([...pieces, Buffer.from(`--${mark}--\r\n`)]),
  }
}

function statusName(status: number): string {
  return Object.entries(common.Status).find(([, number]) => number === status)?.[0] ?? String(status)
}
