import { setTimeout as sleep } from 'node:timers/promises'
import type { CallOptions } from './endpoint.ts'
import { FabricError, isTransient } from './errors.ts'
import { type CallSubject, cancelled, factsOf, throwIfAborted, timeoutOf } from './limits.ts'

export interface PollOptions extends CallOptions {
  /** Milliseconds between the end of one try and the start of the next; default 25. */
  readonly intervalMs?: number
}

/** Limits of one try: it ends with the whole wait. */
type Attempt<T> = (limits: Required<Pick<CallOptions, 'timeoutMs'>> & CallOptions) => Promise<T | undefined>

/**
 * Tries until `attempt` gives something other than undefined. A transient `FabricError` counts as "not yet"; every other
 * error ends the wait. `timeoutMs` is the whole wait.
 * @throws FabricError DEADLINE_EXCEEDED with the last transient error as its cause; CANCELLED
 */
export async function pollUntil<T>(subject: CallSubject, attempt: Attempt<T>, options: PollOptions = {}): Promise<T> {
  const end = performance.now() + timeoutOf(options)
  let last: unknown
  for (;;) {
    throwIfAborted(options.signal, subject)
    const left = end - performance.now()
    if (left < 1) throw outOfTime(subject, options, last)
    try {
      const found = await attempt({ ...options, timeoutMs: left })
      if (found !== undefined) return found
    } catch (error) {
      if (!isTransient(error)) throw error
      last = error
    }
    await pause(Math.min(options.intervalMs ?? 25, Math.max(0, end - performance.now())), options.signal, subject)
  }
}

async function pause(ms: number, signal: AbortSignal | undefined, subject: CallSubject): Promise<void> {
  try {
    await sleep(ms, undefined, signal ? { signal } : {})
  } catch {
    throw cancelled(signal, subject)
  }
}

function outOfTime(subject: CallSubject, options: CallOptions, last: unknown): FabricError {
  const why = last instanceof Error ? `: ${last.message}` : ''
  return new FabricError(
    'DEADLINE_EXCEEDED',
    `Gave up after ${timeoutOf(options)} ms waiting to ${subject.doing}${why}`,
    { ...(last instanceof FabricError ? last.facts : {}), ...factsOf(subject), next: 'Look at the node’s log' },
    { cause: last },
  )
}
