import { type Outcome, runSteps, type StepFailure } from '@cello/engine'
import { hasCode } from '@cello/kit'
import { isGoingOn, type ObservedNetwork, type Plan, PlatformError, type Step, stepId } from '@cello/model'
import { givesWay, plan } from '@cello/planning'
import type { NetworkRecord, OperationRecord } from '@cello/ports'
import { actionOf } from './actions/index.ts'
import { settle } from './actions/transactions.ts'
import { journalOf, operationError, operationFor, operationGoingOn, unblocked } from './journal.ts'
import type { NetworkContext } from './network-context.ts'
import type { Networks } from './networks.ts'
import { observeNetwork, observeSilence } from './observe/observe-network.ts'

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
  const network = await unlessSilent(networks, record)
  if (!network) return { again: silentMs }
  network.forgetLooks()
  const turn: Turn = { networks, network, ...claim }
  for (;;) {
    claim.signal.throwIfAborted()
    const outcome = await pass(turn)
    if (outcome) return outcome
    if (!(await isStillThere(turn))) return {}
  }
}

/** The network's context; undefined where its host says nothing, not even where it is: nothing can be looked at, or planned. */
async function unlessSilent(networks: Networks, record: NetworkRecord): Promise<NetworkContext | undefined> {
  try {
    return await networks.open(record)
  } catch (error) {
    if (!hasCode(error, 'HOST_UNREACHABLE')) throw error
    networks.tries.delete(record.id)
    networks.keep(record.id, observeSilence(record, networks.get(record.id), networks.shared.clock.now()))
    return undefined
  }
}

/** @returns undefined when another look is due: steps were done, or were stopped since something else is wanted. */
async function pass(turn: Turn): Promise<Outcome | undefined> {
  const { networks, network } = turn
  const { record } = network
  const observed = network.takeLook('last') ?? (await observeNetwork(network, networks.hosts))
  networks.keep(record.id, observed)
  const planned = plan(network.wanted, observed)
  if (planned.steps.length === 0) return withoutSteps(turn, planned, observed)
  const { steps, restMs } = await permitted(turn, planned)
  if (restMs > 0) return { again: restMs }
  const done = await act(turn, { notes: planned.notes, steps })
  if (!done) return undefined
  const { operation, failures } = done
  if (failures.length > 0) return afterFailures(turn, operation, failures)
  // A network that is forgotten leaves nothing to look at again.
  if (!steps.some(({ kind }) => kind === 'forget-network')) return undefined
  await networks.drop(record.id)
  return {}
}

/** No steps because nothing is left to do, or because something stands in the way: only the first is «as wanted». */
async function withoutSteps(turn: Turn, planned: Plan, observed: ObservedNetwork): Promise<Outcome> {
  if (planned.notes.some(({ kind }) => kind === 'waiting')) {
    // The time for which a host is silent is no time for which a step was stuck.
    turn.networks.tries.delete(turn.network.record.id)
    return { again: silentMs }
  }
  const refused = planned.notes.find(({ kind }) => kind === 'refused')
  if (!refused) return settled(turn, observed)
  // Nothing here changes that by itself: whoever asked hears what they can do.
  const { store, clock } = turn.networks.shared
  const operation = await operationGoingOn(store, turn.network.record)
  if (operation) {
    await store.operations.planned(operation.id, planned, clock.now(), turn.fence)
    const facts = { detail: `${refused.subject}: ${refused.message}`, nearest: refused.next ?? '' }
    await fail(turn, operation, new PlatformError('CHANGE_REFUSED', facts), refused.subject)
  }
  return { again: unwellMs }
}

/** The steps that may be done now, or how long (milliseconds) nothing may. */
async function permitted(
  { networks, network, fence }: Turn,
  planned: Plan,
): Promise<{ steps: readonly Step[]; restMs: number }> {
  const { record } = network
  const { store, clock } = networks.shared
  const operations = await store.operations.ofGeneration(record.id, record.generation)
  // What was cancelled before it was planned is what this plan holds: from now on known from repairs by its steps.
  const unplanned = operations.filter(({ state, steps }) => state === 'cancelled' && steps.length === 0)
  for (const { id } of unplanned) await store.operations.dropped(id, planned, clock.now(), fence)
  if (unplanned.length > 0) return { steps: [], restMs: unwellMs }
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

interface Done {
  readonly operation: Pick<OperationRecord, 'id' | 'kind'>
  readonly failures: readonly StepFailure[]
}

/** @returns undefined where the operation was cancelled meanwhile, or something newer is wanted */
async function act({ networks, network, fence, signal }: Turn, planned: Plan): Promise<Done | undefined> {
  const { store, clock } = networks.shared
  const { record } = network
  const operation = await operationFor(store, record, clock.now(), fence)
  if (!operation) return undefined
  const cancel = networks.cancellation(operation.id)
  const journal = journalOf(networks.shared, operation.id, fence)
  try {
    await store.operations.planned(operation.id, planned, clock.now(), fence)
    const failures = await runSteps(
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
    return { operation, failures }
  } catch (error) {
    signal.throwIfAborted()
    // The journal takes nothing more of an operation that was ended before its steps were told to stop.
    if (!cancel.signal.aborted && !hasCode(error, 'OPERATION_ENDED')) throw error
    networks.tries.delete(record.id)
    return undefined
  } finally {
    cancel.end()
  }
}

/** A failure that is final ends the operation; any other throws, and the key waits for its back-off. */
async function afterFailures(
  turn: Turn,
  operation: Done['operation'],
  failures: readonly StepFailure[],
): Promise<Outcome> {
  const { networks, network } = turn
  const { id } = network.record
  const tries = networks.triesOf(id)
  const final = failures.filter((failure) => tries.isFinal(failure))
  const first = final[0]
  if (!first) throw failures[0]?.error
  await fail(turn, operation, first.error, stepId(first.step))
  networks.tries.delete(id)
  return { again: operation.kind === 'repair-network' ? networks.repairs.failed(id) : unwellMs }
}

/** @param at what of it failed */
async function fail(
  { networks, network, fence }: Turn,
  operation: Done['operation'],
  err: unknown,
  at: string,
): Promise<void> {
  const { store, clock, log } = networks.shared
  const error = operationError(err)
  await store.operations.move(operation.id, 'failed', clock.now(), { error, fence })
  const facts = { network: network.record.name, operation: operation.id, step: at, code: error.code, err }
  log.warn(facts, 'operation failed')
}

/**
 * Transactions that were journaled by a process that ended are brought to their end, once the network is whole: sent again
 * as they are, or found sent. Those of steps too, whose effect may have been seen before their end was recorded.
 */
async function resumeTransactions({ networks, network, signal }: Turn): Promise<void> {
  const { store, log } = networks.shared
  const pending = await store.transactions.pending(network.record.id)
  const now = networks.shared.clock.now()
  const before = Math.max(networks.startedAt, now - inHandMs)
  // Nobody knows the age of what was made later than now: the clock was set back. At worst it is sent twice, and lands once.
  const left = pending.filter(({ createdAt }) => createdAt < before || createdAt > now)
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
