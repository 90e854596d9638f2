import { type Clock, systemClock } from './clock.ts'

export interface PollOptions {
  /** Milliseconds until it is given up. */
  readonly timeoutMs: number
  /** Milliseconds between two looks; default 25. */
  readonly everyMs?: number
  readonly signal?: AbortSignal | undefined
  readonly clock?: Clock
}

/**
 * Looks until `look` gives something other than undefined. Errors thrown by `look` end it at once, so a look that may fail
 * for a while says so by returning undefined. @returns undefined when time ran out.
 */
export async function poll<T>(look: () => Promise<T | undefined>, options: PollOptions): Promise<T | undefined> {
  const { timeoutMs, everyMs = 25, signal, clock = systemClock } = options
  const end = clock.monotonic() + timeoutMs
  for (;;) {
    signal?.throwIfAborted()
    const found = await look()
    if (found !== undefined) return found
    if (clock.monotonic() >= end) return undefined
    await clock.sleep(everyMs, { signal })
  }
}
