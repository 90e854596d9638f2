/**
 * Every key that Fabric's orderer knows, and what the devnode does with it: the one table that the program reads its
 * settings by, and that docs/devnode.md shows. Keys of orderer.yaml as shipped with 2.5 and 3.1, and those that only
 * Fabric's source names (localconfig/config.go).
 */
export type KeyRule =
  | { readonly rule: 'obeyed'; readonly kind: ValueKind }
  /** Any value is taken; `why` it changes nothing. */
  | { readonly rule: 'harmless'; readonly why: string }
  /** Only these values, as text; the first is the shipped one. */
  | { readonly rule: 'fixed'; readonly values: readonly string[]; readonly why: string }

export type ValueKind = 'text' | 'path' | 'paths' | 'number' | 'boolean' | 'duration' | 'size'

const obeyed = (kind: ValueKind): KeyRule => ({ rule: 'obeyed', kind })
const harmless = (why: string): KeyRule => ({ rule: 'harmless', why })
const fixed = (why: string, ...values: string[]): KeyRule => ({ rule: 'fixed', values, why })

const alone = 'it orders alone, and talks to no other orderer'
const noKafka = 'Kafka left Fabric in 3.0; channels ordered by it are refused'
const noHsm = 'keys come from files: BCCSP.Default must be SW'
const noLog = 'the block file is its own log: there is no Raft log beside it'
const onePort = 'there is no second listener for other orderers'

