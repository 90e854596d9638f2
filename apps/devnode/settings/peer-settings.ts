/** What a peer is told, typed: from Fabric's core.yaml and CORE_ variables. */
import { networkInterfaces } from 'node:os'
import type { RuntimeParams } from '../contracts/shim-stream.ts'
import type { ListenAddress } from '../operations/http-listener.ts'
import { type PeerKey, peerKeys } from './peer-keys.ts'
import {
  type AddressOverride,
  addressOverridesOf,
  type ExternalBuilder,
  externalBuildersOf,
  namesOf,
} from './peer-lists.ts'
import { readKeys } from './read-keys.ts'
import { type ServerKeepalive, serverKeepalive } from './server-keepalive.ts'
import type { ListenerSettings, SettingsSource, TlsSettings } from './tls-settings.ts'
import { addressOf, TypedKeys } from './typed-keys.ts'

export interface PeerSettings {
  readonly id: string
  readonly networkId: string
  readonly listen: ListenAddress
  /** `host:port` at which others reach it, by what the settings say; the port may be 0 where the kernel chooses. */
  readonly address: string
  readonly tls: PeerTlsSettings
  readonly mspFolder: string
  readonly mspId: string
  /** `peer.fileSystemPath` */
  readonly dataFolder: string
  /** Bytes. */
  readonly maxReceive: number
  readonly maxSend: number
  readonly keepalive: { readonly server: ServerKeepalive; readonly client: Keepalive; readonly deliver: Keepalive }
  readonly timeWindowMs: number
  /** Which checks of proposals are on: `peer.handlers.authFilters`. */
  readonly checks: { readonly expiry: boolean; readonly time: boolean }
  readonly gateway: GatewaySettings
  readonly discovery: { readonly enabled: boolean; readonly membersMayAsk: boolean }
  readonly neighbours: NeighbourSettings
  /** Calls at once; 0: any number. */
  readonly limits: { readonly endorser: number; readonly deliver: number; readonly gateway: number }
  readonly addressOverrides: readonly AddressOverride[]
  readonly contracts: ContractSettings
  readonly state: StateSettings
  readonly operations: ListenerSettings
  readonly servesMetrics: boolean
}

export interface PeerTlsSettings extends TlsSettings {
  /** Shown to peers, orderers and contracts that ask for it; paths. */
  readonly clientCertificate: string
  readonly clientKey: string
  /** Authority of the peer's own certificate; a path. */
  readonly root: string
}

export interface Keepalive {
  readonly intervalMs: number
  readonly timeoutMs: number
}

export interface GatewaySettings {
  readonly enabled: boolean
  readonly endorsementTimeoutMs: number
  readonly broadcastTimeoutMs: number
  readonly dialTimeoutMs: number
}

export interface NeighbourSettings {
  /** `host:port` of peers of the same organization. */
  readonly bootstrap: readonly string[]
  /** Where peers of its own organization reach it. */
  readonly endpoint: string
  /** Where those of others do; empty: it is not shown to them. */
  readonly externalEndpoint: string
}

export interface ContractSettings {
  readonly system: { readonly _lifecycle: boolean; readonly cscc: boolean; readonly qscc: boolean }
  readonly builders: readonly ExternalBuilder[]
  readonly installTimeoutMs: number
  readonly startTimeoutMs: number
  readonly executeTimeoutMs: number
  /** Between messages that keep a contract's stream awake; 0: none. */
  readonly keepaliveMs: number
  /** What contracts are told that they may send. */
  readonly runtimeParams: RuntimeParams
}

export interface StateSettings {
  /** Rich queries are answered: `stateDatabase: CouchDB`. */
  readonly richQueries: boolean
  /** Most results of one query. */
  readonly queryLimit: number
  readonly history: boolean
}

