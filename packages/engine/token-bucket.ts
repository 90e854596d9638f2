import type { Clock } from '@cello/kit'

export interface TokenBucketOptions {
  readonly clock: Clock
  /** Tokens that come in a second. */
  readonly perSecond: number
  /** Tokens that can be taken at once after a quiet time. */
  readonly burst: number
}

/** A rate as a bucket that fills evenly. Tokens are taken in advance, so that everyone who waits has a place of its own. */
export class TokenBucket {
  readonly #options: TokenBucketOptions
  #tokens: number
  #filledAt: number

  constructor(options: TokenBucketOptions) {
    this.#options = options
    this.#tokens = options.burst
    this.#filledAt = options.clock.monotonic()
  }

  /** Takes one token. @returns milliseconds until it is there, 0 for one that is there now */
  reserve(): number {
    const { clock, perSecond, burst } = this.#options
    const now = clock.monotonic()
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#filledAt) / 1000) * perSecond) - 1
    this.#filledAt = now
    return this.#tokens >= 0 ? 0 : (-this.#tokens / perSecond) * 1000
  }
}
