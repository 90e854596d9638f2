/** The blocks of one channel, in order, from block 0. */
export interface BlockStore extends AsyncDisposable {
  /** Blocks stored for good. */
  readonly height: number
  /** Stores the next block; resolves when it would survive a crash. One at a time. */
  append(block: Uint8Array): Promise<void>
  /** @throws RangeError for a number that is not stored */
  read(number: number): Promise<Uint8Array>
}

/** Where a node keeps its channels. */
export interface Ledgers {
  /** Every channel there is, with its blocks. @throws Error naming what is damaged beyond a torn end */
  open(): Promise<ReadonlyMap<string, BlockStore>>
  /** A channel with its first block; all of it or, after a crash, nothing. */
  create(channel: string, genesis: Uint8Array): Promise<BlockStore>
  /** Forgets a channel; a crash in the middle is finished by the next `open`. */
  remove(channel: string): Promise<void>
  /** Config blocks of channels that were joined late and have no blocks yet. */
  readonly joins: JoinBlocks
}

export interface JoinBlocks {
  list(): Promise<ReadonlyMap<string, Uint8Array>>
  save(channel: string, configBlock: Uint8Array): Promise<void>
  remove(channel: string): Promise<void>
}
