/** What the gateway reads in a proposal. */
import { decode } from '@cello/fabric/codec'
import { common, peer } from '@hyperledger/fabric-protos'
import { partsOf } from '../endorsement/proposal-parts.ts'

export interface ReadProposal {
  readonly header: common.Header
  readonly payload: peer.ChaincodeProposalPayload
  readonly channel: string
  /** Empty where the proposal names none. */
  readonly contract: string
  readonly hasTransient: boolean
}

/** @throws Error saying which part cannot be read */
export function readProposal(signed: peer.SignedProposal): ReadProposal {
  const parts = partsOf(signed)
  const [header, channelHeader] = [parts.header(), parts.channelHeader()]
  const [payload, input] = [parts.payload(), parts.invocation()]
  return {
    header,
    payload,
    channel: channelHeader.getChannelId(),
    contract: input.getChaincodeSpec()?.getChaincodeId()?.getName() ?? '',
    hasTransient: payload.getTransientmapMap().getLength() > 0,
  }
}

/** As `readProposal`, and nothing that evaluating needs may be missing. @throws Error in Fabric's words */
export function readWholeProposal(signed: peer.SignedProposal): ReadProposal {
  if (signed.getProposalBytes_asU8().length === 0) throw new Error('a signed proposal is required')
  const proposal = readProposal(signed)
  const { channel, contract, payload } = proposal
  if (channel === '') throw new Error('no channel id provided')
  if (contract !== '') return proposal
  const spec = decode(peer.ChaincodeInvocationSpec, payload.getInput_asU8()).getChaincodeSpec()
  const missing = !spec ? 'spec' : !spec.getChaincodeId() ? 'id' : 'name'
  throw new Error(`no chaincode ${missing} is provided, channel id [${channel}]`)
}

/** The transaction that a client signs and submits: what was proposed, without transient data, and who endorsed it. */
export function preparedTransaction(
  { header, payload }: ReadProposal,
  responsePayload: Uint8Array,
  endorsements: readonly peer.Endorsement[],
): common.Envelope {
  const proposed = new peer.ChaincodeProposalPayload()
  proposed.setInput(payload.getInput_asU8())
  const endorsed = new peer.ChaincodeEndorsedAction()
  endorsed.setProposalResponsePayload(responsePayload)
  endorsed.setEndorsementsList([...endorsements])
  const actionPayload = new peer.ChaincodeActionPayload()
  actionPayload.setChaincodeProposalPayload(proposed.serializeBinary())
  actionPayload.setAction(endorsed)
  const action = new peer.TransactionAction()
  action.setHeader(header.getSignatureHeader_asU8())
  action.setPayload(actionPayload.serializeBinary())
  const transaction = new peer.Transaction()
  transaction.addActions(action)
  const whole = new common.Payload()
  whole.setHeader(header)
  whole.setData(transaction.serializeBinary())
  const envelope = new common.Envelope()
  envelope.setPayload(whole.serializeBinary())
  return envelope
}

/** What the contract returned, from the part that is signed. */
export function resultOf(response: peer.ProposalResponse): Uint8Array {
  const payload = decode(peer.ProposalResponsePayload, response.getPayload_asU8())
  const action = decode(peer.ChaincodeAction, payload.getExtension_asU8())
  return action.getResponse()?.getPayload_asU8() ?? new Uint8Array()
}
