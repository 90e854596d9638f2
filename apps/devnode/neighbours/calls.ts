/** Calls to neighbours: each at its pace, at once where something has changed, again and again where nobody answers. */
import { callBytes } from './call-bytes.ts'
import type { Connections } from './connections.ts'
import { exchangeMethod } from './message.ts'
import type { Target } from './targets.ts'

export interface Pace {
  /** Milliseconds between two calls at rest. */
  readonly restMs: number
  /** Between two calls that tell of more blocks. */
  readonly blocksMs: number
  /** After a call that failed, at first. */
  readonly retryMs: number
}

export interface CallsOptions {
  readonly connections: Connections
  readonly pace: Pace
  /** What to say to members of this organization. */
  readonly request: (mspId: string) => Buffer
  /** @throws Error when it is no good answer */
  readonly hear: (answer: Buffer) => void
  /** Before calls are made. */
  readonly prepare: () => void
}

interface Called extends Target {
  /** In a row. */
  failures: number
  /** By `performance.now()`: when both have told each other all they knew. */
  metAt: number
  dueAt: number
  isBusy: boolean
}

/** Milliseconds that one call may take. */
const patienceMs = 5_000

export class Calls implements Disposable {
  readonly #options: CallsOptions
  readonly #called = new Map<string, Called>()
  readonly #closing = new AbortController()
  #timer: NodeJS.Timeout | undefined

  constructor(options: CallsOptions) {
    this.#options = options
  }

  /** Calls these from now on, the new ones at once, and no others. */
  aim(targets: ReadonlyMap<string, Target>): void {
    for (const address of this.#called.keys()) {
      if (targets.has(address)) continue
      this.#called.delete(address)
      this.#options.connections.drop(address)
    }
    for (const [address, target] of targets) {
      const before = this.#called.get(address)
      if (before?.mspId === target.mspId && before.roots.join('') === target.roots.join('')) continue
      this.#called.set(address, { ...target, failures: 0, metAt: 0, dueAt: performance.now(), isBusy: false })
    }
    this.#arm()
  }

  /** Makes calls due: now, or when the last one to that place is long enough ago. Those that fail keep their own pace. */
  hurry(pauseMs: number): void {
    for (const called of this.#called.values()) {
      if (called.failures > 0) continue
      called.dueAt = Math.min(called.dueAt, Math.max(performance.now(), called.metAt + pauseMs))
    }
    this.#arm()
  }

  /** Who is there has called itself: that is as good as a call. */
  met(address: string): void {
    const called = this.#called.get(address)
    if (!called || called.isBusy) return
    called.failures = 0
    called.metAt = performance.now()
    called.dueAt = called.metAt + this.#restMs()
    this.#arm()
  }

  [Symbol.dispose](): void {
    this.#closing.abort()
    clearTimeout(this.#timer)
  }

  #arm(): void {
    clearTimeout(this.#timer)
    if (this.#closing.signal.aborted) return
    const due = [...this.#called.values()].filter(({ isBusy }) => !isBusy).map(({ dueAt }) => dueAt)
    if (due.length === 0) return
    this.#timer = setTimeout(() => this.#run(), Math.max(0, Math.min(...due) - performance.now())).unref()
  }

  #run(): void {
    this.#options.prepare()
    for (const [address, called] of this.#called) {
      if (!called.isBusy && called.dueAt <= performance.now()) void this.#ask(address, called)
    }
    this.#arm()
  }

  async #ask(address: string, called: Called): Promise<void> {
    const { request, hear, pace, connections } = this.#options
    called.isBusy = true
    called.dueAt = Infinity
    let delay = this.#restMs()
    try {
      const { roots } = called
      const { signal } = this.#closing
      const asked = { connections, address, roots, request: request(called.mspId), patienceMs, signal }
      const answer = await callBytes({ ...asked, method: exchangeMethod })
      called.failures = 0
      called.metAt = performance.now()
      hear(answer)
    } catch {
      called.failures++
      delay = retryDelay(called.failures, pace)
    }
    called.isBusy = false
    // Something may have become due meanwhile.
    called.dueAt = Math.min(called.dueAt, performance.now() + delay)
    this.#arm()
  }

  /** Not all at the same time. */
  #restMs(): number {
    return this.#options.pace.restMs * (0.9 + Math.random() / 5)
  }
}

/** Quick at first, so that a node that is started is seen at once; one that is gone costs little. */
function retryDelay(failures: number, { retryMs, restMs }: Pace): number {
  if (failures <= 40) return retryMs
  return failures <= 80 ? Math.min(4 * retryMs, restMs) : restMs
}
