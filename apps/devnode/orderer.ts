/** One orderer, in this process: opened from its settings, closed by its owner. */
import { readFileSync } from 'node:fs'
import type { Ledgers } from './ledger/block-store.ts'
import { fileLedgers } from './ledger/file-ledgers.ts'
import { readCertificate } from './msp/certificate.ts'
import { readLocalMsp } from './msp/local-msp.ts'
import { channelSamples } from './operations/channel-samples.ts'
import { type GrpcListener, listenGrpc, readTls } from './operations/grpc-listener.ts'
import { type HttpHandler, type HttpListener, listenHttp } from './operations/http-listener.ts'
import { type Log, reasonOf } from './operations/log.ts'
import { Metrics } from './operations/metrics.ts'
import { operationsHandler } from './operations/operations.ts'
import { atomicBroadcast, atomicBroadcastDefinition } from './ordering/atomic-broadcast.ts'
import { Channels } from './ordering/channels.ts'
import { participationHandler } from './participation/participation.ts'
import type { OrdererSettings } from './settings/orderer-settings.ts'
import { nodeVersion } from './version.ts'

export interface OrdererOptions {
  readonly settings: OrdererSettings
  readonly log: Log
  /** Where channels are kept; default: files below `FileLedger.Location`. */
  readonly ledgers?: Ledgers
}

export interface Orderer extends AsyncDisposable {
  /** Where it listens; the kernel's choice where the settings said 0. */
  readonly ports: { readonly service: number; readonly admin: number; readonly operations: number }
}

/** Starts an orderer; resolves when it answers. @throws Error saying which setting, file or port prevents it */
export async function startOrderer({ settings, log, ledgers }: OrdererOptions): Promise<Orderer> {
  await using started = new AsyncDisposableStack()
  const ownTls = ownCertificate(settings)
  const channels = started.use(
    await Channels.open({
      ledgers: ledgers ?? fileLedgers(settings.ledgerFolder),
      signer: readLocalMsp(settings.mspFolder, settings.mspId),
      ignoreExpiry: settings.ignoreExpiry,
      onFailure: (channel, error) => log.error('a block could not be stored', { channel, reason: reasonOf(error) }),
      ...(ownTls === undefined ? {} : { ownTls }),
    }),
  )
  const metrics = new Metrics()
  metrics.gauge(() => [{ name: 'fabric_version', labels: { version: nodeVersion }, value: 1 }])
  metrics.gauge(() => channelSamples(channels))
  const { admin, operations, participation, servesMetrics } = settings
  const adminListener = started.use(
    await listen(admin, participationHandler({ channels, ...participation, secure: admin.tls.enabled })),
  )
  const operationsListener = started.use(
    await listen(
      operations,
      operationsHandler({ log, metrics, servesMetrics, secure: operations.tls.enabled, version: nodeVersion }),
    ),
  )
  const service = started.use(await listenService(settings, channels, metrics))
  const ports = { service: service.port, admin: adminListener.port, operations: operationsListener.port }
  log.info('the orderer answers', { ...ports, version: nodeVersion, channels: channels.names().length })
  const owned = started.move()
  return { ports, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

function ownCertificate({ tls, clusterCertificate }: OrdererSettings) {
  const path = clusterCertificate === '' && tls.enabled ? tls.certificate : clusterCertificate
  return path === '' ? undefined : readCertificate(readFileSync(path))
}

function listen(place: OrdererSettings['admin'], handler: HttpHandler): Promise<HttpListener> {
  return listenHttp(place.listen, place.tls.enabled ? readTls(place.tls) : undefined, handler)
}

function listenService(settings: OrdererSettings, channels: Channels, metrics: Metrics): Promise<GrpcListener> {
  const { timeWindowMs, ignoreExpiry, tls } = settings
  const mutualTls = tls.enabled && tls.clientAuthRequired
  const implementation = atomicBroadcast({ channels, metrics, timeWindowMs, ignoreExpiry, mutualTls })
  return listenGrpc({
    ...settings,
    services: [{ definition: atomicBroadcastDefinition, implementation }],
  })
}
