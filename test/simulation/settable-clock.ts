import { type Clock, systemClock } from '@cello/kit'

/** A clock whose wall can be set while its durations go on. */
export function settableClock(): { readonly clock: Clock; setWall(aheadMs: number): void } {
  let ahead = 0
  return {
    clock: { ...systemClock, now: () => Math.round(systemClock.now() + ahead) },
    setWall: (aheadMs) => void (ahead = aheadMs),
  }
}
