/** orderer.yaml. Unlike a peer an orderer refuses keys that it does not know, so the lines of Fabric must not be mixed. */
import type { FabricLine } from './fabric-line.ts'
import type { Places } from './node-parts.ts'

export interface OrdererConfigOptions {
  readonly line: FabricLine
  readonly places: Places
  readonly mspId: string
  /** Address to listen at for clients and other orderers: `127.0.0.1`, or `0.0.0.0` where other hosts come. */
  readonly listenHost: string
  /** Address of the admin listener, which takes only clients with a certificate of `adminRoots`. */
  readonly adminHost: string
  /** Numbers, or the driver's placeholders. */
  readonly ports: Readonly<Record<'service' | 'admin' | 'operations', number | string>>
}

/** Where `ordererNode` puts the authorities whose clients may administer the orderer. */
export const adminRootsPath = 'tls/admin-roots.crt'

const messageLimit = 104_857_600

function generalTls(files: string) {
  return {
    Enabled: true,
    PrivateKey: `${files}/tls/server.key`,
    Certificate: `${files}/tls/server.crt`,
    RootCAs: [`${files}/tls/ca.crt`],
    ClientAuthRequired: false,
    ClientRootCAs: [`${files}/tls/ca.crt`],
  }
}

function general({ line, places, mspId, listenHost, ports }: OrdererConfigOptions) {
  const { files } = places
  return {
    ListenAddress: listenHost,
    ListenPort: ports.service,
    TLS: generalTls(files),
    Keepalive: { ServerMinInterval: '60s', ServerInterval: '7200s', ServerTimeout: '20s' },
    MaxRecvMsgSize: messageLimit,
    MaxSendMsgSize: messageLimit,
    Cluster: {
      SendBufferSize: 100,
      ClientCertificate: `${files}/tls/server.crt`,
      ClientPrivateKey: `${files}/tls/server.key`,
      RootCAs: [`${files}/tls/ca.crt`],
      ...(line === '3' && { ReplicationPolicy: 'consensus' }),
    },
    LocalMSPDir: `${files}/msp`,
    LocalMSPID: mspId,
    Profile: { Enabled: false, Address: '127.0.0.1:0' },
    BCCSP: { Default: 'SW', SW: { Hash: 'SHA2', Security: 256, FileKeyStore: { KeyStore: '' } } },
    Authentication: { TimeWindow: '15m' },
    ...(line === '2.5'
      ? { BootstrapMethod: 'none' } // shipped as "file": it would look for a system channel's genesis block
      : {
          // Shipped with 2 minutes: a restarted orderer would be let in that late.
          Backoff: { BaseDelay: '1s', Multiplier: 1.6, MaxDelay: '10s' },
          Throttling: { Rate: 0, InactivityTimeout: '5s' },
        }),
  }
}

/** The content of orderer.yaml, as an object. Paths are absolute: half of these keys are not resolved by Fabric. */
export function ordererConfig(options: OrdererConfigOptions): Record<string, unknown> {
  const { places, ports } = options
  return {
    General: general(options),
    FileLedger: { Location: `${places.data}/ledger` },
    Debug: { BroadcastTraceDir: '', DeliverTraceDir: '' },
    // Without TLS it asks nobody who they are, hence loopback. Metrics are the only place that tells the leader.
    Operations: { ListenAddress: `127.0.0.1:${ports.operations}`, TLS: { Enabled: false } },
    Metrics: { Provider: 'prometheus' },
    Admin: {
      ListenAddress: `${options.adminHost}:${ports.admin}`,
      TLS: {
        Enabled: true,
        Certificate: `${places.files}/tls/server.crt`,
        PrivateKey: `${places.files}/tls/server.key`,
        ClientAuthRequired: true,
        ClientRootCAs: [`${places.files}/${adminRootsPath}`],
      },
    },
    // A genesis block comes as one request; each organization adds some 10 kB to it.
    ChannelParticipation: { Enabled: true, MaxRequestBodySize: '10 MB' },
    Consensus: { WALDir: `${places.data}/consensus/wal`, SnapDir: `${places.data}/consensus/snapshots` },
  }
}
