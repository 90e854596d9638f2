import { common, gateway } from '@hyperledger/fabric-protos'
import { decode } from '../codec/decode.ts'
import { type Connection, unaryCall } from '../connection.ts'
import type { CallOptions } from '../endpoint.ts'
import { FabricError } from '../errors.ts'
import { firstOf } from '../hedging.ts'
import { throwIfAborted, timeoutOf } from '../limits.ts'
import type { SignedTransaction } from '../peers/endorsement.ts'
import { findTransaction } from '../peers/ledger.ts'
import { pollUntil } from '../polling.ts'
import type { Signer } from '../signer.ts'
import { assertValid, type Commit, commitOf } from './commit.ts'

/**
 * Hands a signed envelope to the ordering service through a peer's gateway, which knows the channel's orderers and its
 * consensus. Acceptance promises nothing. Missing leaders and broken connections are waited out with the same envelope.
 * @throws FabricError DEADLINE_EXCEEDED, DENIED, INVALID, NOT_FOUND, CANCELLED
 */
export async function handToOrdering(
  connection: Connection,
  transaction: SignedTransaction,
  options: CallOptions = {},
): Promise<void> {
  const { channel, transactionId } = transaction
  const subject = { doing: 'submit the transaction', channel, transactionId }
  const request = new gateway.SubmitRequest()
  request.setChannelId(channel)
  request.setTransactionId(transactionId)
  request.setPreparedTransaction(decode(common.Envelope, transaction.envelope))
  const send = async (limits: CallOptions) => {
    try {
      await unaryCall(connection, gateway.GatewayService.submit, request, { ...limits, ...subject })
    } catch (error) {
      if (!(error instanceof FabricError && error.code === 'ALREADY_DONE')) throw error
    }
    return true
  }
  await pollUntil(subject, (limits) => firstOf(send, limits), options)
}

export interface SubmitOptions extends CallOptions {
  /**
   * Milliseconds without a commit after which the same envelope is sent once more, since an accepted one can be lost
   * with a leader; default 5,000. A second copy lands as DUPLICATE_TXID and harms nothing.
   */
  readonly resendAfterMs?: number
}

/**
 * Submits a signed transaction and waits until the peer has committed it as VALID. `timeoutMs` is the whole wait.
 * @throws FabricError COMMIT_FAILED with the validation code as its status; DEADLINE_EXCEEDED (then `resume` it later)
 */
export async function submitAndWait(
  connection: Connection,
  signer: Signer,
  transaction: SignedTransaction,
  options: SubmitOptions = {},
): Promise<Commit> {
  const end = performance.now() + timeoutOf(options)
  const subject = { doing: 'commit the transaction', ...keyOf(transaction) }
  for (;;) {
    throwIfAborted(options.signal, subject)
    const left = () => Math.max(1, end - performance.now())
    await handToOrdering(connection, transaction, { ...options, timeoutMs: left() })
    const patience = Math.min(options.resendAfterMs ?? 5_000, left())
    try {
      const commit = await commitOf(connection, signer, transaction, { ...options, timeoutMs: patience })
      return assertValid(commit, connection.endpoint.node)
    } catch (error) {
      const late = error instanceof FabricError && error.code === 'DEADLINE_EXCEEDED'
      if (!late || left() <= 1) throw error
    }
  }
}

/**
 * Brings a journaled transaction to its end, after a crash or a lost answer: what the peer has already committed is
 * reported as it is, anything else is sent again, the same envelope with the same id. Never makes a new proposal.
 * @throws FabricError as `submitAndWait`
 */
export async function resume(
  connection: Connection,
  signer: Signer,
  transaction: SignedTransaction,
  options: SubmitOptions = {},
): Promise<Commit> {
  const known = await findTransaction(connection, signer, transaction, options)
  if (known === undefined) return submitAndWait(connection, signer, transaction, options)
  return assertValid(await commitOf(connection, signer, transaction, options), connection.endpoint.node)
}

function keyOf({ channel, transactionId }: SignedTransaction) {
  return { channel, transactionId }
}
