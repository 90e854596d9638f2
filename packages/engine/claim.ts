import type { Clock } from '@cello/kit'
import type { ClaimStore } from '@cello/ports'

export interface ClaimOptions {
  readonly claims: ClaimStore
  readonly clock: Clock
  /** Unlike any other process's, now or before. */
  readonly owner: string
  /** Milliseconds after which a silent owner has lost it; default 15 s (Kubernetes' lease). */
  readonly ttlMs?: number
}

/** A claim that is held: `signal` fires when it is lost. Each command and write made under it carries `fence`. */
export interface HeldClaim extends AsyncDisposable {
  readonly fence: number
  readonly signal: AbortSignal
}

/** Waits until the claim is ours, then keeps it with one heartbeat per third of its time: the only write of an idle control plane. */
export async function holdClaim(options: ClaimOptions, signal: AbortSignal): Promise<HeldClaim> {
  const { claims, clock, owner, ttlMs = 15_000 } = options
  for (;;) {
    signal.throwIfAborted()
    const asked = clock.monotonic()
    const fence = await claims.take(owner, clock.now(), ttlMs)
    if (fence !== undefined) return keep(options, { fence, ttlMs, asked })
    await clock.sleep(ttlMs / 10, { signal })
  }
}

interface Taken {
  readonly fence: number
  readonly ttlMs: number
  /** When it was asked for: its time runs from there, however late the answer came. */
  readonly asked: number
}

function keep({ claims, clock, owner }: ClaimOptions, { fence, ttlMs, asked }: Taken): HeldClaim {
  const lost = new AbortController()
  const ended = new AbortController()
  const beat = async () => {
    // Durations by the monotonic clock: a jump of the wall clock must neither lose nor prolong a claim that is kept.
    for (let end = asked + ttlMs; clock.monotonic() < end; ) {
      await clock.sleep(Math.min(ttlMs / 3, end - clock.monotonic()), { signal: ended.signal })
      const began = clock.monotonic()
      if (began >= end) break
      const renewing = claims.renew(owner, fence, clock.now(), ttlMs).catch(() => undefined)
      const kept = await within(clock, end - began, renewing, ended.signal)
      if (kept === false) break
      if (kept === true) end = began + ttlMs
    }
    lost.abort(new Error('the claim was taken by another control plane, or could not be renewed'))
  }
  const beating = beat().catch(() => {})
  return {
    fence,
    signal: lost.signal,
    [Symbol.asyncDispose]: async () => {
      ended.abort()
      await beating
      if (!lost.signal.aborted) await claims.release(owner, fence)
    },
  }
}

/** What the promise gives, or undefined after `ms`. Rejects when the signal fires. */
async function within<T>(
  clock: Clock,
  ms: number,
  promise: Promise<T>,
  signal: AbortSignal,
): Promise<Awaited<T> | undefined> {
  const settled = new AbortController()
  const late = clock.sleep(ms, { signal: AbortSignal.any([signal, settled.signal]) }).then(() => undefined)
  try {
    return await Promise.race([promise, late])
  } finally {
    settled.abort(new Error('settled'))
    await late.catch(() => {})
  }
}
