/** `etcdraft.Options`. */
export interface RaftOptions {
  /** Length of one tick in Go's notation. */
  readonly tickInterval: string
  /** Ticks without a leader's sign before an election; greater than `heartbeatTick`. */
  readonly electionTick: number
  /** Ticks between a leader's signs. */
  readonly heartbeatTick: number
  /** Blocks on their way at once. */
  readonly maxInflightBlocks: number
  /** Bytes of blocks between two snapshots; 0: 16 MiB. */
  readonly snapshotIntervalSize: number
}

/** What configtxgen writes where a profile is silent (genesisconfig, `genesisDefaults`). */
export const defaultRaftOptions: RaftOptions = {
  tickInterval: '500ms',
  electionTick: 10,
  heartbeatTick: 1,
  maxInflightBlocks: 5,
  snapshotIntervalSize: 16 * 1024 * 1024,
}

export const leaderRotations = ['unspecified', 'off', 'on'] as const
export type LeaderRotation = (typeof leaderRotations)[number]

/** `smartbft.Options`; durations in Go's notation, sizes in bytes. */
export interface BftOptions {
  /** Overridden by the batch settings' count at run time (orderer/consensus/smartbft/util.go, `createSmartBftConfig`). */
  readonly requestBatchMaxCount: number
  /** Overridden by the batch settings' absolute size at run time. */
  readonly requestBatchMaxBytes: number
  /** Longest wait for more transactions: orderers do not look at the batch settings' time-out. */
  readonly requestBatchMaxInterval: string
  readonly incomingMessageBufferSize: number
  readonly requestPoolSize: number
  readonly requestForwardTimeout: string
  /** Not shorter than `requestForwardTimeout`. */
  readonly requestComplainTimeout: string
  /** Not shorter than `requestComplainTimeout`. */
  readonly requestAutoRemoveTimeout: string
  /** 0: as large as a batch may be. */
  readonly requestMaxBytes: number
  readonly viewChangeResendInterval: string
  /** Not shorter than `viewChangeResendInterval`. */
  readonly viewChangeTimeout: string
  /** How long followers wait for a silent leader: a dead leader stalls the channel that long. */
  readonly leaderHeartbeatTimeout: string
  /** Signs that a leader sends within that time-out. */
  readonly leaderHeartbeatCount: number
  readonly collectTimeout: string
  readonly syncOnStart: boolean
  readonly speedUpViewChange: boolean
  /** Fabric refuses `on`. */
  readonly leaderRotation: LeaderRotation
  readonly decisionsPerLeader: number
}

/** What configtxgen writes where a profile is silent: SmartBFT's `DefaultConfig` as far as genesisconfig copies it. */
export const defaultBftOptions: BftOptions = {
  requestBatchMaxCount: 100,
  requestBatchMaxBytes: 10 * 1024 * 1024,
  requestBatchMaxInterval: '50ms',
  incomingMessageBufferSize: 200,
  requestPoolSize: 400,
  requestForwardTimeout: '2s',
  requestComplainTimeout: '20s',
  requestAutoRemoveTimeout: '3m0s',
  requestMaxBytes: 0,
  viewChangeResendInterval: '5s',
  viewChangeTimeout: '20s',
  leaderHeartbeatTimeout: '1m0s',
  leaderHeartbeatCount: 10,
  collectTimeout: '1s',
  syncOnStart: false,
  speedUpViewChange: false,
  leaderRotation: 'unspecified',
  decisionsPerLeader: 0,
}
