/**
 * core.yaml. A key that is missing there is not its documented default: some are zero, some turn a part of the peer off
 * without a word. So every key that a running network relies on is written, for each line of Fabric.
 */
import type { FabricLine } from './fabric-line.ts'
import type { Places } from './node-parts.ts'

export interface PeerCoreOptions {
  readonly line: FabricLine
  readonly places: Places
  readonly networkName: string
  /** Unique in the organization. */
  readonly name: string
  readonly mspId: string
  /** Address to listen at: `127.0.0.1`, or `0.0.0.0` where other hosts come. */
  readonly listenHost: string
  /** `host:port` that peers of all organizations dial; the host is in the TLS certificate. */
  readonly advertised: string
  /** Number, or the driver's placeholder. */
  readonly ports: { readonly service: number | string; readonly operations: number | string }
  /** `host:port` of peers of the same organization; itself when it is the only one. */
  readonly bootstrap: readonly string[]
  /** What the peer's contract builder is called for ever: builds name it, and are refused under another name. Absent: none. */
  readonly builderName?: string | undefined
}

/** Where `peerNode` puts the TLS authorities of all organizations, its own first. */
export const peerRootsPath = 'tls/peer-roots.crt'

/** Blocks and certificates of contracts larger than gRPC's 4 MiB pass; Fabric's own limit. Bytes. */
const messageLimit = 104_857_600

// The gateway finds other organizations' peers through gossip alone. Measured on 3.1.5: with the shipped intervals (4 s, 4 s)
// and those below (25 s and 3 s) that took 4 to 32 s, with ours mostly under a second after the last join (docs/benchmarks.md).
const tunedGossip = {
  publishStateInfoInterval: '100ms',
  requestStateInfoInterval: '300ms',
} as const

/**
 * A peer that joins a channel dials the other organizations' anchors before it trusts their TLS authorities (3.1.5 learns of
 * the anchors in the first callback of createChannel in core/peer/peer.go, and of the authorities in the second). gRPC keeps on
 * dialling with what was trusted then until the dial times out, and gossip waits for the reconnect interval before the next
 * attempt: with the shipped 3 s and 25 s a peer sees nobody of the others for 28 s. So it is given all authorities from the
 * start (`peerRootsPath`). Even then the first attempt mostly fails, at once, since createChannel has not ended ("Could not
 * acquire policy manager"), and so does one at a peer that has not joined yet: the reconnect interval is what contact costs.
 * A request that was lost is sent again after 5 s, a constant; sooner comes the next exchange of members, each pull interval,
 * where at least one of the two has heard of the other (session/first-joins.ts sees to that).
 * On one machine a dial takes milliseconds and an exchange is cheap; over a long line the handshake alone may take half a
 * second.
 */
function firstContact(advertised: string) {
  return advertised.startsWith('127.')
    ? { dialTimeout: '500ms', reconnectInterval: '100ms', maxConnectionAttempts: 400, pullInterval: '300ms' }
    : { dialTimeout: '3s', reconnectInterval: '1s', maxConnectionAttempts: 120, pullInterval: '4s' }
}

function gossip({ advertised, bootstrap }: PeerCoreOptions) {
  return {
    bootstrap: bootstrap.length > 0 ? bootstrap : [advertised],
    endpoint: advertised,
    externalEndpoint: advertised,
    // Every peer pulls blocks from the orderers itself, so no leader is elected and no state is passed on.
    useLeaderElection: false,
    orgLeader: true,
    state: {
      enabled: false,
      checkInterval: '10s',
      responseTimeout: '3s',
      batchSize: 10,
      blockBufferSize: 20,
      maxRetries: 3,
    },
    ...tunedGossip,
    ...firstContact(advertised),
    membershipTrackerInterval: '5s',
    maxBlockCountToStore: 10,
    maxPropagationBurstLatency: '10ms',
    maxPropagationBurstSize: 10,
    propagateIterations: 1,
    propagatePeerNum: 3,
    pullPeerNum: 3,
    publishCertPeriod: '10s',
    skipBlockVerification: false,
    connTimeout: '2s',
    recvBuffSize: 20,
    sendBuffSize: 200,
    digestWaitTime: '1s',
    requestWaitTime: '1500ms',
    responseWaitTime: '2s',
    aliveTimeInterval: '5s',
    aliveExpirationTimeout: '25s',
    msgExpirationFactor: 20,
    pvtData: privateData,
  }
}

const privateData = {
  // Shipped with 60 s, for which a peer commits nothing while nobody who has the private data of a block answers: an approval
  // is such data of its organization. What was missing then is fetched later all the same.
  pullRetryThreshold: '5s',
  transientstoreMaxBlockRetention: 20_000,
  pushAckTimeout: '3s',
  btlPullMargin: 10,
  reconcileBatchSize: 10,
  reconcileSleepInterval: '1m',
  reconciliationEnabled: true,
  skipPullingInvalidTransactionsDuringCommit: false,
  implicitCollectionDisseminationPolicy: { requiredPeerCount: 0, maxPeerCount: 1 },
}

