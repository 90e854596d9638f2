import { seededRandom } from './seeded-random.ts'

/** Which calls go wrong, and how. Plain data, so that it can be sent to another process. */
export interface FaultRule {
  /** A method's name, or `*` for all. */
  readonly method: string
  /** Only calls about this id; absent: any. */
  readonly about?: string | undefined
  /** `before`: nothing happens. `after`: it happens and the answer is lost. `hang`: nothing happens and no answer comes. */
  readonly when: 'before' | 'after' | 'hang'
  /** An error code for the caller to see; default: what the called one uses for a lost answer. */
  readonly error?: string | undefined
  /** How many calls it strikes; default 1, or without end where there is a probability. */
  readonly times?: number | undefined
  /** Of striking a call that it fits, 0 to 1; default 1. */
  readonly probability?: number | undefined
}

/** Faults on demand. Deterministic: the same seed and the same calls give the same faults. */
export class FaultRules {
  #rules: { readonly rule: FaultRule; left: number }[] = []
  #random: () => number

  constructor(seed = 1) {
    this.#random = seededRandom(seed)
  }

  add(rule: FaultRule): void {
    this.#rules.push({ rule, left: rule.times ?? (rule.probability === undefined ? 1 : Number.POSITIVE_INFINITY) })
  }

  clear(): void {
    this.#rules = []
  }

  /** Starts the row of random numbers anew. */
  seed(seed: number): void {
    this.#random = seededRandom(seed)
  }

  /** The rule that strikes this call, used up by one; call it once for each call. */
  strike(method: string, about: readonly (string | undefined)[]): FaultRule | undefined {
    for (const entry of this.#rules) {
      const { rule } = entry
      if (rule.method !== '*' && rule.method !== method) continue
      if (rule.about !== undefined && !about.includes(rule.about)) continue
      if (rule.probability !== undefined && this.#random() >= rule.probability) continue
      entry.left -= 1
      if (entry.left <= 0) this.#rules = this.#rules.filter((other) => other !== entry)
      return rule
    }
    return undefined
  }
}

/** An answer that never comes: the caller's signal alone ends the wait. */
export function silence(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'))
    if (signal?.aborted) end()
    signal?.addEventListener('abort', end, { once: true })
  })
}
