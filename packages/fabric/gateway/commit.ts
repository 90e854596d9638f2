import { gateway } from '@hyperledger/fabric-protos'
import { serializedIdentity } from '../codec/envelope.ts'
import { type Connection, unaryCall } from '../connection.ts'
import type { CallOptions } from '../endpoint.ts'
import { FabricError } from '../errors.ts'
import { findTransaction, type TransactionKey } from '../peers/ledger.ts'
import { pollUntil } from '../polling.ts'
import type { Signer } from '../signer.ts'
import { type ValidationCode, validationCodeName } from '../validation-codes.ts'

/** Where a transaction landed and what the peers said of it. */
export interface Commit extends TransactionKey {
  readonly blockNumber: number
  readonly validationCode: ValidationCode
}

/**
 * Waits until a peer has committed the transaction, valid or not, and says how. An id that the peer never hears of is
 * waited for until `timeoutMs`: whether it exists is `findTransaction`'s question. Broken connections are retried.
 * Where an id was ordered twice, the first occurrence is reported.
 * @throws FabricError DEADLINE_EXCEEDED, DENIED, NOT_FOUND, CANCELLED
 */
export async function commitOf(
  connection: Connection,
  signer: Signer,
  key: TransactionKey,
  options: CallOptions = {},
): Promise<Commit> {
  const subject = { doing: 'learn the commit status', channel: key.channel, transactionId: key.transactionId }
  const request = await signedStatusRequest(signer, key)
  const answer = await pollUntil(
    subject,
    (limits) => unaryCall(connection, gateway.GatewayService.commitStatus, request, { ...limits, ...subject }),
    options,
  )
  const commit: Commit = {
    channel: key.channel,
    transactionId: key.transactionId,
    blockNumber: answer.getBlockNumber(),
    validationCode: validationCodeName(answer.getResult()),
  }
  if (commit.validationCode !== 'DUPLICATE_TXID') return commit
  const first = await findTransaction(connection, signer, key, options)
  return first ? { ...commit, validationCode: validationCodeName(first.validationCode) } : commit
}

async function signedStatusRequest(
  signer: Signer,
  { channel, transactionId }: TransactionKey,
): Promise<gateway.SignedCommitStatusRequest> {
  const request = new gateway.CommitStatusRequest()
  request.setChannelId(channel)
  request.setTransactionId(transactionId)
  request.setIdentity(serializedIdentity(signer))
  const bytes = request.serializeBinary()
  const signed = new gateway.SignedCommitStatusRequest()
  signed.setRequest(bytes)
  signed.setSignature(await signer.sign(bytes))
  return signed
}

/** @returns the same commit if it is valid. @throws FabricError COMMIT_FAILED with the validation code as its status */
export function assertValid(commit: Commit, node: string): Commit {
  const { validationCode, transactionId, channel } = commit
  if (validationCode === 'VALID') return commit
  throw new FabricError('COMMIT_FAILED', `Transaction ${transactionId} was marked ${validationCode}`, {
    node,
    channel,
    transactionId,
    status: validationCode,
    next: nextSteps[validationCode] ?? 'Look at the peers’ logs for why they refused it',
  })
}

const nextSteps: Partial<Record<ValidationCode, string>> = {
  MVCC_READ_CONFLICT: 'Another transaction changed what this one read: endorse and submit a new one',
  PHANTOM_READ_CONFLICT: 'Another transaction changed a range that this one read: endorse and submit a new one',
  ENDORSEMENT_POLICY_FAILURE: 'Have the organizations endorse that the contract’s policy names',
  EXPIRED_CHAINCODE: 'The definition changed meanwhile: endorse and submit a new one',
  BAD_CREATOR_SIGNATURE: 'Sign with the key of the certificate that made the proposal',
}
