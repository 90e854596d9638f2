import type { ChannelConfig } from '../config/channel-config.ts'
import type { BlockStore } from '../ledger/block-store.ts'
import type { Simulator } from '../simulation/simulator.ts'
import type { PrivateStore } from '../state/private-store.ts'
import type { WorldState } from '../state/world-state.ts'
import type { TraceSink } from '../trace/trace.ts'

/** One channel of a peer: its blocks, the state that they make, and who waits for more of them. */
export interface PeerChannel {
  readonly name: string
  /** Of the newest committed config block. */
  readonly config: ChannelConfig
  /** Blocks committed. */
  readonly height: number
  /** Blocks as they were committed, with the validation codes in their metadata. */
  readonly store: BlockStore
  readonly state: WorldState
  readonly privateData: PrivateStore
  /** Against the state as it is now, whatever is committed meanwhile. @param txId named in refusals @param trace told of each read and write */
  simulate(txId: string, trace?: TraceSink): Promise<Simulator>
  /** Checks, stores and applies the next block; those who wait are told afterwards. @throws Error when it does not continue the chain, or is not signed as the channel's BlockValidation policy says */
  commit(block: Uint8Array): Promise<void>
  /** Resolves when there may be more blocks, when the channel is closed, or at the signal. */
  changed(signal: AbortSignal): Promise<void>
  /** False once a block could not be stored, or the peer stops. */
  readonly isReady: boolean
  /** Called after each commit, in the order of blocks; what it throws is logged. @returns how to stop it */
  onCommit(listener: (block: CommittedBlock) => void): () => void
}

export interface CommittedBlock {
  readonly channel: string
  readonly number: number
  readonly bytes: Uint8Array
  readonly isConfig: boolean
  readonly transactions: readonly CommittedTransaction[]
  /** Milliseconds that it took: in all, on disk, and in the state. */
  readonly took?: { readonly all: number; readonly storing: number; readonly applying: number }
}

export interface CommittedTransaction {
  readonly txId: string
  /** `common.HeaderType`. */
  readonly type: number
  /** `peer.TxValidationCode`. */
  readonly code: number
  /** Contracts whose keys were written; empty unless valid. */
  readonly namespaces: readonly string[]
  /** Encoded `peer.ChaincodeEvent`, of valid and invalid ones alike; absent where there is none. */
  readonly event?: Uint8Array
}

/** The channels that this peer has joined. */
export interface PeerChannels {
  get(name: string): PeerChannel | undefined
  names(): readonly string[]
  /** Joins by a genesis block. @throws Error in the words of Fabric's cscc */
  join(genesis: Uint8Array): Promise<PeerChannel>
}
