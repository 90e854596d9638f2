/** Connects to a contract that runs as a service. */
import { connectivityState, type ServiceError } from '@grpc/grpc-js'
import { peer } from '@hyperledger/fabric-protos'
import type { ContractConnection } from '../lifecycle/lifecycle.ts'
import { reachState } from '../operations/reach-state.ts'
import { plainClient, tlsClient } from '../operations/tls-client.ts'
import { wrapped } from './words.ts'

/** Fabric's default limit for messages of its gRPC clients, in bytes (internal/pkg/comm/config.go). */
const maxMessageBytes = 100 * 1024 * 1024

const options = {
  'grpc.max_receive_message_length': maxMessageBytes,
  'grpc.max_send_message_length': maxMessageBytes,
  // Fabric's client options (internal/pkg/comm/config.go).
  'grpc.keepalive_time_ms': 60_000,
  'grpc.keepalive_timeout_ms': 20_000,
  'grpc.keepalive_permit_without_calls': 1,
  // A contract that starts anew is used as soon as it listens; nobody dials longer than the dial time-out.
  'grpc.initial_reconnect_backoff_ms': 20,
  'grpc.min_reconnect_backoff_ms': 20,
  'grpc.max_reconnect_backoff_ms': 100,
  'grpc.enable_http_proxy': 0,
  'grpc.enable_channelz': 0,
  // Two packages at one address are two connections, and a closed one is not taken up again.
  'grpc.use_local_subchannel_pool': 1,
}

/** How long a contract is dialled; one that says nothing until the connection's own dial time-out. */
export interface DialOptions {
  readonly signal: AbortSignal
  /** Milliseconds for which a place is tried where nobody listens; default 1,000: a contract may be on its way. */
  readonly refusedPatienceMs?: number | undefined
}

/**
 * A client with an open connection; who gets it closes it.
 * @throws Error in Fabric's words when nothing answered there within the connection's dial time-out
 */
export async function dialService(
  connection: ContractConnection,
  { signal, refusedPatienceMs = 1_000 }: DialOptions,
): Promise<peer.ChaincodeClient> {
  const { address, dialTimeoutMs } = connection
  const client = clientOf(connection)
  const stop = () => client.close()
  signal.addEventListener('abort', stop, { once: true })
  try {
    await connected(client, dialTimeoutMs, refusedPatienceMs)
    return client
  } catch {
    const reason = signal.aborted ? 'context canceled' : dialReason(address, await lastError(client))
    client.close()
    throw new Error(`error creating grpc connection to ${address}: failed to create new connection: ${reason}`)
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function clientOf(connection: ContractConnection): peer.ChaincodeClient {
  const { address } = connection
  try {
    const everything = { ...options, ...nameOptions(connection) }
    return new peer.ChaincodeClient(address, credentialsOf(connection), everything)
  } catch (error) {
    throw wrapped(`error creating grpc connection to ${address}`, error)
  }
}

function credentialsOf({ tls }: ContractConnection) {
  return tls ? tlsClient([tls.rootCertificate], tls.client) : plainClient()
}

/** The name that the service's certificate must be for, where it is not that of the address. */
function nameOptions({ tls }: ContractConnection) {
  const name = tls?.serverName
  return name === undefined ? {} : { 'grpc.ssl_target_name_override': name, 'grpc.default_authority': name }
}

/**
 * Where nobody listens Fabric gives up at once. Here such a place is tried for a moment, so that a contract that starts anew
 * is found; for the rest of the time-out only those are waited for that listen and do not answer.
 */
async function connected(
  client: peer.ChaincodeClient,
  dialTimeoutMs: number,
  refusedPatienceMs: number,
): Promise<void> {
  const end = Date.now() + dialTimeoutMs
  const ready = [connectivityState.READY]
  try {
    await reachState(client, ready, Math.min(end, Date.now() + refusedPatienceMs))
  } catch (error) {
    if (Date.now() >= end || isRefused(await lastError(client))) throw error
    await reachState(client, ready, end)
  }
}

/**
 * Why the last try failed: the state does not tell, a call does. It fails at once where every try so far has failed; where one
 * is yet open there is nothing to tell.
 */
function lastError(client: peer.ChaincodeClient): Promise<string> {
  const state = client.getChannel().getConnectivityState(false)
  if (state !== connectivityState.TRANSIENT_FAILURE) return Promise.resolve('')
  return new Promise((resolve) => {
    // The time is for a contract that comes up in this very moment: to it the call would be a stream that nothing ends.
    const stream = client.connect({ deadline: Date.now() + 100 })
    stream.on('error', (error: ServiceError) => resolve(error.details))
    stream.on('end', () => resolve(''))
    stream.resume()
  })
}

const isRefused = (details: string): boolean => details.includes('ECONNREFUSED')

function dialReason(address: string, details: string): string {
  if (isRefused(details)) {
    return `connection error: desc = "transport: error while dialing: dial tcp ${address}: connect: connection refused"`
  }
  const tls = /Last error: (.*(?:certificate|SSL|TLS|ssl|altname|self.signed).*)/.exec(details)
  if (tls) return `connection error: desc = "transport: authentication handshake failed: ${tls[1]}"`
  return 'context deadline exceeded'
}
