import type { BatchSettings } from '../config/orderer-values.ts'

/** An envelope waiting for its block. */
export interface Pending {
  /** `common.Envelope`, encoded as it will stand in the block. */
  readonly envelope: Uint8Array
  /** Bytes of payload and signature: what the batch settings count. */
  readonly size: number
}

/** Collects envelopes into batches by count and bytes; the time-out is its owner's. */
export class BatchCutter {
  #pending: Pending[] = []
  #bytes = 0

  get hasPending(): boolean {
    return this.#pending.length > 0
  }

  /** Adds an envelope. @returns the batches that this completes, at most two, in order */
  add(message: Pending, settings: BatchSettings): Pending[][] {
    const batches: Pending[][] = []
    if (message.size > settings.preferredMaxBytes) {
      // Too large to share a block: what waits goes first, then it goes alone.
      if (this.hasPending) batches.push(this.cut())
      return [...batches, [message]]
    }
    if (this.#bytes + message.size > settings.preferredMaxBytes) batches.push(this.cut())
    this.#pending.push(message)
    this.#bytes += message.size
    if (this.#pending.length >= settings.maxMessageCount) batches.push(this.cut())
    return batches
  }

  /** Everything that waits, as one batch; perhaps an empty one. */
  cut(): Pending[] {
    const batch = this.#pending
    this.#pending = []
    this.#bytes = 0
    return batch
  }
}
