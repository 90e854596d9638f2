import { backoffMs, type Clock } from '@cello/kit'
import { TokenBucket } from './token-bucket.ts'

export interface KeyQueueOptions {
  readonly clock: Clock
  readonly random?: () => number
}

/**
 * Keys waiting to be looked at, each at most once, each handled by one worker at a time; a key added while it is being
 * handled is handled once more afterwards (the rules of client-go's workqueue). Nothing is kept: what is lost with the
 * process comes back with the next resync.
 */
export class KeyQueue {
  readonly #clock: Clock
  readonly #random: () => number
  readonly #ready: string[] = []
  readonly #inHand = new Set<string>()
  readonly #again = new Set<string>()
  readonly #failures = new Map<string, number>()
  readonly #timers = new Map<string, { readonly due: number; readonly cancel: AbortController }>()
  readonly #waiters: ((key: string) => void)[] = []
  /** Over all keys, so that a thousand networks on a broken host do not ask it all the time: client-go's 10 a second, 100 at once. */
  readonly #failureRate: TokenBucket
  #closed = false

  constructor({ clock, random = Math.random }: KeyQueueOptions) {
    this.#clock = clock
    this.#random = random
    this.#failureRate = new TokenBucket({ clock, perSecond: 10, burst: 100 })
  }

  /** Keys that are waiting or being handled. */
  get size(): number {
    return this.#ready.length + this.#inHand.size
  }

  add(key: string): void {
    if (this.#closed) return
    this.#cancelTimer(key)
    if (this.#inHand.has(key)) {
      this.#again.add(key)
      return
    }
    const waiter = this.#waiters.shift()
    if (waiter) {
      this.#inHand.add(key)
      waiter(key)
    } else if (!this.#ready.includes(key)) {
      this.#ready.push(key)
    }
  }

  /** Adds it after `ms`; an earlier time that was set before stays. */
  addAfter(key: string, ms: number): void {
    const due = this.#clock.monotonic() + ms
    const set = this.#timers.get(key)
    if (this.#closed || (set && set.due <= due)) return
    this.#cancelTimer(key)
    const cancel = new AbortController()
    this.#timers.set(key, { due, cancel })
    this.#clock.sleep(ms, { signal: cancel.signal }).then(
      () => {
        this.#timers.delete(key)
        this.add(key)
      },
      () => {},
    )
  }

  /** Adds it after its own back-off, which grows with each call until `forget`, and no sooner than the rate of all failures allows. @returns the wait in milliseconds. */
  addAfterFailure(key: string): number {
    const failures = this.#failures.get(key) ?? 0
    this.#failures.set(key, failures + 1)
    const ms = Math.max(backoffMs(failures, { random: this.#random }), this.#failureRate.reserve())
    this.addAfter(key, ms)
    return ms
  }

  /** The key went well: its back-off starts anew. */
  forget(key: string): void {
    this.#failures.delete(key)
  }

  /** The next key, when there is one. The caller says `done` when it has handled it. Undefined: the queue was closed. */
  take(): Promise<string | undefined> {
    if (this.#closed) return Promise.resolve(undefined)
    const key = this.#ready.shift()
    if (key !== undefined) {
      this.#inHand.add(key)
      return Promise.resolve(key)
    }
    return new Promise((resolve) => this.#waiters.push((next) => resolve(next === '' ? undefined : next)))
  }

  done(key: string): void {
    this.#inHand.delete(key)
    if (this.#again.delete(key)) this.add(key)
  }

  close(): void {
    this.#closed = true
    for (const key of this.#timers.keys()) this.#cancelTimer(key)
    for (const waiter of this.#waiters.splice(0)) waiter('')
  }

  #cancelTimer(key: string): void {
    this.#timers.get(key)?.cancel.abort()
    this.#timers.delete(key)
  }
}
