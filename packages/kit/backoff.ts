export interface BackoffOptions {
  /** First wait, milliseconds. */
  readonly firstMs?: number
  /** No wait is longer, milliseconds. */
  readonly maxMs?: number
  /** A number in [0, 1); given so that tests can choose it. */
  readonly random?: () => number
}

/**
 * Milliseconds to wait before try number `attempt` (0 = the first repetition): doubles from 5 ms to 5 minutes, with up to
 * half of it taken off at random so that many waiters do not come back together. Bounds are those of client-go's
 * workqueue with the top lowered, since a network that needs help should not be left alone for a quarter of an hour.
 */
export function backoffMs(attempt: number, options: BackoffOptions = {}): number {
  const { firstMs = 5, maxMs = 300_000, random = Math.random } = options
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 40))
  return full - random() * (full / 2)
}
