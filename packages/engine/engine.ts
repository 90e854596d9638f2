import type { Clock } from '@cello/kit'
import type { ClaimStore } from '@cello/ports'
import { holdClaim } from './claim.ts'
import { KeyQueue } from './key-queue.ts'

/** What became of one look at a key. `again`: look once more after so many milliseconds, without a failure. */
export type Outcome = { readonly again?: number }

export interface EngineOptions {
  readonly claims: ClaimStore
  readonly clock: Clock
  readonly owner: string
  /** Makes what is under the key a little more as it is wanted. Throwing means trying again after the key's back-off. */
  reconcile(key: string, context: { readonly fence: number; readonly signal: AbortSignal }): Promise<Outcome>
  /** Every key that there is: asked at the start and at each resync. */
  keys(): Promise<readonly string[]>
  /** Told of an error that `reconcile` threw, and of how long the key now waits. */
  failed(key: string, error: unknown, waitMs: number): void
  /** Keys handled at once. */
  readonly concurrency?: number
  /** Milliseconds between two looks at every key when nothing else calls for one. */
  readonly resyncMs?: number
}

/** Milliseconds until a claim is asked for again when the store could not be asked. */
const claimRetryMs = 1_000

/** The loop without a subject: it knows keys and fences. Losing any wake costs at most `resyncMs`. */
export interface Engine extends AsyncDisposable {
  wake(key: string): void
  /** Keys waiting or in hand. */
  readonly pending: number
  /** Whether the claim is held: without it nothing is done. */
  readonly isClaiming: boolean
}

/** Starts claiming and working; returns at once. Disposing stops after the steps in hand have ended or been aborted. */
export function startEngine(options: EngineOptions): Engine {
  const { clock, concurrency = 16 } = options
  const queue = new KeyQueue({ clock })
  const stopping = new AbortController()
  let held = false

  const serve = async () => {
    while (!stopping.signal.aborted) {
      await holdAndWork().catch((error: unknown) => {
        if (!stopping.signal.aborted) options.failed('*', error, claimRetryMs)
        return clock.sleep(claimRetryMs, { signal: stopping.signal }).catch(() => {})
      })
    }
  }

  const holdAndWork = async () => {
    await using claim = await holdClaim(options, stopping.signal)
    const signal = AbortSignal.any([stopping.signal, claim.signal])
    held = true
    try {
      await Promise.all([
        resync(options, queue, signal),
        ...Array.from({ length: concurrency }, () => work(claim.fence, signal)),
      ])
    } finally {
      held = false
    }
  }

  const work = async (fence: number, signal: AbortSignal) => {
    while (!signal.aborted) {
      const key = await takeUnless(queue, signal)
      if (key === undefined) return
      await handle(key, fence, signal)
      queue.done(key)
    }
  }

  const handle = async (key: string, fence: number, signal: AbortSignal) => {
    try {
      const { again } = await options.reconcile(key, { fence, signal })
      queue.forget(key)
      if (again !== undefined) queue.addAfter(key, again)
    } catch (error) {
      if (signal.aborted) return
      options.failed(key, error, queue.addAfterFailure(key))
    }
  }

  const serving = serve()
  return {
    wake: (key) => queue.add(key),
    get pending() {
      return queue.size
    },
    get isClaiming() {
      return held
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort(new Error('the engine is stopping'))
      queue.close()
      await serving
    },
  }
}

async function resync(options: EngineOptions, queue: KeyQueue, signal: AbortSignal): Promise<void> {
  const { clock, resyncMs = 60_000 } = options
  while (!signal.aborted) {
    const keys = await options.keys().catch((error: unknown) => {
      options.failed('*', error, resyncMs)
      return []
    })
    for (const key of keys) queue.add(key)
    await clock.sleep(resyncMs, { signal }).catch(() => {})
  }
}

/** The next key; undefined when the signal fires first. A key that arrives too late is put back. */
async function takeUnless(queue: KeyQueue, signal: AbortSignal): Promise<string | undefined> {
  if (signal.aborted) return undefined
  const fired = Promise.withResolvers<undefined>()
  const onAbort = () => fired.resolve(undefined)
  signal.addEventListener('abort', onAbort, { once: true })
  const taking = queue.take()
  const key = await Promise.race([taking, fired.promise])
  signal.removeEventListener('abort', onAbort)
  if (key === undefined) {
    void taking.then((late) => {
      if (late === undefined) return
      queue.done(late)
      queue.add(late)
    })
  }
  return key
}
