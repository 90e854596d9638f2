/** Lets work on one key wait for work on that key, and no other. */
export class OneAtATime {
  readonly #last = new Map<string, Promise<void>>()

  /** Rejects with the signal's reason when it fires before the turn came; `work` looks at the signal by itself. */
  async run<T>(key: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted()
    const before = this.#last.get(key) ?? Promise.resolve()
    const mine = before.then(() => {
      signal?.throwIfAborted()
      return work()
    })
    const settled = mine.then(nothing, nothing)
    this.#last.set(key, settled)
    void settled.then(() => {
      if (this.#last.get(key) === settled) this.#last.delete(key)
    })
    return await mine
  }

  isBusy(key: string): boolean {
    return this.#last.has(key)
  }

  /** Resolves when all that was under way has ended. */
  async idle(): Promise<void> {
    await Promise.all(this.#last.values())
  }
}

function nothing(): void {}
