import { common, peer } from '@hyperledger/fabric-protos'
import { equalBytes } from '../codec/bytes.ts'
import { type Connection, unaryCall } from '../connection.ts'
import type { CallOptions, Endpoint } from '../endpoint.ts'
import { FabricError } from '../errors.ts'
import { type Meaning, meaningOf } from '../foreign-text.ts'
import { type CallSubject, factsOf } from '../limits.ts'
import type { Signer } from '../signer.ts'
import { type NamedInvocation, type PreparedProposal, prepareProposal } from './proposal.ts'

/** Fabric's own: what they say is Fabric's sentences. */
const systemContracts = new Set(['_lifecycle', 'cscc', 'qscc'])

/** From this status on a contract's answer is a refusal (fabric-chaincode-go shim.ERRORTHRESHOLD). */
const refusalThreshold = 400

/**
 * Has one peer simulate a proposal. @returns its response, of a status below 400
 * @throws FabricError of the text table; INVALID for a contract's own refusal
 */
export async function endorseAt(
  connection: Connection,
  proposal: PreparedProposal,
  doing: string,
  options: CallOptions = {},
): Promise<peer.ProposalResponse> {
  const subject: CallSubject = {
    doing,
    transactionId: proposal.transactionId,
    ...(proposal.channel === '' ? {} : { channel: proposal.channel }),
  }
  const answer = await unaryCall(connection, peer.EndorserService.processProposal, proposal.signed, {
    ...options,
    ...subject,
  })
  const status = answer.getResponse()?.getStatus()
  if (status !== undefined && status < refusalThreshold) return answer
  throw refusal(answer, proposal.contract, connection.endpoint, subject)
}

/** @param contract that was called */
function refusal(
  answer: peer.ProposalResponse,
  contract: string,
  endpoint: Endpoint,
  subject: CallSubject,
): FabricError {
  const response = answer.getResponse()
  const [status, message] = [response?.getStatus() ?? 0, response?.getMessage() ?? 'a response without a status']
  // A refusal that was simulated is the contract's own, whatever its words; a peer that could not simulate gives no payload.
  const isOwn = answer.getPayload_asU8().length > 0 && !systemContracts.has(contract)
  const { code, next } = (isOwn ? undefined : meaningOf(message)) ?? usualMeaning(status)
  return new FabricError(code, `Could not ${subject.doing}: ${message}`, {
    node: endpoint.node,
    ...factsOf(subject),
    ...(next === undefined ? {} : { next }),
    status: String(status),
  })
}

function usualMeaning(status: number): Meaning {
  if (status === 0) return { code: 'PROTOCOL' }
  return { code: status === 404 ? 'NOT_FOUND' : 'INVALID' }
}

/** Asks one peer and takes its word: for system contracts and queries. @returns the response's payload. @throws FabricError */
export async function askPeer(
  connection: Connection,
  signer: Signer,
  invocation: NamedInvocation,
  options: CallOptions = {},
): Promise<Uint8Array> {
  const answer = await endorseAt(connection, await prepareProposal(invocation, signer), invocation.doing, options)
  return answer.getResponse()?.getPayload_asU8() ?? new Uint8Array()
}

/** A transaction ready to be ordered: keep the bytes, they may be sent again; the id stays the same. */
export interface SignedTransaction {
  readonly transactionId: string
  readonly channel: string
  /** An encoded `common.Envelope`. */
  readonly envelope: Uint8Array
}

export interface EndorsementOptions extends CallOptions {
  /**
   * Peers that simulate it too, for the private data that they then have when it is committed. Their endorsement is not
   * needed and not used; one that cannot is passed over, after 2 s at the latest.
   */
  readonly alsoAt?: readonly Connection[]
}

/** Milliseconds. */
const alsoMs = 2_000

/**
 * Has all given peers endorse, at the same time, and signs the transaction. Nothing is ordered yet.
 * @throws FabricError of the first peer that refuses; CONFLICT when the peers' results differ
 */
export async function endorseTransaction(
  connections: readonly Connection[],
  signer: Signer,
  invocation: NamedInvocation,
  { alsoAt = [], ...options }: EndorsementOptions = {},
): Promise<SignedTransaction> {
  const { doing } = invocation
  const proposal = await prepareProposal(invocation, signer)
  const also = alsoAt.map((connection) => endorseAt(connection, proposal, doing, { ...options, timeoutMs: alsoMs }))
  const witnesses = Promise.allSettled(also)
  const answers = await Promise.all(connections.map((connection) => endorseAt(connection, proposal, doing, options)))
  await witnesses
  const [first] = answers
  if (!first) {
    const facts = { channel: invocation.channel, next: 'Name a running peer of each organization that must endorse' }
    throw new FabricError('INVALID', `Could not ${doing}: no peers given`, facts)
  }
  const odd = answers.findIndex((answer) => !equalBytes(answer.getPayload_asU8(), first.getPayload_asU8()))
  if (odd > 0) {
    throw new FabricError('CONFLICT', `Could not ${doing}: the peers' results differ`, {
      node: connections[odd]?.endpoint.node ?? '',
      channel: invocation.channel,
      next: 'Try again with a new proposal once the peers are at one height',
    })
  }
  const payload = transactionPayload(proposal, answers, first)
  const envelope = new common.Envelope()
  envelope.setPayload(payload)
  envelope.setSignature(await signer.sign(payload))
  return {
    transactionId: proposal.transactionId,
    channel: invocation.channel,
    envelope: envelope.serializeBinary(),
  }
}

function transactionPayload(
  proposal: PreparedProposal,
  answers: readonly peer.ProposalResponse[],
  first: peer.ProposalResponse,
): Uint8Array {
  const action = new peer.ChaincodeEndorsedAction()
  action.setProposalResponsePayload(first.getPayload_asU8())
  action.setEndorsementsList(
    answers.flatMap((answer) => {
      const endorsement = answer.getEndorsement()
      return endorsement ? [endorsement] : []
    }),
  )
  const actionPayload = new peer.ChaincodeActionPayload()
  actionPayload.setChaincodeProposalPayload(proposal.payloadWithoutTransient)
  actionPayload.setAction(action)
  const transactionAction = new peer.TransactionAction()
  transactionAction.setHeader(proposal.header.getSignatureHeader_asU8())
  transactionAction.setPayload(actionPayload.serializeBinary())
  const transaction = new peer.Transaction()
  transaction.setActionsList([transactionAction])
  const payload = new common.Payload()
  payload.setHeader(proposal.header)
  payload.setData(transaction.serializeBinary())
  return payload.serializeBinary()
}
