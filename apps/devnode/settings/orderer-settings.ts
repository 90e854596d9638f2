/** What an orderer is told, typed: from Fabric's orderer.yaml and ORDERER_ variables. */
import { isAbsolute, join } from 'node:path'
import { goDurationMs } from '../config/go-duration.ts'
import type { ListenAddress } from '../operations/http-listener.ts'
import { type OrdererKey, ordererKeys } from './orderer-keys.ts'
import { readKeys } from './read-keys.ts'

export interface TlsSettings {
  readonly enabled: boolean
  /** Paths. */
  readonly certificate: string
  readonly privateKey: string
  readonly clientRoots: readonly string[]
  readonly clientAuthRequired: boolean
}

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
  readonly keepaliveIntervalMs: number
  readonly keepaliveTimeoutMs: number
  readonly timeWindowMs: number
  readonly ignoreExpiry: boolean
  readonly ledgerFolder: string
  readonly operations: { readonly listen: ListenAddress; readonly tls: TlsSettings }
  readonly admin: { readonly listen: ListenAddress; readonly tls: TlsSettings }
  readonly servesMetrics: boolean
  readonly participation: { readonly enabled: boolean; readonly maxBodyBytes: number }
}

export interface SettingsSource {
  /** The folder of orderer.yaml: relative paths begin there. */
  readonly folder: string
  readonly yaml: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Fabric's own defaults for what a file leaves out (localconfig/config.go). */
const defaults: Readonly<Partial<Record<OrdererKey, string>>> = {
  'General.ListenAddress': '127.0.0.1',
  'General.ListenPort': '7050',
  'General.MaxRecvMsgSize': '104857600',
  'General.MaxSendMsgSize': '104857600',
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
  const list = (key: OrdererKey): readonly string[] => {
    const value = values.get(key) ?? []
    if (typeof value !== 'string') return value
    return value === '' ? [] : value.split(/[,\s]+/)
  }
  const text = (key: OrdererKey): string => {
    const value = values.get(key) ?? ''
    const single = typeof value === 'string' ? value : value.join(',')
    return single === '' ? (defaults[key] ?? '') : single
  }
  const path = (given: string) => (given === '' || isAbsolute(given) ? given : join(folder, given))
  const flag = (key: OrdererKey) => parsed(key, text(key), booleanOf)
  const tls = (section: 'General' | 'Operations' | 'Admin'): TlsSettings => ({
    enabled: flag(`${section}.TLS.Enabled`),
    certificate: path(text(`${section}.TLS.Certificate`)),
    privateKey: path(text(`${section}.TLS.PrivateKey`)),
    clientRoots: list(`${section}.TLS.ClientRootCAs`).map(path),
    clientAuthRequired: flag(`${section}.TLS.ClientAuthRequired`),
  })
  const listener = (section: 'Operations' | 'Admin') => ({
    listen: parsed(`${section}.ListenAddress`, text(`${section}.ListenAddress`), addressOf),
    tls: tls(section),
  })
  const number = (key: OrdererKey) => parsed(key, text(key), numberOf)
  const duration = (key: OrdererKey) => parsed(key, text(key), goDurationMs)
  const admin = listener('Admin')
  if (admin.tls.enabled && !admin.tls.clientAuthRequired) {
    throw new Error('Admin.TLS.ClientAuthRequired must be set to true if Admin.TLS.Enabled is set to true')
  }
  return {
    listen: { host: text('General.ListenAddress'), port: number('General.ListenPort') },
    tls: tls('General'),
    clusterCertificate: path(text('General.Cluster.ClientCertificate')),
    mspFolder: path(text('General.LocalMSPDir')),
    mspId: text('General.LocalMSPID'),
    maxReceive: number('General.MaxRecvMsgSize'),
    maxSend: number('General.MaxSendMsgSize'),
    keepaliveIntervalMs: duration('General.Keepalive.ServerInterval'),
    keepaliveTimeoutMs: duration('General.Keepalive.ServerTimeout'),
    timeWindowMs: duration('General.Authentication.TimeWindow'),
    ignoreExpiry: flag('General.Authentication.NoExpirationChecks'),
    ledgerFolder: text('FileLedger.Location'),
    operations: listener('Operations'),
    admin,
    servesMetrics: text('Metrics.Provider') === 'prometheus',
    participation: {
      enabled: flag('ChannelParticipation.Enabled'),
      maxBodyBytes: parsed(
        'ChannelParticipation.MaxRequestBodySize',
        text('ChannelParticipation.MaxRequestBodySize'),
        sizeOf,
      ),
    },
  }
}

function parsed<T>(key: OrdererKey, text: string, parse: (text: string) => T): T {
  try {
    return parse(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${key} is ${JSON.stringify(text)}: ${reason}`, { cause: error })
  }
}

function booleanOf(text: string): boolean {
  if (/^(true|t|1)$/i.test(text)) return true
  if (/^(false|f|0|)$/i.test(text)) return false
  throw new Error('neither true nor false')
}

function numberOf(text: string): number {
  const number = Number(text)
  if (text === '' || !Number.isSafeInteger(number) || number < 0) throw new Error('not a number')
  return number
}

/** Bytes of `10 MB`, `512k`, `1048576`; units are powers of 1024, as Fabric reads them. */
function sizeOf(text: string): number {
  const [, number = '', unit = ''] = /^(\d+)\s*([kmg]?)b?$/i.exec(text.trim()) ?? []
  if (number === '') throw new Error('not a size')
  return Number(number) * 1024 ** ['', 'k', 'm', 'g'].indexOf(unit.toLowerCase())
}

function addressOf(text: string): ListenAddress {
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(text) ?? []
  if (port === '') throw new Error('not an address with a port')
  return { host: host.replace(/^\[|\]$/g, ''), port: numberOf(port) }
}
