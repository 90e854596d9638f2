import { FabricError, type FabricErrorCode } from '@cello/fabric'
import { type ErrorCode, type ErrorFacts, PlatformError } from '@cello/model'

/** What each of the Fabric library's errors is called on the platform. */
const codes: Readonly<Record<FabricErrorCode, ErrorCode>> = {
  UNREACHABLE: 'NODE_UNREACHABLE',
  DEADLINE_EXCEEDED: 'LEDGER_BUSY',
  CANCELLED: 'LEDGER_BUSY',
  NOT_READY: 'NODE_NOT_READY',
  ALREADY_DONE: 'LEDGER_REFUSED',
  NOT_FOUND: 'NOT_FOUND',
  DENIED: 'LEDGER_REFUSED',
  INVALID: 'LEDGER_REFUSED',
  // Made for a state that has moved on: the next try is made for the present one.
  CONFLICT: 'LEDGER_BUSY',
  COMMIT_FAILED: 'COMMIT_FAILED',
  UNKNOWN_FIELDS: 'UNSUPPORTED',
  PROTOCOL: 'LEDGER_PROTOCOL',
}

export interface Where {
  readonly node?: string
  /** What was asked for, for NOT_FOUND. */
  readonly noun?: string
  readonly id?: string
}

/** Runs a call of the Fabric library and translates its errors, here and nowhere else. */
export async function translated<T>(call: () => Promise<T>, where: Where = {}, signal?: AbortSignal): Promise<T> {
  try {
    return await call()
  } catch (error) {
    signal?.throwIfAborted()
    throw toPlatformError(error, where)
  }
}

export function toPlatformError(error: unknown, where: Where = {}): unknown {
  if (!(error instanceof FabricError)) return error
  const { node, transactionId, status, channel } = error.facts
  const facts: ErrorFacts = {
    node: node ?? where.node ?? '',
    detail: error.message,
    noun: where.noun ?? 'such thing on the ledger',
    id: where.id ?? error.message,
    feature: 'this configuration',
    reason: error.message,
    channel,
    txId: transactionId,
    status,
  }
  // A leader that was just elected counts no follower as alive for some ticks, and refuses changes of the consenters until then.
  const code = /quorum loss/i.test(error.message) ? 'QUORUM_AT_RISK' : codes[error.code]
  return new PlatformError(code, facts, { cause: error })
}

/** Whether the error says that what was asked for is so already. */
export function isDone(error: unknown): boolean {
  return error instanceof FabricError && error.code === 'ALREADY_DONE'
}
