import type { FaultRule } from '@cello/kit'
import type { EncodedError } from '@cello/model'
import type { Cancellable, ContractDefinition, ObservedContract, ObservedOrderer } from '@cello/ports'
import type { ChainConfig } from '../chain-config.ts'
import type { ReadWriteSet } from '../envelope.ts'

/** A question to the node whose data lies in this volume, about a channel that it has joined. */
export interface ChannelCall {
  readonly volume: string
  readonly channel: string
}

export interface JoinCall extends ChannelCall {
  readonly kind: 'orderer' | 'peer'
  readonly organization: string
  /** As in `ChainConfig.authorities`. */
  readonly authority: string
  readonly endpoint: string
  readonly genesis: Uint8Array
}

export type Proposal =
  | {
      readonly kind: 'invoke'
      readonly contract: string
      readonly function: string
      readonly args: readonly string[]
      readonly init: boolean
    }
  | { readonly kind: 'approve'; readonly definition: ContractDefinition; readonly packageId?: string | undefined }
  | { readonly kind: 'commit'; readonly definition: ContractDefinition }

/** `already`: the ledger is so; there is nothing to send. */
export type Simulation = ReadWriteSet & { readonly result: string; readonly already: boolean }

export interface Committed {
  readonly txId: string
  readonly status: string
  readonly block: number
}

/** One transaction in a block. */
export interface BlockEntry {
  readonly txId: string
  readonly type: 'genesis' | 'config' | 'transaction'
  readonly creator: string
  readonly purpose: string
  readonly status: string
  readonly writes: ReadWriteSet['writes']
}

export interface Block {
  readonly number: number
  readonly previousHash: string
  readonly hash: string
  readonly transactions: readonly BlockEntry[]
}

/** What sessions say to the nodes of the world. Plain data both ways, so that the world can be in another process. */
export interface WorldForSessions {
  /** Called at the start of each method of a ledger or session. @returns an error to end with when it is done. @throws its fault. */
  enter(
    call: Cancellable & { readonly method: string; readonly about: readonly string[] },
  ): Promise<EncodedError | undefined>
  /** `live`: volumes of the orderers that answer now. */
  observeOrderer(call: {
    readonly volume: string
    readonly live: readonly string[]
  }): Promise<ObservedOrderer['channels']>
  observePeer(call: { readonly volume: string }): Promise<{
    readonly channels: readonly { readonly name: string; readonly height: number }[]
    readonly packages: readonly string[]
  }>
  join(call: JoinCall): Promise<void>
  leave(call: ChannelCall): Promise<void>
  config(call: ChannelCall): Promise<{ readonly config: ChainConfig; readonly height: number }>
  install(call: { readonly volume: string; readonly id: string; readonly bytes: Uint8Array }): Promise<void>
  contracts(call: ChannelCall & { readonly names: readonly string[] }): Promise<ObservedContract[]>
  /** What the volume's peer needs to run a contract: its definition and where its organization's instance answers. */
  endorsement(
    call: ChannelCall & { readonly contract: string },
  ): Promise<{ readonly definition: ContractDefinition; readonly address: string }>
  simulate(call: ChannelCall & { readonly proposal: Proposal }): Promise<Simulation>
  order(call: ChannelCall & { readonly envelope: Uint8Array; readonly live: readonly string[] }): Promise<void>
  find(call: ChannelCall & { readonly txId: string }): Promise<Committed | undefined>
  block(call: ChannelCall & { readonly number: number }): Promise<Block>
  /** Newest block. */
  tip(call: ChannelCall): Promise<Block>
}

/** What a test says to the world. */
export interface LedgerWorldForTests {
  /** Makes calls of a method of Ledger or LedgerSession go wrong; `about` may be a node id, a channel or a network id. */
  addFault(rule: FaultRule): Promise<void>
  clearFaults(seed?: number): Promise<void>
  /** Milliseconds before each method does anything. */
  setLatency(ms: number): Promise<void>
  /** All effects in order, after number `since`. */
  journal(since?: number): Promise<LedgerEffect[]>
  /** How often each method was called, whatever came of it. */
  calls(): Promise<Record<string, number>>
  /** Every chain that was ever begun: one for each genesis block that a node joined with. */
  chains(): Promise<ChainFacts[]>
}

export type LedgerWorldApi = WorldForSessions & LedgerWorldForTests

/** Something that happened. A repetition that changed nothing is no effect. */
export interface LedgerEffect {
  readonly seq: number
  readonly at: number
  readonly kind: 'join' | 'leave' | 'install' | 'config' | 'transaction'
  /** A channel's name, or a package's id. */
  readonly id: string
  /** SHA-256 of the genesis block. */
  readonly chain?: string | undefined
  readonly volume?: string | undefined
  readonly txId?: string | undefined
  readonly purpose?: string | undefined
  readonly status?: string | undefined
  readonly block?: number | undefined
}

export interface ChainFacts {
  readonly chain: string
  readonly channel: string
  readonly height: number
  readonly config: ChainConfig
  /** Volumes that hold it. */
  readonly orderers: readonly string[]
  readonly peers: readonly string[]
  readonly transactions: readonly (Committed & { readonly purpose: string; readonly creator: string })[]
}
