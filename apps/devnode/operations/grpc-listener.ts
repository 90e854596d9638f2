/** A gRPC listener of the node, plain or with TLS. */
import { readFileSync } from 'node:fs'
import type { ServerHttp2Session } from 'node:http2'
import { soundService } from '@cello/fabric/codec'
import {
  Server,
  ServerCredentials,
  type ServerInterceptor,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import type { ServerKeepalive } from '../settings/server-keepalive.ts'
import type { TlsSettings } from '../settings/tls-settings.ts'
import { cut, sessionsOf } from './grpc-sessions.ts'
import type { ListenAddress, ListenerTls } from './http-listener.ts'
import { limitPings } from './limit-pings.ts'
import { wellFormedStatus } from './well-formed-status.ts'

export interface GrpcListenerOptions {
  readonly listen: ListenAddress
  readonly tls: TlsSettings
  /** Bytes. */
  readonly maxReceive: number
  readonly maxSend: number
  readonly keepalive: ServerKeepalive
  readonly services: readonly GrpcService[]
  readonly interceptors?: readonly ServerInterceptor[]
  /** Milliseconds of a clock that only goes on, for how often clients ping; default: the process's. */
  readonly now?: () => number
}

export interface GrpcService {
  readonly definition: ServiceDefinition
  readonly implementation: UntypedServiceImplementation
  /** Lets go of what it holds. */
  [Symbol.dispose]?(): void
}

export interface GrpcListener extends AsyncDisposable {
  readonly port: number
}

/** Milliseconds that calls may take to end by themselves when the node stops. */
const graceMs = 1_000

/** @throws Error when the address is taken, a file cannot be read, or the key does not fit */
export async function listenGrpc(options: GrpcListenerOptions): Promise<GrpcListener> {
  const { listen, tls, maxReceive, maxSend, keepalive, services, interceptors = [] } = options
  const { now = () => performance.now() } = options
  const server = new Server({
    'grpc.max_receive_message_length': maxReceive,
    'grpc.max_send_message_length': maxSend,
    'grpc.keepalive_time_ms': keepalive.intervalMs,
    'grpc.keepalive_timeout_ms': keepalive.timeoutMs,
    // Nobody asks for these statistics of each call.
    'grpc.enable_channelz': 0,
    interceptors: [...interceptors, wellFormedStatus],
  })
  for (const { definition, implementation } of services) server.addService(soundService(definition), implementation)
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host
  const port = await new Promise<number>((resolve, reject) => {
    // Go listens everywhere when no host is named.
    server.bindAsync(`${host === '' ? '0.0.0.0' : host}:${listen.port}`, credentialsOf(tls), (error, bound) =>
      error ? reject(error) : resolve(bound),
    )
  })
  const limit = { minIntervalMs: keepalive.minIntervalMs, now }
  const sessions = sessionsOf(server, (session) => limitPings(session, limit))
  return { port, [Symbol.asyncDispose]: () => stopped(server, sessions) }
}

/** The files that a listener's TLS is made of. @throws Error naming the one that cannot be read */
export function readTls(tls: TlsSettings): ListenerTls {
  return {
    certificate: readFileSync(tls.certificate, 'utf8'),
    privateKey: readFileSync(tls.privateKey, 'utf8'),
    clientRoots: tls.clientRoots.map((path) => readFileSync(path, 'utf8')),
    clientAuthRequired: tls.clientAuthRequired,
  }
}

function credentialsOf(tls: TlsSettings): ServerCredentials {
  if (!tls.enabled) return ServerCredentials.createInsecure()
  const { clientAuthRequired } = tls
  // As in Fabric they are read only where clients must show a certificate: the shipped core.yaml names one that is not there.
  const { certificate, privateKey, clientRoots } = readTls(clientAuthRequired ? tls : { ...tls, clientRoots: [] })
  const pair = { cert_chain: Buffer.from(certificate), private_key: Buffer.from(privateKey) }
  const roots = rootsOf(clientAuthRequired ? clientRoots : [certificate])
  return ServerCredentials.createSsl(roots, [pair], clientAuthRequired)
}

/** Where no client is asked for a certificate any authority does: with none at all gRPC would read all those of the machine. */
const rootsOf = (roots: readonly string[]) => (roots.length === 0 ? null : Buffer.from(roots.join('\n')))

/**
 * Streams of readers never end by themselves: they are cut once the grace is over. So are those that grpc-js waits for in vain,
 * since they were ending already when it was asked to stop.
 */
async function stopped(server: Server, sessions: ReadonlySet<ServerHttp2Session>): Promise<void> {
  await new Promise<void>((resolve) => {
    const patience = setTimeout(resolve, graceMs)
    server.tryShutdown(() => {
      clearTimeout(patience)
      resolve()
    })
  })
  server.forceShutdown()
  await cut(sessions)
}
