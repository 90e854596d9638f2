/** What the blocks of one channel make true: the latest value of each key, and what is derived beside it. */

/** Where a value was written: Fabric's `kvrwset.Version`. */
export interface Version {
  readonly block: number
  /** Place of the transaction in its block. */
  readonly transaction: number
}

export interface StateValue {
  readonly value: Uint8Array
  readonly version: Version
  /** `kvrwset` metadata entries, encoded as Fabric stores them. */
  readonly metadata?: Uint8Array
}

export interface StateEntry extends StateValue {
  readonly key: string
}

/** Keys from `start`, before `end` (`''`: to the end), ordered by their UTF-8 bytes. */
export interface KeyRange {
  readonly start: string
  readonly end: string
  /** At most so many. */
  readonly limit?: number
}

export interface KeyChange {
  readonly txId: string
  readonly version: Version
  /** Absent: the key was deleted. */
  readonly value?: Uint8Array
  /** Of the transaction's channel header. */
  readonly timestamp: { readonly seconds: number; readonly nanos: number }
}

export interface KnownTransaction {
  readonly block: number
  readonly transaction: number
  /** `peer.TxValidationCode`. */
  readonly code: number
}

/** Reads only; a consistent view as long as no block is applied in between. */
export interface StateReader {
  /** @param namespace a contract's name, or a collection's namespace, see `collection-namespace.ts` */
  get(namespace: string, key: string): StateValue | undefined
  /** Read in pages: it may be left at any time, and holds nothing open. */
  range(namespace: string, range: KeyRange): Iterable<StateEntry>
  /**
   * A number that grows with each change in a namespace: what was made of it before is good as long as it stays. Absent where
   * reads are recorded, so that none may be left out.
   */
  changes?(namespace: string): number
}

/** The state as it was, whatever is applied meanwhile. Closing it lets what it needs for that go. */
export interface StateSnapshot extends StateReader, Disposable {
  /** Blocks that it knows of. */
  readonly height: number
  /** Changes of a public key, newest first. */
  history(namespace: string, key: string): Iterable<KeyChange>
}

export interface WorldState extends StateReader, Disposable {
  changes(namespace: string): number
  /** Why the file that was found was thrown away, so that the height is 0: torn by a crash of the machine, or damaged. */
  readonly damage?: string
  /** Blocks applied: the number of the next one. */
  readonly height: number
  /** Changes of a public key, newest first. */
  history(namespace: string, key: string): Iterable<KeyChange>
  /** The state as it is now, to be read for as long as somebody needs. */
  snapshot(): StateSnapshot
  transaction(txId: string): KnownTransaction | undefined
  /** Number of the block with this header hash. */
  blockByHash(hash: Uint8Array): number | undefined
  /** Applies one block wholly or not at all. @throws Error when it is not block `height` */
  apply(block: StateUpdate): void
  /** Private values that came after their blocks: those that a hash in the state still stands for are taken. */
  fillIn(writes: readonly LatePrivateWrite[]): void
  /** Forgets everything: height 0, for a state that does not fit the blocks. */
  clear(): void
}

export interface StateUpdate {
  readonly number: number
  readonly hash: Uint8Array
  /** All of the block's transactions that have an id, in their order. An id that is known already keeps its first place. */
  readonly transactions: readonly ({ readonly txId: string } & Omit<KnownTransaction, 'block'>)[]
  /** What valid transactions wrote, in order: a later write of the same key wins. */
  readonly writes: readonly StateWrite[]
}

export interface LatePrivateWrite {
  readonly contract: string
  readonly collection: string
  readonly key: string
  /** Of the transaction that wrote it. */
  readonly version: Version
  /** Absent: it was deleted. */
  readonly value?: Uint8Array
}

export interface StateWrite {
  readonly namespace: string
  readonly key: string
  readonly transaction: number
  /** Absent: the key is deleted. */
  readonly value?: Uint8Array
  /** Absent: as it was. */
  readonly metadata?: Uint8Array
  /** Kept in the key's history; only for public keys. */
  readonly change?: Pick<KeyChange, 'txId' | 'timestamp'>
}
