import type { StepFailure, StepRunner } from '@cello/engine'
import type { Clock } from '@cello/kit'
import { backoffMs, newId } from '@cello/kit'
import { type ErrorFacts, isGoingOn, isRetryable, type Plan, PlatformError, type Step, stepId } from '@cello/model'
import type { NetworkRecord, OperationError, OperationRecord, StepRecord, Store } from '@cello/ports'
import type { OrchestrationContext } from './context.ts'

/** Tries of one step, and milliseconds without progress on it, after which its operation fails. */
const maxTries = 5
const maxStuckMs = 120_000

/**
 * The part of a plan that may be worked on: what failed or was cancelled rests until somebody retries, edits or deletes.
 * Repairs are nobody's wish, so they are tried again by themselves, see `Repairs`.
 * @param operations those of the wanted generation
 */
export function unblocked(plan: Plan, operations: readonly OperationRecord[]): readonly Step[] {
  const given = operations.filter(
    ({ kind, state }) => kind !== 'repair-network' && (state === 'failed' || state === 'cancelled'),
  )
  const blocked = new Set(given.flatMap(({ steps }) => steps.filter(({ state }) => state !== 'done').map(stepId)))
  for (let size = -1; size !== blocked.size; ) {
    size = blocked.size
    for (const step of plan.steps) if (step.needs.some((need) => blocked.has(need))) blocked.add(stepId(step))
  }
  return plan.steps.filter((step) => !blocked.has(stepId(step)))
}

/** First and longest rest, in milliseconds, of a network whose repair failed: it doubles with each failure. */
const repairRest = { firstMs: 1_000, maxMs: 300_000 }

/** How long networks whose repairs fail are left alone, so that one that always fails costs the others nothing. */
export class Repairs {
  readonly #clock: Clock
  readonly #failed = new Map<string, { readonly times: number; readonly until: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @returns milliseconds until the next try */
  failed(networkId: string): number {
    const times = this.#failed.get(networkId)?.times ?? 0
    const ms = backoffMs(times, repairRest)
    this.#failed.set(networkId, { times: times + 1, until: this.#clock.monotonic() + ms })
    return ms
  }

  wentWell(networkId: string): void {
    this.#failed.delete(networkId)
  }

  /** Milliseconds that are left of the rest. */
  restMs(networkId: string): number {
    return Math.max(0, (this.#failed.get(networkId)?.until ?? 0) - this.#clock.monotonic())
  }
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

/** The operation that this work is shown in: the one of this generation that goes on, or a new repair. Undefined where something newer is wanted by now. */
export async function operationFor(
  store: Store,
  network: NetworkRecord,
  now: number,
  fence: number,
): Promise<Pick<OperationRecord, 'id' | 'kind'> | undefined> {
  const open = await operationGoingOn(store, network)
  if (open) return open
  const repair = { id: newId(now), kind: 'repair-network' as const, actor: 'cello', at: now }
  return (await store.operations.begin(network.id, network.generation, repair, fence)) ? repair : undefined
}

/** The operation of what is wanted now, while it goes on. */
export async function operationGoingOn(
  store: Store,
  { id, generation }: NetworkRecord,
): Promise<OperationRecord | undefined> {
  return (await store.operations.ofGeneration(id, generation)).find(isGoingOn)
}

/** Writes down in an operation when its steps begin and how they end. */
export function journalOf(
  { store, clock }: Pick<OrchestrationContext, 'store' | 'clock'>,
  operationId: string,
  fence: number,
): Pick<StepRunner, 'began' | 'ended'> {
  const record = ({ kind, key }: Step, outcome: Pick<StepRecord, 'state' | 'error'>) =>
    store.operations.step(operationId, { kind, key, ...outcome }, clock.now(), fence)
  return {
    began: (step) => record(step, { state: 'running' }),
    ended: (step, failure) =>
      record(step, failure ? { state: 'failed', error: operationError(failure.error) } : { state: 'done' }),
  }
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
