import type { KeyChange, StateReader } from '../state/world-state.ts'
import type { NamespaceSet } from './rwset.ts'

/**
 * Runs against the state as it was when it was opened, keeps what was read and what would be written, and changes
 * nothing. Blocks are committed meanwhile: unlike in Fabric, where a commit waits for all simulations, and all that come
 * wait for it.
 *
 * Its errors are Fabric's sentences: contracts see them.
 */
export interface Simulator extends Disposable {
  /** Blocks of the state that it reads. */
  readonly height: number
  get(namespace: string, key: string): Uint8Array | undefined
  put(namespace: string, key: string, value: Uint8Array): void
  delete(namespace: string, key: string): void
  /** @throws Error in this version: key-level endorsement is refused */
  putMetadata(namespace: string, key: string, name: string, value: Uint8Array): void
  metadata(namespace: string, key: string): ReadonlyMap<string, Uint8Array>
  range(namespace: string, start: string, end: string, page?: Page): Results
  /** A Mango query. @throws Error in Fabric's words where the state database is LevelDB */
  query(namespace: string, query: string, page?: Page): Results
  history(namespace: string, key: string): Iterable<KeyChange>
  /** The state with versions, for what the peer itself looks up: its reads are recorded like a contract's. */
  readonly reader: StateReader
  readonly private: PrivateSimulator
  /** Ends the simulation. Called once. */
  results(): SimulationResults
}

export interface PrivateSimulator {
  get(namespace: string, collection: string, key: string): Uint8Array | undefined
  hash(namespace: string, collection: string, key: string): Uint8Array | undefined
  put(namespace: string, collection: string, key: string, value: Uint8Array): void
  delete(namespace: string, collection: string, key: string): void
  purge(namespace: string, collection: string, key: string): void
  range(namespace: string, collection: string, start: string, end: string): Results
  query(namespace: string, collection: string, query: string): Results
  metadata(namespace: string, collection: string, key: string): ReadonlyMap<string, Uint8Array>
  /** @throws Error in this version: key-level endorsement is refused */
  putMetadata(namespace: string, collection: string, key: string, name: string, value: Uint8Array): void
}

export interface Page {
  /** Keys a page. */
  readonly size: number
  /** Of the page before; empty for the first. */
  readonly bookmark: string
}

/** What a contract iterates over. Reading on records the reads for the phantom check. */
export interface Results extends Disposable {
  next(): { readonly key: string; readonly value: Uint8Array } | undefined
  /** After the last of a page: where the next begins; empty where there is no more. */
  readonly bookmark: string
}

export interface SimulationResults {
  /** Encoded `rwset.TxReadWriteSet`, byte for byte as Fabric encodes it. */
  readonly public: Uint8Array
  /** The same, not encoded. */
  readonly sets: readonly NamespaceSet[]
  /** Encoded `rwset.TxPvtReadWriteSet`; absent where nothing private was written. */
  readonly private?: Uint8Array
  /** Collections whose values were read, not only their hashes: an endorser of each must be a member. */
  readonly privateReads: readonly { readonly namespace: string; readonly collection: string }[]
}
