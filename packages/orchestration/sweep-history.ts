import type { Engine } from '@cello/engine'
import type { OrchestrationContext } from './context.ts'

const hourMs = 3_600_000

/**
 * How long what has ended is told of: a quarter, the time after which nobody asks any more what was changed and why, and
 * far longer than an Idempotency-Key (a day) or a stream that is taken up again needs it. Of each network that is there the
 * newest stay however old they are, for one that is rarely changed has a history too; they are five pages of the API.
 */
export const historyRetention = { keptMs: 90 * 24 * hourMs, keepNewest: 1_000 }

/** Milliseconds between two sweeps: a day's growth is small, and each look costs a read per network. */
const everyMs = 6 * hourMs
/** Milliseconds until the next look whether there is nothing else to do. */
const quietMs = 600_000

/**
 * Takes out what ended long ago, again and again until the signal fires, at times when the engine has nothing in hand. No
 * fence guards it: what it takes out is over whoever holds the claim.
 */
export async function sweepHistory(
  { store, clock, log }: Pick<OrchestrationContext, 'store' | 'clock' | 'log'>,
  engine: Pick<Engine, 'isClaiming' | 'pending'>,
  signal: AbortSignal,
): Promise<void> {
  for (let waitMs = quietMs; !signal.aborted; ) {
    await clock.sleep(waitMs, { signal }).catch(() => {})
    if (signal.aborted) return
    waitMs = quietMs
    if (!engine.isClaiming || engine.pending > 0) continue
    try {
      const { keptMs, keepNewest } = historyRetention
      const swept = await store.history.sweep({ endedBefore: clock.now() - keptMs, keepNewest })
      waitMs = everyMs
      if (swept.operations + swept.transactions > 0) log.info(swept, 'old history was taken out')
    } catch (err) {
      log.warn({ err }, 'old history could not be taken out, will try again')
    }
  }
}
