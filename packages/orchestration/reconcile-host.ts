import { type Outcome, runSteps, type StepFailure } from '@cello/engine'
import {
  type HostRequest,
  hostOperationKey,
  isGoingOn,
  isHostStep,
  type ObservedHost,
  type Plan,
  PlatformError,
  type Step,
  type StepProgress,
  stepId,
} from '@cello/model'
import { planHost } from '@cello/planning'
import type { HostWork, OperationRecord } from '@cello/ports'
import type { OrchestrationContext } from './context.ts'
import { journalOf, operationError } from './journal.ts'
import type { Networks } from './networks.ts'
import { type ProgressNotes, progressNotes } from './progress-notes.ts'

/** Looks, each followed by the steps that are left, after which an operation is given up: all steps of one look bring it about. */
const maxLooks = 3

interface Turn {
  readonly shared: OrchestrationContext
  readonly work: HostWork
  readonly operation: OperationRecord & { readonly request: HostRequest }
  readonly fence: number
  readonly signal: AbortSignal
}

/** The keys of operations of hosts that go on: found again after a crash. */
export async function hostOperationKeys({ store }: OrchestrationContext): Promise<string[]> {
  return (await store.operations.onHosts()).map(hostOperationKey)
}

/**
 * Works on one operation of a host until the host is as it is wanted. The first step that fails ends it: what may pass by
 * itself was tried again inside the step, and somebody waits to hear.
 */
export async function reconcileHostOperation(
  networks: Networks,
  id: string,
  claim: { readonly fence: number; readonly signal: AbortSignal },
): Promise<Outcome> {
  const { shared } = networks
  const { hostWork } = shared
  // Listened for before the operation is read, so that no cancel falls in between.
  const cancel = networks.cancellation(id)
  try {
    const operation = await shared.store.operations.get(id)
    if (!hostWork || !operation?.request || !isGoingOn(operation)) return {}
    const { request } = operation
    const signal = AbortSignal.any([claim.signal, cancel.signal])
    await workOn({ shared, work: hostWork, operation: { ...operation, request }, fence: claim.fence, signal })
  } catch (error) {
    // Whoever cancelled it, or asked for something else instead, has been answered.
    if (!cancel.signal.aborted) throw error
  } finally {
    cancel.end()
    await hostWork?.release(id)
  }
  return {}
}

async function workOn(turn: Turn): Promise<void> {
  const { shared, work, operation, fence, signal } = turn
  const { operations } = shared.store
  for (let look = 0; look < maxLooks; look++) {
    signal.throwIfAborted()
    const planned = planHost(operation.request, await observe(turn))
    await operations.planned(operation.id, planned, shared.clock.now(), fence)
    if (planned.steps.length === 0) {
      await work.release(operation.id)
      await operations.move(operation.id, 'succeeded', shared.clock.now(), { fence })
      return
    }
    const [failure] = await act(turn, planned)
    if (failure) return await fail(turn, failure.error, stepId(failure.step))
  }
  await fail(turn, new PlatformError('INTERNAL', { detail: 'what was done is not seen' }), 'observe')
}

async function act(turn: Turn, { steps }: Plan): Promise<StepFailure[]> {
  const { shared, operation, fence, signal } = turn
  const { operations } = shared.store
  const { clock } = shared
  await using notes = progressNotes(clock, (step, progress) =>
    operations.progress(operation.id, { kind: step.kind, key: step.key, progress }, clock.now(), fence),
  )
  const journal = journalOf(shared, operation.id, fence)
  const runner = {
    act: (step: Step) => actOn(turn, step, notes),
    began: journal.began,
    ended: async (step: Step, failure?: StepFailure) => {
      await notes.settle()
      await journal.ended(step, failure)
    },
  }
  return await runSteps(steps, runner, { signal, concurrency: 1 })
}

async function observe({ shared, work, operation }: Turn): Promise<ObservedHost> {
  const { id, request, subject } = operation
  const host = await shared.store.hosts.get(subject.id)
  if (!host) throw new PlatformError('NOT_FOUND', { noun: 'host', id: subject.id })
  const release = request.kind === 'install-fabric' ? await work.observe({ operationId: id, request }) : undefined
  return { fabricVersion: host.fabricVersion, release }
}

async function actOn(
  { shared, work, operation, fence, signal }: Turn,
  step: Step,
  notes: ProgressNotes,
): Promise<void> {
  const { id, request, subject } = operation
  const { kind } = step
  // Which version is chosen is a row of ours; all else is the host's.
  if (kind === 'choose-release') return shared.store.hosts.setFabricVersion(subject.id, request.version, fence)
  if (!isHostStep(kind) || request.kind !== 'install-fabric')
    throw new Error(`${stepId(step)} is no step of this operation`)
  const onProgress = (progress: StepProgress) => notes.note(step, progress)
  await work.act(kind, { operationId: id, request }, { signal, onProgress })
}

async function fail({ shared, work, operation, fence }: Turn, error: unknown, step: string): Promise<void> {
  // Whoever hears of the end finds nothing half made.
  await work.release(operation.id)
  const known = operationError(error)
  await shared.store.operations.move(operation.id, 'failed', shared.clock.now(), { error: known, fence })
  const facts = { host: operation.subject.name, operation: operation.id, step, code: known.code, err: error }
  shared.log.warn(facts, 'operation failed')
}
