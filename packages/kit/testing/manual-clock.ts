import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../clock.ts'

interface Sleeper {
  readonly due: number
  readonly wake: () => void
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  readonly #sleepers = new Set<Sleeper>()
  #monotonic = 0
  /** What the wall clock shows ahead of the monotonic one. */
  #offset = Date.UTC(2026, 0, 1)

  now(): number {
    return this.#monotonic + this.#offset
  }

  monotonic(): number {
    return this.#monotonic
  }

  sleep(ms: number, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const sleeper = { due: this.#monotonic + ms, wake: resolve }
      this.#sleepers.add(sleeper)
      signal?.addEventListener(
        'abort',
        () => {
          this.#sleepers.delete(sleeper)
          reject(signal.reason)
        },
        { once: true },
      )
    })
  }

  /** How many wait for this clock. */
  get sleepers(): number {
    return this.#sleepers.size
  }

  /** Sets the wall clock, as an administrator would: who counts on the monotonic one is not to notice. */
  setWall(at: number): void {
    this.#offset = at - this.#monotonic
  }

  /** Lets `ms` pass, with everything that falls due in it, in its order. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms
    await setImmediate()
    for (;;) {
      const [next] = [...this.#sleepers].filter(({ due }) => due <= end).sort((a, b) => a.due - b.due)
      if (!next) break
      this.#sleepers.delete(next)
      this.#monotonic = Math.max(this.#monotonic, next.due)
      next.wake()
      // Whoever woke may sleep again before `end`.
      await setImmediate()
    }
    this.#monotonic = end
  }
}
