import { newId } from '@cello/kit'
import { PlatformError } from '@cello/model'
import type { LedgerSession, TransactionRecord } from '@cello/ports'
import { allow, type Call } from '../actor.ts'
import type { Context } from '../context.ts'
import { readResult, type TransactionView, viewTransaction } from '../transaction/view.ts'
import { type ContractCall, describeCall } from './caller.ts'

/**
 * Calls a contract and commits what it writes. The signed envelope is journaled before it is sent, so however this ends the
 * transaction happens at most once, and the same command given again sends the same envelope.
 * @throws COMMIT_FAILED, CONTRACT_ERROR, NODE_UNREACHABLE, NODE_NOT_READY, NO_LEADER, LEDGER_REFUSED, LEDGER_BUSY, NOT_FOUND
 */
export async function invokeContract(context: Context, call: Call, target: ContractCall): Promise<TransactionView> {
  allow(call, 'transactions:write')
  const known = call.commandId === undefined ? undefined : await context.store.transactions.get(call.commandId)
  const record = known ?? (await prepare(context, call, target))
  const session = await context.sessions.session(record.networkId)
  return viewTransaction(await settle(context, session, record, call.signal))
}

/** Calls a contract at one peer; nothing is written. @throws as `invokeContract`, but COMMIT_FAILED */
export async function queryContract(
  context: Context,
  call: Call,
  target: ContractCall,
): Promise<{ result: string; encoding: 'utf8' | 'base64' }> {
  allow(call, 'transactions:read')
  const { network, request } = await describeCall(context, target)
  const session = await context.sessions.session(network.id)
  return readResult(await session.query(request, { signal: call.signal }))
}

/** Sends a journaled transaction, or finds it sent, and writes down what became of it. @throws COMMIT_FAILED … */
export async function settle(
  context: Context,
  session: LedgerSession,
  record: TransactionRecord,
  signal?: AbortSignal,
): Promise<TransactionRecord> {
  const done = record.state === 'prepared' ? await send(context, session, record, signal) : record
  if (done.state === 'invalid') {
    const facts = { txId: done.txId, status: done.status ?? 'unknown', block: done.block }
    throw new PlatformError('COMMIT_FAILED', facts)
  }
  return done
}

async function send(
  { store, clock }: Context,
  session: LedgerSession,
  record: TransactionRecord,
  signal: AbortSignal | undefined,
): Promise<TransactionRecord> {
  const { channel, txId, envelope } = record
  const { valid, status, block } = await session.submit({ channel, txId, envelope }, { signal })
  const endedAt = clock.now()
  await store.transactions.finish(record.id, { valid, status, block, at: endedAt })
  return { ...record, state: valid ? 'valid' : 'invalid', status, block, endedAt }
}

async function prepare(context: Context, call: Call, target: ContractCall): Promise<TransactionRecord> {
  const { network, request } = await describeCall(context, target)
  const session = await context.sessions.session(network.id)
  const prepared = await session.prepareInvoke(request, { signal: call.signal })
  const now = context.clock.now()
  const record: TransactionRecord = {
    id: call.commandId ?? newId(now),
    networkId: network.id,
    channel: prepared.channel,
    txId: prepared.txId,
    purpose: 'invoke',
    about: { contract: request.contract, function: request.function },
    envelope: prepared.envelope,
    result: prepared.result,
    state: 'prepared',
    createdAt: now,
  }
  await context.store.transactions.prepare(record)
  return record
}
