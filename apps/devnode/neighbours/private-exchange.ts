/**
 * Private data between peers of the organizations that a collection belongs to: given to the others when it is endorsed, asked
 * for when it is missing.
 */
export interface PrivateExchange {
  /**
   * Offers what was endorsed here to an organization's other peers on the channel. Resolves when each has taken it, refused it
   * or had its time. @returns how many took it
   */
  push(offer: PrivateOffer): Promise<number>
  /**
   * Asks peers on the channel for private writes, those of this organization first; each gives what its asker may have. What nobody has is left out; nobody known: empty, at
   * once. Who asks compares the hashes. Never throws.
   */
  fetch(channel: string, wanted: readonly WantedPrivate[], signal: AbortSignal): Promise<readonly FoundPrivate[]>
}

export interface PrivateOffer {
  /** Whose peers it is for; absent: this organization's. */
  readonly mspId?: string
  readonly channel: string
  readonly txId: string
  /** Encoded `rwset.TxPvtReadWriteSet`: the other peer keeps it as if it had endorsed it itself. */
  readonly writes: Uint8Array
}

/** Private writes of one transaction in one collection. Found among the committed ones of its block, else the endorsed. */
export interface WantedPrivate {
  readonly block: number
  readonly transaction: number
  readonly txId: string
  readonly namespace: string
  readonly collection: string
  /** SHA-256 of the encoded writes. */
  readonly hash: Uint8Array
}

export interface FoundPrivate extends WantedPrivate {
  /** Encoded `kvrwset.KVRWSet`. */
  readonly writes: Uint8Array
}
