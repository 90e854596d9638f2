/**
 * Private data of one channel, apart from the world state: it is in no block, so nothing could rebuild it. What a peer
 * endorsed waits here until the transaction is committed, and what was committed stays for rebuilding the state.
 */
export interface PrivateStore extends Disposable {
  /** Keeps what an endorsement made until it is committed. @param writes encoded `rwset.TxPvtReadWriteSet` */
  keep(txId: string, writes: Uint8Array, atHeight: number): void
  /** What was endorsed here under this id: several, when it was simulated more than once. */
  endorsed(txId: string): readonly Uint8Array[]
  /** Stores private writes of a block for good, before the state that has them; they are missing no longer. Again: the same. */
  commit(block: number, writes: readonly CommittedPrivateWrites[]): void
  committed(block: number): readonly CommittedPrivateWrites[]
  /** Remembers whose private writes this block lacks here, until they are committed. */
  miss(block: number, writes: readonly MissingPrivateWrites[]): void
  /** The oldest of what is missing. @param limit at most so many */
  missing(limit: number): readonly (MissingPrivateWrites & { readonly block: number })[]
  /** Forgets what was endorsed below this height and never committed, and these ids. */
  forget(txIds: readonly string[], belowHeight: number): void
  /** Takes a purged key out of what was committed. @param keyHash SHA-256 of the key */
  purge(namespace: string, collection: string, keyHash: Uint8Array, upTo: { block: number; transaction: number }): void
}

export interface PrivatePlace {
  readonly transaction: number
  readonly namespace: string
  readonly collection: string
}

export interface MissingPrivateWrites extends PrivatePlace {
  readonly txId: string
  /** SHA-256 of the encoded writes, as the block has it. */
  readonly hash: Uint8Array
}

export interface CommittedPrivateWrites extends PrivatePlace {
  /** Encoded `kvrwset.KVRWSet`. */
  readonly writes: Uint8Array
}
