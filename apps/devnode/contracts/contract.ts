import type { peer } from '@hyperledger/fabric-protos'
import type { PeerChannel } from '../committing/peer-channel.ts'
import type { Simulator } from '../simulation/simulator.ts'
import type { TraceSink } from '../trace/trace.ts'

/** One call of a contract within a proposal. */
export interface Invocation {
  /** Absent for what concerns the peer and no channel: `cscc`, installing packages. */
  readonly channel?: PeerChannel
  readonly simulator?: Simulator
  readonly contract: string
  readonly txId: string
  /** The function's name first. */
  readonly args: readonly Uint8Array[]
  readonly isInit: boolean
  readonly decorations: ReadonlyMap<string, Uint8Array>
  readonly signedProposal: peer.SignedProposal
  readonly proposal: peer.Proposal
  /** Of the proposal's creator, encoded `msp.SerializedIdentity`. */
  readonly creator: Uint8Array
  readonly transient: ReadonlyMap<string, Uint8Array>
  readonly trace?: TraceSink
  /** Calls another contract on this or another channel, as a contract may: never a write on another channel. */
  readonly call: ContractCall
  readonly signal: AbortSignal
}

/**
 * @param target `name` or `name/channel` as fabric-shim writes it
 * @throws ReturnedFailure when the other one answered with an error message instead of a response
 * @throws Error in Fabric's words when it may not or cannot be called
 */
export type ContractCall = (target: string, args: readonly Uint8Array[]) => Promise<peer.Response>

export interface Outcome {
  readonly response: peer.Response
  /** The last event that it set. */
  readonly event?: peer.ChaincodeEvent
}

/** Anything that answers calls: a contract as a service, or one of the peer's own. */
export interface Contract {
  /**
   * @throws ReturnedFailure when it answered with an error message instead of a response
   * @throws Error in Fabric's words when it could not be asked, or broke off
   */
  invoke(invocation: Invocation): Promise<Outcome>
}

/** What a contract said instead of a response: a message of type ERROR. */
export class ReturnedFailure extends Error {}

/** Finds what answers for a name on a channel. */
export interface Contracts {
  /** One of the peer's own. */
  isSystem(name: string): boolean
  /**
   * @param simulator the definition is looked up through it, so that the transaction depends on it; without it nothing is recorded
   * @throws Error in Fabric's words: not defined, not approved by this organization, not installed
   */
  find(channel: PeerChannel | undefined, name: string, simulator?: Simulator): Promise<FoundContract>
}

export interface FoundContract {
  readonly contract: Contract
  /** One of the peer's own. */
  readonly isSystem: boolean
  /** Of the committed definition; a system contract has the peer's version. */
  readonly version: string
  /** The definition demands that the first call of each version be an init. */
  readonly initRequired: boolean
  /** It is, and none has been committed. */
  readonly needsInit: boolean
}