export const ordererKeys = {
  'General.ListenAddress': obeyed('text'),
  'General.ListenPort': obeyed('number'),
  'General.TLS.Enabled': obeyed('boolean'),
  'General.TLS.PrivateKey': obeyed('path'),
  'General.TLS.Certificate': obeyed('path'),
  'General.TLS.RootCAs': harmless(alone),
  'General.TLS.ClientAuthRequired': obeyed('boolean'),
  'General.TLS.ClientRootCAs': obeyed('paths'),
  'General.TLS.TLSHandshakeTimeShift': harmless(alone),
  'General.Keepalive.ServerMinInterval': harmless('clients that ping more often are not cut'),
  'General.Keepalive.ServerInterval': obeyed('duration'),
  'General.Keepalive.ServerTimeout': obeyed('duration'),
  'General.ConnectionTimeout': harmless('handshakes have gRPC’s own time-out'),
  'General.Backoff.BaseDelay': harmless(alone),
  'General.Backoff.Multiplier': harmless(alone),
  'General.Backoff.MaxDelay': harmless(alone),
  'General.MaxRecvMsgSize': obeyed('number'),
  'General.MaxSendMsgSize': obeyed('number'),
  'General.Throttling.Rate': fixed('clients are not throttled', '0', ''),
  'General.Throttling.InactivityTimeout': harmless('clients are not throttled'),
  'General.Cluster.SendBufferSize': harmless(alone),
  'General.Cluster.ClientCertificate': obeyed('path'),
  'General.Cluster.ClientPrivateKey': harmless(alone),
  'General.Cluster.RootCAs': harmless(alone),
  'General.Cluster.ListenPort': fixed(onePort, '', '0'),
  'General.Cluster.ListenAddress': fixed(onePort, ''),
  'General.Cluster.ServerCertificate': fixed(onePort, ''),
  'General.Cluster.ServerPrivateKey': fixed(onePort, ''),
  'General.Cluster.ReplicationPolicy': harmless(alone),
  'General.Cluster.DialTimeout': harmless(alone),
  'General.Cluster.RPCTimeout': harmless(alone),
  'General.Cluster.ReplicationBufferSize': harmless(alone),
  'General.Cluster.ReplicationPullTimeout': harmless(alone),
  'General.Cluster.ReplicationRetryTimeout': harmless(alone),
  'General.Cluster.ReplicationBackgroundRefreshInterval': harmless(alone),
  'General.Cluster.ReplicationMaxRetries': harmless(alone),
  'General.Cluster.CertExpirationWarningThreshold': harmless(alone),
  'General.Cluster.TLSHandshakeTimeShift': harmless(alone),
  'General.BootstrapMethod': fixed(
    'there is no system channel: nodes join by the participation API',
    'file',
    'none',
    '',
  ),
  'General.BootstrapFile': fixed('there is no system channel: nodes join by the participation API', ''),
  'General.LocalMSPDir': obeyed('path'),
  'General.LocalMSPID': obeyed('text'),
  'General.Profile.Enabled': fixed('there is no Go program to profile', 'false', ''),
  'General.Profile.Address': harmless('there is no Go program to profile'),
  'General.BCCSP.Default': fixed('keys come from files', 'SW', ''),
  'General.BCCSP.SW.Hash': fixed('as in Fabric, SHA-256 is the only hash', 'SHA2', ''),
  'General.BCCSP.SW.Security': fixed('as in Fabric, SHA-256 is the only hash', '256', ''),
  'General.BCCSP.SW.FileKeyStore.KeyStore': fixed('keys lie in the keystore folder of LocalMSPDir', ''),
  'General.BCCSP.PKCS11.Library': harmless(noHsm),
  'General.BCCSP.PKCS11.Label': harmless(noHsm),
  'General.BCCSP.PKCS11.Pin': harmless(noHsm),
  'General.BCCSP.PKCS11.Hash': harmless(noHsm),
  'General.BCCSP.PKCS11.Security': harmless(noHsm),
  'General.BCCSP.PKCS11.FileKeyStore.KeyStore': harmless(noHsm),
  'General.Authentication.TimeWindow': obeyed('duration'),
  'General.Authentication.NoExpirationChecks': obeyed('boolean'),
  'FileLedger.Location': obeyed('text'),
  'Kafka.Retry.ShortInterval': harmless(noKafka),
  'Kafka.Retry.ShortTotal': harmless(noKafka),
  'Kafka.Retry.LongInterval': harmless(noKafka),
  'Kafka.Retry.LongTotal': harmless(noKafka),
  'Kafka.Retry.NetworkTimeouts.DialTimeout': harmless(noKafka),
  'Kafka.Retry.NetworkTimeouts.ReadTimeout': harmless(noKafka),
  'Kafka.Retry.NetworkTimeouts.WriteTimeout': harmless(noKafka),
  'Kafka.Retry.Metadata.RetryBackoff': harmless(noKafka),
  'Kafka.Retry.Metadata.RetryMax': harmless(noKafka),
  'Kafka.Retry.Producer.RetryBackoff': harmless(noKafka),
  'Kafka.Retry.Producer.RetryMax': harmless(noKafka),
  'Kafka.Retry.Consumer.RetryBackoff': harmless(noKafka),
  'Kafka.Topic.ReplicationFactor': harmless(noKafka),
  'Kafka.Verbose': harmless(noKafka),
  'Kafka.TLS.Enabled': harmless(noKafka),
  'Kafka.TLS.PrivateKey': harmless(noKafka),
  'Kafka.TLS.Certificate': harmless(noKafka),
  'Kafka.TLS.RootCAs': harmless(noKafka),
  'Kafka.SASLPlain.Enabled': harmless(noKafka),
  'Kafka.SASLPlain.User': harmless(noKafka),
  'Kafka.SASLPlain.Password': harmless(noKafka),
  'Kafka.Version': harmless(noKafka),
  'Debug.BroadcastTraceDir': fixed('requests are not traced to files', ''),
  'Debug.DeliverTraceDir': fixed('requests are not traced to files', ''),
  'Operations.ListenAddress': obeyed('text'),
  'Operations.TLS.Enabled': obeyed('boolean'),
  'Operations.TLS.Certificate': obeyed('path'),
  'Operations.TLS.PrivateKey': obeyed('path'),
  'Operations.TLS.RootCAs': harmless(alone),
  'Operations.TLS.TLSHandshakeTimeShift': harmless(alone),
  'Operations.TLS.ClientAuthRequired': obeyed('boolean'),
  'Operations.TLS.ClientRootCAs': obeyed('paths'),
  'Metrics.Provider': fixed('metrics are read, not pushed', 'disabled', 'prometheus', ''),
  'Metrics.Statsd.Network': harmless('Metrics.Provider may not be statsd'),
  'Metrics.Statsd.Address': harmless('Metrics.Provider may not be statsd'),
  'Metrics.Statsd.WriteInterval': harmless('Metrics.Provider may not be statsd'),
  'Metrics.Statsd.Prefix': harmless('Metrics.Provider may not be statsd'),
  'Admin.ListenAddress': obeyed('text'),
  'Admin.TLS.Enabled': obeyed('boolean'),
  'Admin.TLS.Certificate': obeyed('path'),
  'Admin.TLS.PrivateKey': obeyed('path'),
  'Admin.TLS.RootCAs': harmless(alone),
  'Admin.TLS.TLSHandshakeTimeShift': harmless(alone),
  'Admin.TLS.ClientAuthRequired': obeyed('boolean'),
  'Admin.TLS.ClientRootCAs': obeyed('paths'),
  'ChannelParticipation.Enabled': obeyed('boolean'),
  'ChannelParticipation.MaxRequestBodySize': obeyed('size'),
  'Consensus.WALDir': harmless(noLog),
  'Consensus.SnapDir': harmless(noLog),
  'Consensus.EvictionSuspicion': harmless(alone),
  'Consensus.TickIntervalOverride': harmless('a leader without followers sends no heartbeats'),
} as const satisfies Readonly<Record<string, KeyRule>>

export type OrdererKey = keyof typeof ordererKeys
