import { type Clock, systemClock } from '@cello/kit'

export interface SettableClock {
  readonly clock: Clock
  /** Sets the wall, and nothing else. */
  setWall(aheadMs: number): void
  /** As if so much time had passed, in which nobody slept. */
  skip(ms: number): void
}

export function settableClock(): SettableClock {
  let ahead = 0
  let skipped = 0
  return {
    clock: {
      ...systemClock,
      now: () => Math.round(systemClock.now() + ahead + skipped),
      monotonic: () => systemClock.monotonic() + skipped,
    },
    setWall: (aheadMs) => void (ahead = aheadMs),
    skip: (ms) => void (skipped += ms),
  }
}