/** Fabric's own defaults for what a file leaves out; some keys that matter have none, and are then off, as in Fabric. */
const defaults: Readonly<Partial<Record<PeerKey, string>>> = {
  'peer.fileSystemPath': '/var/hyperledger/production',
  'peer.authentication.timewindow': '15m',
  'peer.maxRecvMsgSize': '104857600',
  'peer.maxSendMsgSize': '104857600',
  'peer.keepalive.interval': '2h',
  'peer.keepalive.timeout': '20s',
  'peer.keepalive.minInterval': '1m',
  'peer.keepalive.client.interval': '1m',
  'peer.keepalive.client.timeout': '20s',
  'peer.keepalive.deliveryClient.interval': '1m',
  'peer.keepalive.deliveryClient.timeout': '20s',
  'peer.gateway.enabled': 'true',
  'peer.gateway.endorsementTimeout': '10s',
  'peer.gateway.broadcastTimeout': '10s',
  'peer.gateway.dialTimeout': '30s',
  'peer.limits.concurrency.endorserService': '0',
  'peer.limits.concurrency.deliverService': '0',
  'peer.limits.concurrency.gatewayService': '0',
  'chaincode.installTimeout': '300s',
  'chaincode.startuptimeout': '5s',
  'chaincode.executetimeout': '30s',
  'chaincode.keepalive': '0',
  'chaincode.runtimeParams.maxSizeWriteBatch': '0',
  'chaincode.runtimeParams.maxSizeGetMultipleKeys': '0',
  'ledger.state.stateDatabase': 'goleveldb',
  'ledger.state.totalQueryLimit': '10000',
  'operations.listenAddress': '127.0.0.1:0',
}

type Keys = TypedKeys<PeerKey>

/** @throws Error naming the key that is unknown, missing, refused or malformed */
export function readPeerSettings({ folder, yaml, env }: SettingsSource): PeerSettings {
  const values = readKeys({ yaml, env, prefix: 'CORE', rules: peerKeys })
  const keys: Keys = new TypedKeys<PeerKey>({ values, defaults, folder })
  for (const key of ['peer.address', 'peer.listenAddress', 'peer.localMspId', 'peer.mspConfigPath'] as const) {
    if (keys.text(key) === '') throw new Error(`${key} isn't set`)
  }
  const filters = namesOf(keys, 'peer.handlers.authFilters', ['DefaultAuth', 'ExpirationCheck', 'TimeWindowCheck'])
  namesOf(keys, 'peer.handlers.decorators', ['DefaultDecorator'])
  const address = ownAddress(keys)
  return {
    id: keys.text('peer.id'),
    networkId: keys.text('peer.networkId'),
    listen: keys.address('peer.listenAddress'),
    address,
    tls: peerTls(keys),
    mspFolder: keys.path('peer.mspConfigPath'),
    mspId: keys.text('peer.localMspId'),
    dataFolder: keys.path('peer.fileSystemPath'),
    maxReceive: keys.number('peer.maxRecvMsgSize'),
    maxSend: keys.number('peer.maxSendMsgSize'),
    keepalive: {
      server: serverKeepalive({
        ...keepalive(keys, 'peer.keepalive'),
        minIntervalMs: keys.duration('peer.keepalive.minInterval'),
      }),
      client: keepalive(keys, 'peer.keepalive.client'),
      deliver: keepalive(keys, 'peer.keepalive.deliveryClient'),
    },
    timeWindowMs: keys.duration('peer.authentication.timewindow'),
    checks: { expiry: filters.has('ExpirationCheck'), time: filters.has('TimeWindowCheck') },
    gateway: gateway(keys),
    discovery: {
      enabled: keys.flag('peer.discovery.enabled'),
      membersMayAsk: keys.flag('peer.discovery.orgMembersAllowedAccess'),
    },
    neighbours: {
      bootstrap: keys.list('peer.gossip.bootstrap'),
      endpoint: keys.text('peer.gossip.endpoint') || address,
      externalEndpoint: keys.text('peer.gossip.externalEndpoint'),
    },
    limits: {
      endorser: keys.number('peer.limits.concurrency.endorserService'),
      deliver: keys.number('peer.limits.concurrency.deliverService'),
      gateway: keys.number('peer.limits.concurrency.gatewayService'),
    },
    addressOverrides: addressOverridesOf(keys),
    contracts: contracts(keys),
    state: state(keys),
    operations: { listen: keys.address('operations.listenAddress'), tls: tls(keys, 'operations') },
    servesMetrics: keys.text('metrics.provider') === 'prometheus',
  }
}

function keepalive(keys: Keys, section: 'peer.keepalive' | `peer.keepalive.${'client' | 'deliveryClient'}`): Keepalive {
  return { intervalMs: keys.duration(`${section}.interval`), timeoutMs: keys.duration(`${section}.timeout`) }
}

