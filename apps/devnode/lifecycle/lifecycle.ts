import type { PeerChannel } from '../committing/peer-channel.ts'
import type { Contract } from '../contracts/contract.ts'
import type { StateReader } from '../state/world-state.ts'
import type { ContractDefinition } from './definition.ts'

/** What the rest of the peer asks of the lifecycle of contracts. */
export interface Lifecycle {
  /** `_lifecycle` itself. */
  readonly contract: Contract
  /** The committed definition. @param reader the state, or a simulator's view of it */
  definition(reader: StateReader, name: string): ContractDefinition | undefined
  /** Names of all committed definitions. */
  defined(reader: StateReader): readonly string[]
  /** This organization approved the committed definition, with or without a package. */
  isApproved(channel: PeerChannel, name: string): boolean
  /** The installed package that this organization approved for the committed definition, and so runs. */
  packageOf(channel: PeerChannel, name: string): InstalledPackage | undefined
}

export interface InstalledPackage {
  /** `label:sha256`. */
  readonly id: string
  readonly label: string
  /** Where the contract answers, read anew each time; waits until the package is built. @throws Error in Fabric's words */
  connection(): Promise<ContractConnection>
}

/** `connection.json` of a contract as a service. */
export interface ContractConnection {
  readonly address: string
  readonly dialTimeoutMs: number
  readonly tls?: {
    readonly rootCertificate: string
    readonly client?: { readonly certificate: string; readonly key: string }
    /** What the service's certificate must be for, if not the address. */
    readonly serverName?: string
  }
}