function deliveryClient(line: FabricLine) {
  return {
    blockGossipEnabled: false, // missing means on
    reconnectTotalTimeThreshold: '3600s',
    connTimeout: '3s',
    // Shipped as an hour: a peer would then sleep that long after its orderers were away for a night.
    reConnectBackoffThreshold: '10s',
    ...(line === '3' && { blockCensorshipTimeoutKey: '30s', minimalReconnectInterval: '100ms', policy: 'cluster' }),
  }
}

function handlers(line: FabricLine) {
  const filters = ['DefaultAuth', 'ExpirationCheck', ...(line === '3' ? ['TimeWindowCheck'] : [])]
  return {
    authFilters: filters.map((name) => ({ name })),
    decorators: [{ name: 'DefaultDecorator' }],
    endorsers: { escc: { name: 'DefaultEndorsement', library: '' } },
    validators: { vscc: { name: 'DefaultValidation', library: '' } },
  }
}

function peerTls(files: string) {
  const identity = { file: `${files}/tls/server.crt` }
  const key = { file: `${files}/tls/server.key` }
  return {
    enabled: true,
    clientAuthRequired: false,
    cert: identity,
    key,
    rootcert: { file: `${files}/${peerRootsPath}` },
    clientRootCAs: { files: [`${files}/tls/ca.crt`] },
    clientCert: identity,
    clientKey: key,
  }
}

function peer(options: PeerCoreOptions) {
  const { line, places, listenHost, ports, advertised } = options
  return {
    id: options.name,
    networkId: options.networkName,
    listenAddress: `${listenHost}:${ports.service}`,
    address: advertised,
    addressAutoDetect: false,
    // Contracts are services that the peer dials, nobody dials this one: any free port of the machine. Without the key
    // every peer of a machine wants 7052.
    chaincodeListenAddress: '127.0.0.1:0',
    localMspId: options.mspId,
    localMspType: 'bccsp',
    mspConfigPath: `${places.files}/msp`,
    fileSystemPath: places.data,
    BCCSP: { Default: 'SW', SW: { Hash: 'SHA2', Security: 256, FileKeyStore: { KeyStore: '' } } },
    tls: peerTls(places.files),
    gossip: gossip(options),
    deliveryclient: deliveryClient(line),
    client: { connTimeout: '3s' },
    gateway: { enabled: true, endorsementTimeout: '30s', broadcastTimeout: '30s', dialTimeout: '2m' },
    discovery: {
      enabled: true, // without it there is no gateway either
      authCacheEnabled: true,
      authCacheMaxSize: 1_000,
      authCachePurgeRetentionRatio: 0.75,
      orgMembersAllowedAccess: false,
    },
    keepalive: {
      interval: '7200s',
      timeout: '20s',
      minInterval: '60s',
      client: { interval: '60s', timeout: '20s' },
      deliveryClient: { interval: '60s', timeout: '20s' },
    },
    authentication: { timewindow: '15m' },
    handlers: handlers(line),
    validatorPoolSize: 0, // one for each processor
    limits: { concurrency: { endorserService: 2_500, deliverService: 2_500, gatewayService: 500 } },
    maxRecvMsgSize: messageLimit,
    maxSendMsgSize: messageLimit,
    profile: { enabled: false, listenAddress: '127.0.0.1:0' },
  }
}

function chaincode({ line, places, builderName }: PeerCoreOptions) {
  return {
    mode: 'net',
    // A system contract that is not named here is not deployed.
    system: { _lifecycle: 'enable', cscc: 'enable', qscc: 'enable' },
    // With no builder and no Docker endpoint a peer panics at its first install.
    externalBuilders: builderName === undefined ? [] : [builder(builderName, places)],
    installTimeout: '300s',
    startuptimeout: '300s',
    executetimeout: '30s',
    keepalive: 0,
    logging: { level: 'info', shim: 'warning', format: '%{level:.4s} %{message}' },
    ...(line === '3' && {
      runtimeParams: {
        useWriteBatch: true,
        maxSizeWriteBatch: 1_000,
        useGetMultipleKeys: true,
        maxSizeGetMultipleKeys: 1_000,
      },
    }),
  }
}

function ledger(data: string) {
  return {
    state: { stateDatabase: 'goleveldb', totalQueryLimit: 100_000 },
    history: { enableHistoryDatabase: true },
    pvtdataStore: {
      collElgProcMaxDbBatchSize: 5_000,
      collElgProcDbBatchesInterval: 1_000,
      deprioritizedDataReconcilerInterval: '60m',
      purgeInterval: 100,
      purgedKeyAuditLogging: true,
    },
    snapshots: { rootDir: `${data}/snapshots` },
  }
}

/** The content of core.yaml, as an object. */
export function peerCore(options: PeerCoreOptions): Record<string, unknown> {
  return {
    peer: peer(options),
    // Named and empty: a peer that is to ask a Docker socket that is not there reports itself unhealthy for ever.
    vm: { endpoint: '' },
    chaincode: chaincode(options),
    ledger: ledger(options.places.data),
    // Without TLS this endpoint asks nobody who they are, hence loopback. The leader of a channel is told nowhere else.
    operations: { listenAddress: `127.0.0.1:${options.ports.operations}`, tls: { enabled: false } },
    metrics: { provider: 'prometheus' },
  }
}

const builder = (name: string, { files }: Places) => ({
  name,
  path: `${files}/builder`,
  propagateEnvironment: ['CELLO_NODE_FILES', 'CELLO_BUILD_MARK'],
})
