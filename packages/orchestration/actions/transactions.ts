import { newId } from '@cello/kit'
import { PlatformError, stepId } from '@cello/model'
import type { CommitStatus, PreparedTransaction, TransactionRecord } from '@cello/ports'
import type { NetworkContext } from '../network-context.ts'
import type { ActionContext } from './action.ts'
import { whileStarting } from './wait-for-node.ts'

const conflicts: ReadonlySet<string> = new Set(['MVCC_READ_CONFLICT', 'PHANTOM_READ_CONFLICT'])

/**
 * Sends a transaction of a step exactly once. One that was prepared before a crash is sent again, the same envelope, before
 * any new one is made: a second copy lands as a duplicate and the first one counts.
 */
export async function transactOnce(
  context: ActionContext,
  prepare: () => Promise<PreparedTransaction | undefined>,
): Promise<void> {
  const { network, step } = context
  const purpose = stepId(step)
  for (const record of await network.shared.store.transactions.pending(network.record.id, purpose)) {
    await whileStarting(context, [], () => settle(network, record, context.signal))
  }
  const prepared = await whileStarting(context, [], prepare)
  if (!prepared) return
  const record = transactionRecord(network, purpose, prepared)
  await network.shared.store.transactions.prepare(record)
  // Sent in a moment; what takes long is that it is ordered.
  context.rests()
  const outcome = await whileStarting(context, [], () => settle(network, record, context.signal))
  if (outcome.valid) return
  const { txId, status } = outcome
  // What it was made from had changed meanwhile: it is made anew from what is there now.
  if (conflicts.has(status))
    throw new PlatformError('LEDGER_BUSY', { detail: `transaction ${txId} came too late: ${status}` })
  throw new PlatformError('COMMIT_FAILED', { txId, status })
}

/** Sends a journaled transaction, or finds it sent, and records what became of it. */
export async function settle(
  network: NetworkContext,
  record: TransactionRecord,
  signal: AbortSignal,
): Promise<CommitStatus> {
  const outcome = await network.session.submit(record, { signal })
  const { valid, status, block } = outcome
  await network.shared.store.transactions.finish(record.id, { valid, status, block, at: network.shared.clock.now() })
  return outcome
}

function transactionRecord(network: NetworkContext, purpose: string, prepared: PreparedTransaction): TransactionRecord {
  const at = network.shared.clock.now()
  return { ...prepared, id: newId(at), networkId: network.record.id, purpose, state: 'prepared', createdAt: at }
}
