/** One peer, in this process: opened from its settings, closed by its owner. */
import { followOrderers } from './following/follow-orderers.ts'
import { limitCalls } from './operations/call-limits.ts'
import { measureCalls } from './operations/call-metrics.ts'
import { type GrpcListener, type GrpcService, listenGrpc, readTls } from './operations/grpc-listener.ts'
import { type HttpListener, listenHttp } from './operations/http-listener.ts'
import type { Log } from './operations/log.ts'
import { Metrics } from './operations/metrics.ts'
import { operationsHandler } from './operations/operations.ts'
import { measureBlocks, peerSamples } from './operations/peer-samples.ts'
import { openPeerParts, type PeerParts } from './peer-parts.ts'
import { peerServices } from './peer-services.ts'
import type { PeerSettings } from './settings/peer-settings.ts'
import { nodeVersion } from './version.ts'

export interface PeerOptions {
  readonly settings: PeerSettings
  readonly log: Log
  /** Variables that external builders may be given; default: none. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Nothing is kept: for tests, and for networks that nobody keeps. */
  readonly inMemory?: boolean
}

export interface Peer extends AsyncDisposable {
  /** Where it listens; the kernel's choice where the settings said 0. */
  readonly ports: { readonly service: number; readonly operations: number }
}

/** Starts a peer; resolves when it answers. @throws Error saying which setting, file or port prevents it */
export async function startPeer({ settings, log, env = {}, inMemory = false }: PeerOptions): Promise<Peer> {
  await using started = new AsyncDisposableStack()
  const metrics = new Metrics()
  const parts = await openPeerParts(started, { settings, log, metrics, env, inMemory })
  measure(parts)
  const operations = started.use(await listenOperations(settings, log, metrics))
  const services = peerServices(parts)
  for (const service of services) started.defer(() => service[Symbol.dispose]?.())
  const service = started.use(await listenService(parts, services))
  started.use(follow(parts, log))
  const ports = { service: service.port, operations: operations.port }
  log.info('the peer answers', { ...ports, version: nodeVersion, channels: parts.channels.names().length })
  const owned = started.move()
  return { ports, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

function measure({ metrics, channels, neighbours }: PeerParts): void {
  metrics.gauge(() => [{ name: 'fabric_version', labels: { version: nodeVersion }, value: 1 }])
  metrics.gauge(() => peerSamples(channels, neighbours))
  for (const name of channels.names()) {
    const channel = channels.get(name)
    if (channel) measureBlocks(metrics, channel)
  }
  channels.onJoin((channel) => measureBlocks(metrics, channel))
}

function listenOperations(
  { operations, servesMetrics }: PeerSettings,
  log: Log,
  metrics: Metrics,
): Promise<HttpListener> {
  const { listen, tls } = operations
  const handler = operationsHandler({ log, metrics, servesMetrics, secure: tls.enabled, version: nodeVersion })
  return listenHttp(listen, tls.enabled ? readTls(tls) : undefined, handler)
}

function listenService({ settings, metrics }: PeerParts, services: readonly GrpcService[]): Promise<GrpcListener> {
  const { endorser, deliver, gateway } = settings.limits
  const limits = { 'protos.Endorser': endorser, 'protos.Deliver': deliver, 'gateway.Gateway': gateway }
  return listenGrpc({
    ...settings,
    keepalive: settings.keepalive.server,
    services,
    interceptors: [measureCalls(metrics), limitCalls(limits)],
  })
}

function follow({ settings, channels, signer, client, overrides }: PeerParts, log: Log): AsyncDisposable {
  const { keepalive, tls } = settings
  return followOrderers({
    channels,
    signer,
    ...(tls.enabled ? { tls: client ? { client } : {} } : {}),
    keepalive: keepalive.deliver,
    overrides,
    log,
  })
}
