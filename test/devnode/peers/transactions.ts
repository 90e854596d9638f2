/** For tests only: transactions of endorsed proposals, whole and bent. */
import type { Signer } from '@cello/fabric'
import { serializedIdentity } from '@cello/fabric/codec'
import { common, peer } from '@hyperledger/fabric-protos'
import type { MadeProposal } from './proposals.ts'

/** The parts of a transaction, so that each can be exchanged before they are put together. */
export interface TransactionParts {
  readonly header: common.Header
  readonly proposalPayload: Uint8Array
  readonly responsePayload: Uint8Array
  readonly endorsements: readonly peer.Endorsement[]
  readonly by: Signer
}

/** What a proposal and the peers' answers make. */
export function partsOf(made: MadeProposal, answers: readonly peer.ProposalResponse[]): TransactionParts {
  const [first] = answers
  if (!first) throw new Error('no answers')
  return {
    header: made.header,
    proposalPayload: made.payload,
    responsePayload: first.getPayload_asU8(),
    endorsements: answers.flatMap((answer) => answer.getEndorsement() ?? []),
    by: made.by,
  }
}

export type Bend = (parts: {
  readonly transaction: peer.Transaction
  readonly action: peer.TransactionAction
  readonly payload: peer.ChaincodeActionPayload
}) => void

/** @param bend changes the transaction before it is put in the envelope; `action.payload` is set from `payload` after it */
export function envelopeOf(parts: TransactionParts, bend?: Bend): Promise<common.Envelope> {
  const endorsed = new peer.ChaincodeEndorsedAction()
  endorsed.setProposalResponsePayload(parts.responsePayload)
  endorsed.setEndorsementsList([...parts.endorsements])
  const payload = new peer.ChaincodeActionPayload()
  payload.setChaincodeProposalPayload(parts.proposalPayload)
  payload.setAction(endorsed)
  const action = new peer.TransactionAction()
  action.setHeader(parts.header.getSignatureHeader_asU8())
  const transaction = new peer.Transaction()
  transaction.setActionsList([action])
  bend?.({ transaction, action, payload })
  if (action.getPayload_asU8().length === 0) action.setPayload(payload.serializeBinary())
  return sealed(parts.header, transaction.serializeBinary(), parts.by)
}

/** An envelope of a header and data, signed. */
export async function sealed(
  header: common.Header | undefined,
  data: Uint8Array,
  by: Signer,
): Promise<common.Envelope> {
  const payload = new common.Payload()
  if (header) payload.setHeader(header)
  payload.setData(data)
  return signedEnvelopeOf(payload.serializeBinary(), by)
}

export async function signedEnvelopeOf(payload: Uint8Array, by: Signer): Promise<common.Envelope> {
  const envelope = new common.Envelope()
  envelope.setPayload(payload)
  envelope.setSignature(await by.sign(payload))
  return envelope
}

/** An endorsement of a response by anybody. */
export async function endorsementBy(signer: Signer, responsePayload: Uint8Array): Promise<peer.Endorsement> {
  const endorser = serializedIdentity(signer)
  const endorsement = new peer.Endorsement()
  endorsement.setEndorser(endorser)
  endorsement.setSignature(await signer.sign(Buffer.concat([responsePayload, endorser])))
  return endorsement
}

/** A response with its action changed, for instance its writes. */
export function bentResponse(responsePayload: Uint8Array, bend: (action: peer.ChaincodeAction) => void): Uint8Array {
  const response = peer.ProposalResponsePayload.deserializeBinary(responsePayload)
  const action = peer.ChaincodeAction.deserializeBinary(response.getExtension_asU8())
  bend(action)
  response.setExtension$(action.serializeBinary())
  return response.serializeBinary()
}
