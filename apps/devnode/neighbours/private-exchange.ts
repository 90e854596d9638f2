/** Private data between peers of one organization: given to the others when it is endorsed, asked for when it is missing. */
export interface PrivateExchange {
  /**
   * Offers what was endorsed here to the other peers of this organization on the channel. Resolves when each has taken it,
   * refused it or had its time. @returns how many took it
   */
  push(offer: PrivateOffer): Promise<number>
  /**
   * Asks peers of this organization on the channel for private writes. What nobody has is left out; nobody known: empty, at
   * once. Who asks compares the hashes. Never throws.
   */
  fetch(channel: string, wanted: readonly WantedPrivate[], signal: AbortSignal): Promise<readonly FoundPrivate[]>
}

export interface PrivateOffer {
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
