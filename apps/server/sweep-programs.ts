import type { Clock } from '@cello/kit'
import type { Log } from '@cello/orchestration'
import type { Driver, Store } from '@cello/ports'

const hourMs = 3_600_000

/**
 * How long a package stays that no network names: until whoever uploaded it has had the time to deploy it, and the newest of
 * each name for whoever wants to go back. One takes some 14 MB, and `contract reload --watch` makes one at each save.
 */
export const packageRetention = { unusedMs: hourMs, keepNewest: 10 }

/** From `addProgram` until what it was for is a row: the longest is an upload whose build installs dependencies. */
const keepAskedMs = hourMs
/** Milliseconds from the start to the first sweep: a server that starts has better to do. */
const firstMs = 600_000
const everyMs = hourMs

export interface ProgramSweep {
  readonly store: Pick<Store, 'networks' | 'packages'>
  readonly drivers: Iterable<Driver>
  /** Digests that this process goes on naming without asking for them anew. */
  readonly held: ReadonlySet<string>
  readonly clock: Clock
  readonly log: Log
  readonly signal?: AbortSignal | undefined
}

/** Takes out the packages that nobody needs, and deletes the programs on all hosts that nothing names any more. */
export async function sweepPrograms({ store, drivers, held, clock, log, signal }: ProgramSweep): Promise<void> {
  const { unusedMs, keepNewest } = packageRetention
  const packages = await store.packages.sweep({ keptBefore: clock.now() - unusedMs, keepNewest })
  if (packages > 0) log.info({ packages }, 'packages that no network names were taken out')
  const inUse = new Set([...held, ...(await store.packages.programs()), ...(await store.networks.programs())])
  for (const driver of drivers) await driver.collectPrograms(inUse, { keepAskedMs, signal })
}

/** Sweeps each hour until it is disposed of, which waits for a sweep under way. What one could not do is left to the next. */
export function startSweeping(
  { clock, log }: Pick<ProgramSweep, 'clock' | 'log'>,
  sweep: (signal: AbortSignal) => Promise<void>,
): AsyncDisposable {
  const stopping = new AbortController()
  const { signal } = stopping
  const sweeping = (async () => {
    for (let waitMs = firstMs; !signal.aborted; waitMs = everyMs) {
      await clock.sleep(waitMs, { signal }).catch(() => {})
      if (signal.aborted) return
      try {
        await sweep(signal)
      } catch (err) {
        if (!signal.aborted) log.warn({ err }, 'unused programs could not be deleted, will try again')
      }
    }
  })()
  return {
    [Symbol.asyncDispose]: async () => {
      stopping.abort()
      await sweeping
    },
  }
}
