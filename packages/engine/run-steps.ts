import { type Step, stepId } from '@cello/model'

export interface StepFailure {
  readonly step: Step
  readonly error: unknown
}

export interface StepRunner {
  /**
   * Makes the step true. May be run again, after a crash or a lost answer.
   * @param rests told once all that is left of the step is to wait for others
   */
  act(step: Step, signal: AbortSignal, rests: () => void): Promise<void>
  /** Whether the step begins only while no other is at work: all that run rest, or give way too. Absent: none does. */
  givesWay?(step: Step): boolean
  /**
   * Told before and after each step. Nothing is acted on before all that was told is written; the end of a step and the
   * beginning of those that it frees are told in one turn, so that a journal can write them together.
   */
  began(step: Step): Promise<void>
  ended(step: Step, failure?: StepFailure): Promise<void>
}

export interface RunOptions {
  readonly signal: AbortSignal
  /** How many steps may run at once. */
  readonly concurrency: number
}

/**
 * Runs a plan: every step as soon as the steps that it needs are done, in parallel, those that give way after the others. A
 * failed step takes with it those that need it; the others go on. A need that is not in the plan counts as done (the plan
 * holds only what is left to do).
 *
 * @returns the failures, empty when every step was done. Rejects when the signal fires, after running steps have ended.
 */
export async function runSteps(
  steps: readonly Step[],
  runner: StepRunner,
  options: RunOptions,
): Promise<StepFailure[]> {
  const run = new Run(steps, runner, options)
  const failures = await run.finish()
  options.signal.throwIfAborted()
  return failures
}

class Run {
  readonly #waiting: Map<string, { readonly step: Step; readonly needs: Set<string> }>
  readonly #neededBy = new Map<string, string[]>()
  readonly #ready: Step[] = []
  /** Ready too, but they give way. */
  readonly #held: Step[] = []
  readonly #failures: StepFailure[] = []
  readonly #runner: StepRunner
  readonly #options: RunOptions
  /** Ends that were told and are not written yet. */
  readonly #unwritten = new Set<Promise<void>>()
  #running = 0
  /** Those that run, and neither rest nor give way. */
  #atWork = 0
  #broken: { readonly error: unknown } | undefined
  #finished: PromiseWithResolvers<StepFailure[]> = Promise.withResolvers()

  constructor(steps: readonly Step[], runner: StepRunner, options: RunOptions) {
    this.#runner = runner
    this.#options = options
    const planned = new Set(steps.map(stepId))
    this.#waiting = new Map()
    for (const step of steps) {
      const needs = new Set(step.needs.filter((need) => planned.has(need)))
      if (needs.size === 0) this.#queue(step)
      else this.#waiting.set(stepId(step), { step, needs })
      for (const need of needs) this.#neededBy.set(need, [...(this.#neededBy.get(need) ?? []), stepId(step)])
    }
  }

  finish(): Promise<StepFailure[]> {
    this.#startReady()
    return this.#finished.promise
  }

  #queue(step: Step): void {
    const queue = this.#runner.givesWay?.(step) ? this.#held : this.#ready
    queue.push(step)
  }

  #next(): Step | undefined {
    if (this.#running >= this.#options.concurrency || this.#options.signal.aborted) return undefined
    return this.#ready.shift() ?? (this.#atWork === 0 ? this.#held.shift() : undefined)
  }

  #startReady(): void {
    for (let step = this.#next(); step; step = this.#next()) void this.#start(step)
    if (this.#running > 0) return
    if (this.#broken) this.#finished.reject(this.#broken.error)
    else this.#finished.resolve(this.#failures)
  }

  async #start(step: Step): Promise<void> {
    this.#running += 1
    let isAtWork = !this.#runner.givesWay?.(step)
    if (isAtWork) this.#atWork += 1
    const rest = () => {
      if (isAtWork) this.#atWork -= 1
      isAtWork = false
    }
    try {
      const failure = await this.#attempt(step, () => {
        rest()
        this.#startReady()
      })
      const written = this.#runner.ended(step, failure)
      this.#unwritten.add(written)
      if (failure) this.#failures.push(failure)
      else this.#release(stepId(step))
      await written.finally(() => this.#unwritten.delete(written))
    } catch (error) {
      // The journal itself failed, or the signal fired: nothing more is started, and the caller hears why once nothing runs.
      this.#broken ??= { error }
      this.#ready.length = 0
      this.#held.length = 0
      this.#waiting.clear()
    } finally {
      rest()
      this.#running -= 1
      this.#startReady()
    }
  }

  async #attempt(step: Step, rests: () => void): Promise<StepFailure | undefined> {
    const { signal } = this.#options
    await Promise.all([this.#runner.began(step), ...this.#unwritten])
    try {
      await this.#runner.act(step, signal, rests)
      return undefined
    } catch (error) {
      signal.throwIfAborted()
      return { step, error }
    }
  }

  #release(done: string): void {
    for (const id of this.#neededBy.get(done) ?? []) {
      const waiting = this.#waiting.get(id)
      waiting?.needs.delete(done)
      if (waiting?.needs.size === 0) {
        this.#waiting.delete(id)
        this.#queue(waiting.step)
      }
    }
    this.#startReady()
  }
}
