import type { BatchSettings, Consensus } from './channel.ts'
import type { Collection } from './deployment.ts'
import type { NodeState } from './node.ts'

/** What is there, as far as it was seen: the second input of a plan. Nothing in it is newer than `at`. */
export interface ObservedNetwork {
  readonly networkId: string
  /** Milliseconds since 1970, UTC: the only time that a plan knows. */
  readonly at: number
  /** Organizations whose authorities and administrator are kept, and nodes (by id) whose identities are. */
  readonly identities: { readonly organizations: readonly string[]; readonly nodes: readonly string[] }
  /** Channels whose genesis block is kept. */
  readonly genesis: readonly string[]
  /** By node id; nodes with a row. */
  readonly nodes: Readonly<Record<string, ObservedNodeState>>
  /** By channel name; channels that the document names and some node has. */
  readonly channels: Readonly<Record<string, ObservedChannelState>>
}

export interface ObservedNodeState {
  readonly state: NodeState
  /** Whether it runs as it is specified now; false calls for an `ensure-node`. */
  readonly current: boolean
  readonly incarnation?: number | undefined
  readonly startedAt?: number | undefined
  readonly reason?: string | undefined
  readonly lastLines?: readonly string[] | undefined
  /** Package ids on a peer. Absent where they were not looked up. */
  readonly packages?: readonly string[] | undefined
}

export interface ObservedChannelState {
  /** Node ids of orderers and peers that have it, with their heights. */
  readonly orderers: Readonly<
    Record<
      string,
      {
        readonly height: number
        readonly status: string
        readonly relation: string
        readonly leads: boolean | 'unknown'
      }
    >
  >
  readonly peers: Readonly<Record<string, { readonly height: number }>>
  /** Absent where it was not or could not be read. */
  readonly config?: ObservedChannelConfig | undefined
  /** By contract name. Absent where they were not looked up. */
  readonly contracts?: Readonly<Record<string, ObservedContractState>> | undefined
  /** Whether every gateway peer sees every peer that it should. */
  readonly discovered: boolean
}

export interface ObservedChannelConfig {
  readonly sequence: number
  readonly consensus: Consensus
  readonly batch: BatchSettings
  /** Organization names. */
  readonly orderers: readonly string[]
  readonly members: readonly string[]
  /** `host:port` of each consenter and anchor peer. */
  readonly consenters: readonly string[]
  readonly anchors: readonly string[]
}

export interface ObservedDefinition {
  readonly version: string
  readonly sequence: number
  readonly initRequired: boolean
  readonly policy?: string | undefined
  readonly collections: readonly Collection[]
}

export interface ObservedContractState {
  readonly committed?: ObservedDefinition | undefined
  readonly approvals: readonly {
    readonly organization: string
    readonly definition: ObservedDefinition
    readonly packageId?: string | undefined
  }[]
}