function tls(keys: Keys, section: 'peer' | 'operations'): TlsSettings {
  return {
    enabled: keys.flag(`${section}.tls.enabled`),
    certificate: keys.path(`${section}.tls.cert.file`),
    privateKey: keys.path(`${section}.tls.key.file`),
    clientRoots: keys.paths(`${section}.tls.clientRootCAs.files`),
    clientAuthRequired: keys.flag(`${section}.tls.clientAuthRequired`),
  }
}

/** Without a pair of its own for dialling, the server's is shown. */
function peerTls(keys: Keys): PeerTlsSettings {
  const server = tls(keys, 'peer')
  const [clientCertificate, clientKey] = [keys.path('peer.tls.clientCert.file'), keys.path('peer.tls.clientKey.file')]
  if ((clientCertificate === '') !== (clientKey === '')) {
    throw new Error('peer.tls.clientKey.file and peer.tls.clientCert.file must both be set or must both be empty')
  }
  return {
    ...server,
    root: keys.path('peer.tls.rootcert.file'),
    clientCertificate: clientCertificate || server.certificate,
    clientKey: clientKey || server.privateKey,
  }
}

function gateway(keys: Keys): GatewaySettings {
  return {
    // Fabric asks discovery for endorsers, so its gateway is there only with it.
    enabled: keys.flag('peer.gateway.enabled') && keys.flag('peer.discovery.enabled'),
    endorsementTimeoutMs: keys.duration('peer.gateway.endorsementTimeout'),
    broadcastTimeoutMs: keys.duration('peer.gateway.broadcastTimeout'),
    dialTimeoutMs: keys.duration('peer.gateway.dialTimeout'),
  }
}

/** Shortest time-outs that Fabric takes (core/chaincode/config.go); what is less is replaced. Milliseconds. */
const shortest = { start: 5_000, execute: 1_000, usualExecute: 30_000 } as const

/** Writes or keys in a message where the file says none. */
const longestBatch = 1_000

function contracts(keys: Keys): ContractSettings {
  const execute = keys.duration('chaincode.executetimeout')
  const enabled = (name: keyof ContractSettings['system']): boolean =>
    /^(true|t|1|enable|enabled|yes)$/i.test(keys.text(`chaincode.system.${name}`).trim())
  return {
    system: { _lifecycle: enabled('_lifecycle'), cscc: enabled('cscc'), qscc: enabled('qscc') },
    builders: externalBuildersOf(keys),
    installTimeoutMs: keys.duration('chaincode.installTimeout'),
    startTimeoutMs: Math.max(keys.duration('chaincode.startuptimeout'), shortest.start),
    executeTimeoutMs: execute < shortest.execute ? shortest.usualExecute : execute,
    keepaliveMs: keys.number('chaincode.keepalive') * 1_000,
    runtimeParams: {
      useWriteBatch: keys.flag('chaincode.runtimeParams.useWriteBatch'),
      maxSizeWriteBatch: keys.number('chaincode.runtimeParams.maxSizeWriteBatch') || longestBatch,
      useGetMultipleKeys: keys.flag('chaincode.runtimeParams.useGetMultipleKeys'),
      maxSizeGetMultipleKeys: keys.number('chaincode.runtimeParams.maxSizeGetMultipleKeys') || longestBatch,
    },
  }
}

function state(keys: Keys): StateSettings {
  const database = keys.text('ledger.state.stateDatabase')
  if (database !== 'goleveldb' && database !== 'CouchDB') {
    throw new Error(`ledger.state.stateDatabase is ${database}, and may only be goleveldb or CouchDB`)
  }
  return {
    richQueries: database === 'CouchDB',
    queryLimit: keys.number('ledger.state.totalQueryLimit'),
    history: keys.flag('ledger.history.enableHistoryDatabase'),
  }
}

/** As Fabric does: where the address names no host of its own, or is to be found out, the machine's own is taken. */
function ownAddress(keys: Keys): string {
  const { host, port } = keys.parsed('peer.address', addressOf)
  const isOpen = host === '0.0.0.0' || host === '::'
  return isOpen || keys.flag('peer.addressAutoDetect') ? `${machineAddress()}:${port}` : keys.text('peer.address')
}

function machineAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  const outer = all.find(({ family, internal }) => family === 'IPv4' && !internal)
  // Fabric would not start on a machine with nothing but loopback; such a machine's peers reach each other there.
  return outer?.address ?? '127.0.0.1'
}
