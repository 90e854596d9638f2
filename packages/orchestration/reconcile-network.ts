import { type Outcome, runSteps, type StepFailure } from '@cello/engine'
import { type ObservedNetwork, type Plan, type Step, stepId } from '@cello/model'
import { givesWay, plan } from '@cello/planning'
import { actionOf } from './actions/index.ts'
import { settle } from './actions/transactions.ts'
import { isGoingOn, journalOf, operationError, operationFor, unblocked } from './journal.ts'
import type { NetworkContext } from './network-context.ts'
import type { Networks } from './networks.ts'
import { observeNetwork } from './observe/observe-network.ts'

/** Steps of one network that run at once. */
const parallelSteps = 24
/** A transaction of this process that is older, in milliseconds, is no longer waited for by whoever asked for it. */
const inHandMs = 60_000
/** Milliseconds until the next look at a network whose host does not answer. */
const silentMs = 2_000
/** Milliseconds until the next look at a network that has nothing to do but is not well. */
const unwellMs = 10_000

interface Turn {
  readonly networks: Networks
  readonly network: NetworkContext
  readonly fence: number
  readonly signal: AbortSignal
}

/** One look at one network: observe, plan, act, and again until nothing is left to do or something stands in the way. */
export async function reconcileNetwork(
  networks: Networks,
  id: string,
  claim: { fence: number; signal: AbortSignal },
): Promise<Outcome> {
  const record = await networks.shared.store.networks.get(id)
  if (!record) {
    await networks.drop(id)
    return {}
  }
  if (await networks.isStill(record)) return {}
  networks.stillness.forget(id)
  const network = await networks.open(record)
  network.forgetLooks()
  const turn: Turn = { networks, network, ...claim }
  for (;;) {
    claim.signal.throwIfAborted()
    const outcome = await pass(turn)
    if (outcome) return outcome
    if (!(await isStillThere(turn))) return {}
  }
}

/** @returns undefined when steps were done and another look is due. */
async function pass(turn: Turn): Promise<Outcome | undefined> {
  const { networks, network } = turn
  const { record } = network
  const observed = network.takeLook('last') ?? (await observeNetwork(network, networks.hosts))
  networks.keep(record.id, observed)
  const planned = plan(network.wanted, observed)
  if (planned.steps.length === 0) {
    // No steps because nothing is left to do, or because something stands in the way: only the first is «as wanted».
    return planned.notes.some(({ kind }) => kind !== 'residue') ? { again: silentMs } : settled(turn, observed)
  }
  const { steps, restMs } = await permitted(turn, planned)
  if (restMs > 0) return { again: restMs }
  const failures = await act(turn, { notes: planned.notes, steps })
  // A network that is forgotten leaves nothing to look at again.
  if (steps.some(({ kind }) => kind === 'forget-network') && failures.length === 0) {
    await networks.drop(record.id)
    return {}
  }
  if (failures.length === 0) return undefined
  return afterFailures(turn, failures)
}

/** The steps that may be done now, or how long (milliseconds) nothing may. */
async function permitted(
  { networks, network }: Turn,
  planned: Plan,
): Promise<{ steps: readonly Step[]; restMs: number }> {
  const { record } = network
  const { items } = await networks.shared.store.operations.list({ networkId: record.id, limit: 50 })
  const operations = items.filter(({ generation }) => generation === record.generation)
  const steps = unblocked(planned, operations)
  if (steps.length === 0) return { steps, restMs: unwellMs }
  if (operations.some(isGoingOn)) return { steps, restMs: 0 }
  // Health that comes back by itself is nothing to show, only to look at again; a repair that failed waits its turn.
  const isHealthAlone = steps.every(({ kind }) => kind === 'await-ready')
  return { steps, restMs: isHealthAlone ? unwellMs : networks.repairs.restMs(record.id) }
}

/** Brings what is known of the network up to its row. */
async function isStillThere({ networks, network }: Turn): Promise<boolean> {
  const record = await networks.shared.store.networks.get(network.record.id)
  if (record) await network.refresh(record)
  return record !== undefined
}

async function settled(turn: Turn, observed: ObservedNetwork): Promise<Outcome> {
  const { networks, network, fence } = turn
  const { record } = network
  await resumeTransactions(turn)
  const open = await networks.shared.store.operations.open(record.id)
  if (record.observedGeneration < record.generation || open.some(isGoingOn)) {
    await networks.shared.store.networks.observed(record.id, record.generation, observed.at, fence)
  }
  networks.tries.delete(record.id)
  networks.repairs.wentWell(record.id)
  const unsettled = await networks.shared.store.transactions.pending(record.id)
  if (unsettled.length === 0) await networks.stillness.note(record, observed)
  return {}
}

async function act({ networks, network, fence, signal }: Turn, planned: Plan): Promise<StepFailure[]> {
  const { store, clock } = networks.shared
  const { record } = network
  const { id: operation } = await operationFor(store, record, clock.now(), fence)
  await store.operations.planned(operation, planned, clock.now(), fence)
  const cancel = networks.cancellation(operation)
  const journal = journalOf(networks.shared, operation, fence)
  try {
    return await runSteps(
      planned.steps,
      {
        act: (step, stop, rests) =>
          actionOf(step.kind)({ network, hosts: networks.hosts, step, fence, signal: stop, rests }),
        givesWay: (step) => givesWay(network.wanted, step),
        began: journal.began,
        ended: (step, failure) => {
          if (!failure) networks.triesOf(record.id).done(step)
          return journal.ended(step, failure)
        },
      },
      { signal: AbortSignal.any([signal, cancel.signal]), concurrency: parallelSteps },
    )
  } finally {
    cancel.end()
  }
}

/** A failure that is final ends the operation; any other throws, and the key waits for its back-off. */
async function afterFailures({ networks, network, fence }: Turn, failures: readonly StepFailure[]): Promise<Outcome> {
  const { store, clock, log } = networks.shared
  const { record } = network
  const tries = networks.triesOf(record.id)
  const final = failures.filter((failure) => tries.isFinal(failure))
  const first = final[0]
  if (!first) throw failures[0]?.error
  const operation = await operationFor(store, record, clock.now(), fence)
  const error = operationError(first.error)
  await store.operations.move(operation.id, 'failed', clock.now(), { error, fence })
  log.warn(
    { network: record.name, operation: operation.id, step: stepId(first.step), code: error.code, err: first.error },
    'operation failed',
  )
  networks.tries.delete(record.id)
  return { again: operation.kind === 'repair-network' ? networks.repairs.failed(record.id) : unwellMs }
}

/**
 * Transactions that were journaled by a process that ended are brought to their end, once the network is whole: sent again
 * as they are, or found sent. Those of steps too, whose effect may have been seen before their end was recorded.
 */
async function resumeTransactions({ networks, network, signal }: Turn): Promise<void> {
  const { store, log } = networks.shared
  const pending = await store.transactions.pending(network.record.id)
  const before = Math.max(networks.startedAt, networks.shared.clock.now() - inHandMs)
  const left = pending.filter((record) => record.createdAt < before)
  await Promise.all(
    left.map(async (record) => {
      try {
        await settle(network, record, signal)
      } catch (error) {
        signal.throwIfAborted()
        log.info(
          { network: network.record.name, txId: record.txId, err: error },
          'transaction is still open, will ask again',
        )
      }
    }),
  )
}
