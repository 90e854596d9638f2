/** What an orderer is told, typed: from Fabric's orderer.yaml and ORDERER_ variables. */
import type { ListenAddress } from '../operations/http-listener.ts'
import { type OrdererKey, ordererKeys } from './orderer-keys.ts'
import { readKeys } from './read-keys.ts'
import { type ServerKeepalive, serverKeepalive } from './server-keepalive.ts'
import type { ListenerSettings, SettingsSource, TlsSettings } from './tls-settings.ts'
import { TypedKeys } from './typed-keys.ts'

export interface OrdererSettings {
  readonly listen: ListenAddress
  readonly tls: TlsSettings
  /** Path of the certificate by which consenters are known; empty: the listener's own. */
  readonly clusterCertificate: string
  readonly mspFolder: string
  readonly mspId: string
  /** Bytes. */
  readonly maxReceive: number
  readonly maxSend: number
  readonly keepalive: ServerKeepalive
  readonly timeWindowMs: number
  readonly ignoreExpiry: boolean
  readonly ledgerFolder: string
  readonly operations: ListenerSettings
  readonly admin: ListenerSettings
  readonly servesMetrics: boolean
  readonly participation: { readonly enabled: boolean; readonly maxBodyBytes: number }
}

/** Fabric's own defaults for what a file leaves out (localconfig/config.go). */
const defaults: Readonly<Partial<Record<OrdererKey, string>>> = {
  'General.ListenAddress': '127.0.0.1',
  'General.ListenPort': '7050',
  'General.MaxRecvMsgSize': '104857600',
  'General.MaxSendMsgSize': '104857600',
  'General.Keepalive.ServerMinInterval': '1m',
  'General.Keepalive.ServerInterval': '2h',
  'General.Keepalive.ServerTimeout': '20s',
  'General.LocalMSPDir': 'msp',
  'General.LocalMSPID': 'SampleOrg',
  'General.Authentication.TimeWindow': '15m',
  'FileLedger.Location': '/var/hyperledger/production/orderer',
  'Operations.ListenAddress': '127.0.0.1:0',
  'Admin.ListenAddress': '127.0.0.1:0',
  'ChannelParticipation.MaxRequestBodySize': '1 MB',
}

/** @throws Error naming the key that is unknown, refused or malformed */
export function readOrdererSettings({ folder, yaml, env }: SettingsSource): OrdererSettings {
  const values = readKeys({ yaml, env, prefix: 'ORDERER', rules: ordererKeys })
  const keys = new TypedKeys<OrdererKey>({ values, defaults, folder })
  const admin = listener(keys, 'Admin')
  if (admin.tls.enabled && !admin.tls.clientAuthRequired) {
    throw new Error('Admin.TLS.ClientAuthRequired must be set to true if Admin.TLS.Enabled is set to true')
  }
  return {
    listen: { host: keys.text('General.ListenAddress'), port: keys.number('General.ListenPort') },
    tls: tls(keys, 'General'),
    clusterCertificate: keys.path('General.Cluster.ClientCertificate'),
    mspFolder: keys.path('General.LocalMSPDir'),
    mspId: keys.text('General.LocalMSPID'),
    maxReceive: keys.number('General.MaxRecvMsgSize'),
    maxSend: keys.number('General.MaxSendMsgSize'),
    keepalive: serverKeepalive({
      intervalMs: keys.duration('General.Keepalive.ServerInterval'),
      timeoutMs: keys.duration('General.Keepalive.ServerTimeout'),
      // An orderer, unlike a peer, has its own default for 0 (orderer/common/server/main.go).
      minIntervalMs: keys.duration('General.Keepalive.ServerMinInterval') || 60_000,
    }),
    timeWindowMs: keys.duration('General.Authentication.TimeWindow'),
    ignoreExpiry: keys.flag('General.Authentication.NoExpirationChecks'),
    ledgerFolder: keys.text('FileLedger.Location'),
    operations: listener(keys, 'Operations'),
    admin,
    servesMetrics: keys.text('Metrics.Provider') === 'prometheus',
    participation: {
      enabled: keys.flag('ChannelParticipation.Enabled'),
      maxBodyBytes: keys.size('ChannelParticipation.MaxRequestBodySize'),
    },
  }
}

function tls(keys: TypedKeys<OrdererKey>, section: 'General' | 'Operations' | 'Admin'): TlsSettings {
  return {
    enabled: keys.flag(`${section}.TLS.Enabled`),
    certificate: keys.path(`${section}.TLS.Certificate`),
    privateKey: keys.path(`${section}.TLS.PrivateKey`),
    clientRoots: keys.paths(`${section}.TLS.ClientRootCAs`),
    clientAuthRequired: keys.flag(`${section}.TLS.ClientAuthRequired`),
  }
}

function listener(keys: TypedKeys<OrdererKey>, section: 'Operations' | 'Admin'): ListenerSettings {
  return { listen: keys.address(`${section}.ListenAddress`), tls: tls(keys, section) }
}
