/** For tests only: core.yaml of a peer of the agreement, for Fabric's program and the devnode alike. */
import { stringify } from 'yaml'

export interface PeerFiles {
  readonly name: string
  readonly mspId: string
  /** Of this peer, absolute: configuration, `msp`, `tls`, `data`, `builder` below it. */
  readonly folder: string
  readonly ports: { readonly service: number; readonly operations: number; readonly contracts: number }
  readonly builder: string
}

function gossip(address: string) {
  return {
    bootstrap: address,
    endpoint: address,
    externalEndpoint: address,
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
    publishStateInfoInterval: '300ms',
    requestStateInfoInterval: '300ms',
    dialTimeout: '500ms',
    reconnectInterval: '300ms',
    pullInterval: '1s',
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
    maxConnectionAttempts: 120,
    msgExpirationFactor: 20,
    pvtData: {
      pullRetryThreshold: '2s',
      transientstoreMaxBlockRetention: 20_000,
      pushAckTimeout: '3s',
      btlPullMargin: 10,
      reconcileBatchSize: 10,
      reconcileSleepInterval: '1m',
      reconciliationEnabled: true,
      skipPullingInvalidTransactionsDuringCommit: false,
      implicitCollectionDisseminationPolicy: { requiredPeerCount: 0, maxPeerCount: 1 },
    },
  }
}

function tls(folder: string) {
  const certificate = { file: `${folder}/tls/server.crt` }
  const key = { file: `${folder}/tls/server.key` }
  const root = `${folder}/tls/ca.crt`
  return {
    enabled: true,
    clientAuthRequired: false,
    cert: certificate,
    key,
    rootcert: { file: root },
    clientRootCAs: { files: [root] },
    clientCert: certificate,
    clientKey: key,
  }
}

function peer({ name, mspId, folder, ports }: PeerFiles) {
  const address = `127.0.0.1:${ports.service}`
  const contracts = `127.0.0.1:${ports.contracts}`
  return {
    id: name,
    networkId: 'agreement',
    listenAddress: address,
    address,
    addressAutoDetect: false,
    chaincodeListenAddress: contracts,
    chaincodeAddress: contracts,
    localMspId: mspId,
    localMspType: 'bccsp',
    mspConfigPath: `${folder}/msp`,
    fileSystemPath: `${folder}/data`,
    BCCSP: { Default: 'SW', SW: { Hash: 'SHA2', Security: 256, FileKeyStore: { KeyStore: '' } } },
    tls: tls(folder),
    gossip: gossip(address),
    deliveryclient: {
      blockGossipEnabled: false,
      reconnectTotalTimeThreshold: '3600s',
      connTimeout: '3s',
      reConnectBackoffThreshold: '10s',
      blockCensorshipTimeoutKey: '30s',
      minimalReconnectInterval: '100ms',
      policy: 'cluster',
    },
    client: { connTimeout: '3s' },
    gateway: { enabled: true, endorsementTimeout: '10s', broadcastTimeout: '10s', dialTimeout: '5s' },
    discovery: {
      enabled: true,
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
    handlers: {
      authFilters: [{ name: 'DefaultAuth' }, { name: 'ExpirationCheck' }, { name: 'TimeWindowCheck' }],
      decorators: [{ name: 'DefaultDecorator' }],
      endorsers: { escc: { name: 'DefaultEndorsement', library: '' } },
      validators: { vscc: { name: 'DefaultValidation', library: '' } },
    },
    validatorPoolSize: 0,
    limits: { concurrency: { endorserService: 2_500, deliverService: 2_500, gatewayService: 500 } },
    maxRecvMsgSize: 104_857_600,
    maxSendMsgSize: 104_857_600,
    profile: { enabled: false, listenAddress: '127.0.0.1:0' },
  }
}

export function coreYaml(files: PeerFiles): string {
  return stringify({
    peer: peer(files),
    vm: { endpoint: '' },
    chaincode: {
      mode: 'net',
      system: { _lifecycle: 'enable', cscc: 'enable', qscc: 'enable' },
      externalBuilders: [{ name: 'ccaas_builder', path: files.builder, propagateEnvironment: [] }],
      installTimeout: '300s',
      startuptimeout: '10s',
      executetimeout: '6s',
      keepalive: 0,
      logging: { level: 'info', shim: 'warning', format: '%{level:.4s} %{message}' },
      runtimeParams: {
        useWriteBatch: true,
        maxSizeWriteBatch: 1_000,
        useGetMultipleKeys: true,
        maxSizeGetMultipleKeys: 1_000,
      },
    },
    ledger: {
      state: { stateDatabase: 'goleveldb', totalQueryLimit: 100_000 },
      history: { enableHistoryDatabase: true },
      pvtdataStore: {
        collElgProcMaxDbBatchSize: 5_000,
        collElgProcDbBatchesInterval: 1_000,
        deprioritizedDataReconcilerInterval: '60m',
        purgeInterval: 100,
        purgedKeyAuditLogging: true,
      },
      snapshots: { rootDir: `${files.folder}/data/snapshots` },
    },
    operations: { listenAddress: `127.0.0.1:${files.ports.operations}`, tls: { enabled: false } },
    metrics: { provider: 'prometheus' },
  })
}
