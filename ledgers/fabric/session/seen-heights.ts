/**
 * What each peer was last seen to have of each channel. A peer that has just joined or was away answers of a past that is
 * over: what it does not know yet looks as if it had never been, so the peer that has most is asked first.
 */
export class SeenHeights {
  readonly #heights = new Map<string, ReadonlyMap<string, number>>()
  readonly #committed = new Map<string, number>()

  /** @param channels of the peer; undefined when it did not answer: then it is asked last. */
  note(nodeId: string, channels: readonly { readonly name: string; readonly height: number }[] | undefined): void {
    if (channels) this.#heights.set(nodeId, new Map(channels.map(({ name, height }) => [name, height])))
    else this.#heights.delete(nodeId)
  }

  /** The peer has shown that it has at least so much. */
  noteAtLeast(nodeId: string, channel: string, height: number): void {
    if (height <= this.of(nodeId, channel)) return
    this.#heights.set(nodeId, new Map([...(this.#heights.get(nodeId) ?? []), [channel, height]]))
  }

  /** 0 where nothing is known. */
  of(nodeId: string, channel: string): number {
    return this.#heights.get(nodeId)?.get(channel) ?? 0
  }

  /** A transaction of ours was told to be in this block. */
  noteCommit(channel: string, block: number): void {
    this.#committed.set(channel, Math.max(this.committed(channel), block + 1))
  }

  /** The height that a peer must have to know all that we were told is committed; 0 where nothing was. */
  committed(channel: string): number {
    return this.#committed.get(channel) ?? 0
  }
}
