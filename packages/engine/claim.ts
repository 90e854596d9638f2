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
    const fence = await claims.take(owner, clock.now(), ttlMs)
    if (fence !== undefined) return keep(options, fence, ttlMs)
    await clock.sleep(ttlMs / 10, { signal })
  }
}

function keep({ claims, clock, owner }: ClaimOptions, fence: number, ttlMs: number): HeldClaim {
  const lost = new AbortController()
  const ended = new AbortController()
  const beat = async () => {
    // Durations by the monotonic clock: a jump of the wall clock must neither lose nor prolong a claim that is kept.
    let renewed = clock.monotonic()
    while (!ended.signal.aborted) {
      await clock.sleep(ttlMs / 3, { signal: ended.signal })
      const kept = await claims.renew(owner, fence, clock.now(), ttlMs).catch(() => undefined)
      if (kept === true) renewed = clock.monotonic()
      if (kept === false || clock.monotonic() - renewed > ttlMs) {
        lost.abort(new Error('the claim was taken by another control plane'))
        return
      }
    }
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
