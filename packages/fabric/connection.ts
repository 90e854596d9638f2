import { X509Certificate } from 'node:crypto'
import {
  type ChannelOptions,
  Client,
  type ClientUnaryCall,
  connectivityState,
  type CallOptions as GrpcCallOptions,
  Metadata,
  type MethodDefinition,
} from '@grpc/grpc-js'
import { sha256 } from './codec/bytes.ts'
import { soundMethod } from './codec/sound-methods.ts'
import type { CallOptions, Endpoint } from './endpoint.ts'
import { FabricError } from './errors.ts'
import { fromGrpcError } from './grpc-errors.ts'
import { type CallSubject, cancelled, factsOf, maxMessageBytes, throwIfAborted, timeoutOf } from './limits.ts'
import { tlsCredentials } from './tls-credentials.ts'

/** One node's gRPC endpoint: one TLS connection, made at the first call, closed when idle, shared by any number of calls. */
export interface Connection extends AsyncDisposable {
  readonly endpoint: Endpoint
  /** For libraries that bring their own calls, such as `@hyperledger/fabric-gateway`. */
  readonly client: Client
  /** SHA-256 of our TLS certificate (DER), which deliver and discovery check under mutual TLS. */
  readonly tlsCertHash: Uint8Array | undefined
  close(): void
}

/** What a call is about, with its limits. */
export interface CallContext extends CallSubject, CallOptions {}

/**
 * Opens nothing yet: the first call connects. A node that is down is tried again after 20 ms at first and every 100 ms
 * at most, while somebody calls: what is waited for is mostly a node that starts.
 * @throws FabricError INVALID when the endpoint has no TLS roots, or a client certificate without its key
 */
export function openConnection(endpoint: Endpoint): Connection {
  const { clientCertificate, clientKey } = endpoint
  if (endpoint.tlsRoots.length === 0) {
    throw new FabricError('INVALID', 'No TLS roots given', { node: endpoint.node, next: 'Name the TLS authority' })
  }
  if ((clientCertificate === undefined) !== (clientKey === undefined)) {
    const facts = { node: endpoint.node, next: 'Give both or neither' }
    throw new FabricError('INVALID', 'A client certificate needs its key', facts)
  }
  const identity =
    clientCertificate === undefined || clientKey === undefined
      ? undefined
      : { certificate: clientCertificate, key: clientKey }
  const client = new Client(targetOf(endpoint), tlsCredentials(endpoint.tlsRoots, identity), channelOptions(endpoint))
  const close = () => client.close()
  return {
    endpoint,
    client,
    tlsCertHash: clientCertificate === undefined ? undefined : sha256(new X509Certificate(clientCertificate).raw),
    close,
    [Symbol.asyncDispose]: async () => close(),
  }
}

function targetOf({ host, port }: Endpoint): string {
  return `dns:///${host.includes(':') ? `[${host}]` : host}:${port}`
}

function channelOptions({ host, serverName }: Endpoint): ChannelOptions {
  const name = serverName ?? host
  return {
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    // Fabric cuts clients that ping more often than once in 60 s (comm.DefaultKeepaliveOptions).
    'grpc.keepalive_time_ms': 120_000,
    'grpc.keepalive_timeout_ms': 20_000,
    'grpc.keepalive_permit_without_calls': 0,
    'grpc.client_idle_timeout_ms': 60_000,
    'grpc.initial_reconnect_backoff_ms': 20,
    'grpc.max_reconnect_backoff_ms': 50,
    // What is given is dialled: no proxy from the environment, no service config from DNS.
    'grpc.enable_http_proxy': 0,
    'grpc.service_config_disable_resolution': 1,
    'grpc.ssl_target_name_override': name,
    'grpc.default_authority': name,
  }
}

/**
 * One unary call.
 * @throws FabricError of every code of the gRPC and text tables; CANCELLED, DEADLINE_EXCEEDED, UNREACHABLE
 */
export async function unaryCall<Q, R>(
  connection: Connection,
  method: MethodDefinition<Q, R>,
  request: Q,
  context: CallContext,
): Promise<R> {
  const { signal } = context
  throwIfAborted(signal, context)
  const deadline = Date.now() + timeoutOf(context)
  const options: GrpcCallOptions = { deadline }
  let call: ClientUnaryCall | undefined
  const abort = () => call?.cancel()
  try {
    return await new Promise<R>((resolve, reject) => {
      signal?.addEventListener('abort', abort, { once: true })
      call = connection.client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        soundMethod(method).responseDeserialize,
        request,
        new Metadata(),
        options,
        (error, response) => {
          if (error) reject(error)
          else if (response === undefined) reject(new Error('an answer without a message'))
          else resolve(response)
        },
      )
    })
  } catch (error) {
    const { endpoint } = connection
    throw signal?.aborted
      ? cancelled(signal, context, endpoint.node)
      : fromGrpcError(error, endpoint, context, deadline)
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

/**
 * Waits until the TLS connection stands: for nodes that are starting.
 * @throws FabricError UNREACHABLE when it does not within `timeoutMs`; CANCELLED
 */
export async function waitUntilConnected(connection: Connection, options: CallOptions = {}): Promise<void> {
  const subject: CallSubject = { doing: 'connect' }
  throwIfAborted(options.signal, subject)
  const timeoutMs = timeoutOf(options)
  await new Promise<void>((resolve, reject) => {
    const abort = () => reject(cancelled(options.signal, subject))
    options.signal?.addEventListener('abort', abort, { once: true })
    whenReady(connection.client, Date.now() + timeoutMs, (error) => {
      options.signal?.removeEventListener('abort', abort)
      if (!error) return resolve()
      reject(
        new FabricError(
          'UNREACHABLE',
          `No connection within ${timeoutMs} ms to ${connection.endpoint.host}:${connection.endpoint.port}`,
          { node: connection.endpoint.node, ...factsOf(subject), next: 'Check that the node runs, and its log' },
          { cause: error },
        ),
      )
    })
  })
}

/** Instead of grpc-js' `waitForReady`, which has a client that is closed meanwhile open again (1.14). */
function whenReady(client: Client, deadline: number, told: (error?: Error) => void): void {
  const channel = client.getChannel()
  const look = (late?: Error): void => {
    const state = channel.getConnectivityState(false)
    if (late || state === connectivityState.READY) return told(late)
    if (state === connectivityState.SHUTDOWN) return told(new Error('the connection is closed'))
    channel.getConnectivityState(true)
    channel.watchConnectivityState(state, deadline, look)
  }
  look()
}
