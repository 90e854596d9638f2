import type { StepFailure } from '@cello/engine'
import type { Clock } from '@cello/kit'
import { newId } from '@cello/kit'
import { type ErrorFacts, isRetryable, type Plan, PlatformError, type Step, stepId } from '@cello/model'
import type { NetworkRecord, OperationError, OperationRecord, Store } from '@cello/ports'

/** Tries of one step, and milliseconds without progress on it, after which its operation fails. */
const maxTries = 5
const maxStuckMs = 120_000

/** The part of a plan that may be worked on: what failed or was cancelled rests until somebody retries, edits or deletes. */
export function unblocked(plan: Plan, operations: readonly OperationRecord[], generation: number): readonly Step[] {
  const newest = operations.find((operation) => operation.generation === generation)
  if (newest?.state !== 'failed' && newest?.state !== 'cancelled') return plan.steps
  const blocked = new Set(newest.steps.filter(({ state }) => state === 'failed' || state === 'dropped').map(stepId))
  for (let size = -1; size !== blocked.size; ) {
    size = blocked.size
    for (const step of plan.steps) if (step.needs.some((need) => blocked.has(need))) blocked.add(stepId(step))
  }
  return plan.steps.filter((step) => !blocked.has(stepId(step)))
}

/** Counts the tries of each step of one operation, in memory: after a restart they are counted anew. */
export class Tries {
  readonly #clock: Clock
  readonly #steps = new Map<string, { tries: number; readonly since: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @returns whether this failure ends the operation: its kind never passes, or it was tried long enough. */
  isFinal({ step, error }: StepFailure): boolean {
    if (error instanceof PlatformError && !isRetryable(error)) return true
    const id = stepId(step)
    const entry = this.#steps.get(id) ?? { tries: 0, since: this.#clock.monotonic() }
    entry.tries += 1
    this.#steps.set(id, entry)
    return entry.tries >= maxTries || this.#clock.monotonic() - entry.since > maxStuckMs
  }

  done(step: Step): void {
    this.#steps.delete(stepId(step))
  }
}

/** The operation that this work is shown in: the open one of this generation, or a new repair. */
export async function operationFor(store: Store, network: NetworkRecord, now: number, fence: number): Promise<string> {
  const open = (await store.operations.open(network.id)).find(
    ({ state, generation }) => generation === network.generation && state !== 'failed',
  )
  if (open) return open.id
  const id = newId(now)
  await store.operations.begin(
    network.id,
    network.generation,
    { id, kind: 'repair-network', actor: 'cello', at: now },
    fence,
  )
  return id
}

/** What an operation shows of an error: never a stack, never a secret. */
export function operationError(error: unknown): OperationError {
  if (error instanceof PlatformError) {
    const { code, message, next, facts } = error
    return { code, message, next, ...lines(facts) }
  }
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'INTERNAL', message, next: 'Look at the log of the server, and report it.' }
}

function lines({ lastLines }: ErrorFacts): Pick<OperationError, 'lastLines'> {
  return Array.isArray(lastLines) && lastLines.length > 0 ? { lastLines } : {}
}
