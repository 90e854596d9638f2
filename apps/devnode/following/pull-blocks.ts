/** A stream of blocks from one orderer, with a connection of its own. */
import { createHash, X509Certificate } from 'node:crypto'
import { varintValue, wireFields, wireType } from '@cello/fabric/codec'
import { type ChannelCredentials, Client, type ClientDuplexStream, connectivityState } from '@grpc/grpc-js'
import { common } from '@hyperledger/fabric-protos'
import type { LocalSigner } from '../msp/local-msp.ts'
import { reasonOf } from '../operations/log.ts'
import { reachState } from '../operations/reach-state.ts'
import { plainClient, tlsClient } from '../operations/tls-client.ts'
import type { OrdererEndpoint } from './orderer-endpoints.ts'
import { seekEnvelope } from './seek-envelope.ts'

export interface PullOptions {
  readonly signer: LocalSigner
  /** Absent: orderers are dialled without TLS, as a peer without it does. PEM pair for orderers that ask for one. */
  readonly tls?: { readonly client?: { readonly certificate: string; readonly key: string } }
  /** A connection that does not answer pings is cut. */
  readonly keepalive: { readonly intervalMs: number; readonly timeoutMs: number }
  /** Milliseconds for connecting. */
  readonly connectTimeoutMs: number
}

export interface PullRequest {
  readonly endpoint: OrdererEndpoint
  readonly channel: string
  /** Number of the first block. */
  readonly from: number
  readonly signal: AbortSignal
}

/** Largest message that Fabric's nodes send. */
const largestMessage = 100 * 1024 * 1024

/**
 * Encoded blocks, until whoever reads them stops or the orderer does; the next is asked of the network only when the one
 * before was taken. @throws Error saying why the orderer sends no more
 */
export async function* pullBlocks(request: PullRequest, options: PullOptions): AsyncGenerator<Uint8Array> {
  const { endpoint, channel, from, signal } = request
  const { signer, tls, keepalive, connectTimeoutMs } = options
  const client = new Client(endpoint.address, credentialsFor(endpoint, tls), {
    'grpc.max_receive_message_length': largestMessage,
    'grpc.keepalive_time_ms': keepalive.intervalMs,
    'grpc.keepalive_timeout_ms': keepalive.timeoutMs,
    'grpc.enable_http_proxy': 0,
    'grpc.enable_channelz': 0,
    'grpc.service_config_disable_resolution': 1,
  })
  const close = () => client.close()
  signal.addEventListener('abort', close)
  try {
    await connected(client, endpoint, connectTimeoutMs)
    const certificate = tls?.client?.certificate
    const hash = certificate ? { tlsCertHash: hashOf(certificate) } : {}
    yield* received(deliver(client, seekEnvelope({ channel, from, signer, ...hash })), endpoint, signal)
  } finally {
    signal.removeEventListener('abort', close)
    client.close()
  }
}

type DeliverCall = ClientDuplexStream<common.Envelope, Uint8Array>

function deliver(client: Client, request: common.Envelope): DeliverCall {
  const call: DeliverCall = client.makeBidiStreamRequest(
    '/orderer.AtomicBroadcast/Deliver',
    (envelope) => Buffer.from(envelope.serializeBinary()),
    // Blocks are taken as they are: decoding them here would be for nothing.
    (bytes) => bytes,
  )
  call.write(request)
  return call
}

async function* received(
  call: DeliverCall,
  { address }: OrdererEndpoint,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const cancel = () => call.cancel()
  // A call that is left early ends with an error that nobody waits for any more.
  call.on('error', () => undefined)
  signal.addEventListener('abort', cancel)
  try {
    for await (const response of call) yield blockIn(response)
  } finally {
    signal.removeEventListener('abort', cancel)
    call.cancel()
  }
  throw new Error(`orderer \`${address}\` hung up without sending status`)
}

/** Of `orderer.DeliverResponse`. */
const statusField = 1
const blockField = 2

function blockIn(response: Uint8Array): Uint8Array {
  for (const { number, type, bytes } of wireFields(response)) {
    if (number === blockField && type === wireType.delimited) return bytes
    if (number === statusField && type === wireType.varint)
      throw new Error(`received bad status ${statusName(bytes)} from orderer`)
  }
  throw new Error('received neither a block nor a status from orderer')
}

function statusName(varint: Uint8Array): string {
  const status = Number(varintValue(varint))
  return Object.entries(common.Status).find(([, number]) => number === status)?.[0] ?? String(status)
}

/** Resolves once connected; gRPC itself would go on trying, while another orderer may be there. */
async function connected(client: Client, { address }: OrdererEndpoint, timeoutMs: number): Promise<void> {
  const settled = [connectivityState.READY, connectivityState.TRANSIENT_FAILURE]
  const refused = (reason: string) => new Error(`could not dial endpoint '${address}': ${reason}`)
  const state = await reachState(client, settled, Date.now() + timeoutMs).catch((error) =>
    Promise.reject(refused(reasonOf(error))),
  )
  if (state === connectivityState.TRANSIENT_FAILURE) throw refused('connection error')
}

function credentialsFor({ roots }: OrdererEndpoint, tls: PullOptions['tls']): ChannelCredentials {
  return tls ? tlsClient(roots, tls.client) : plainClient()
}

const hashOf = (certificate: string): Uint8Array =>
  createHash('sha256').update(new X509Certificate(certificate).raw).digest()
