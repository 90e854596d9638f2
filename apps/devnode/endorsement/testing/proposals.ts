/** Proposals as clients make them, and as no client should. */
import { channelHeader, newNonce, signatureHeader, transactionId } from '@cello/fabric/codec'
import { common, peer } from '@hyperledger/fabric-protos'
import type { LocalSigner } from '../../msp/local-msp.ts'

export interface ProposalFields {
  readonly channel: string
  readonly contract: string
  readonly args: readonly string[]
  readonly isInit?: boolean
  readonly transient?: Readonly<Record<string, string>>
  readonly nonce?: Uint8Array
  readonly type?: number
  readonly epoch?: number
  readonly txId?: string
  readonly timestamp?: Date
  readonly creator?: Uint8Array
}

export function signedProposal(member: LocalSigner, fields: ProposalFields): peer.SignedProposal {
  const signed = new peer.SignedProposal()
  const bytes = proposalOf(member, fields).serializeBinary()
  signed.setProposalBytes(bytes)
  signed.setSignature(member.sign(bytes))
  return signed
}

function proposalOf(member: LocalSigner, fields: ProposalFields): peer.Proposal {
  const { channel, contract, nonce = newNonce(), creator = member.serialized, timestamp } = fields
  const id = new peer.ChaincodeID()
  id.setName(contract)
  const extension = new peer.ChaincodeHeaderExtension()
  extension.setChaincodeId(id)
  const header = new common.Header()
  header.setChannelHeader(
    channelHeader({
      type: fields.type ?? common.HeaderType.ENDORSER_TRANSACTION,
      channelId: channel,
      txId: fields.txId ?? transactionId(nonce, creator),
      epoch: fields.epoch ?? 0,
      extension: extension.serializeBinary(),
      ...(timestamp ? { timestamp } : {}),
    }).serializeBinary(),
  )
  header.setSignatureHeader(signatureHeader(creator, nonce).serializeBinary())
  const proposal = new peer.Proposal()
  proposal.setHeader(header.serializeBinary())
  proposal.setPayload(payloadOf(id, fields).serializeBinary())
  return proposal
}

function payloadOf(id: peer.ChaincodeID, fields: ProposalFields): peer.ChaincodeProposalPayload {
  const input = new peer.ChaincodeInput()
  input.setArgsList(fields.args.map((arg) => Buffer.from(arg)))
  input.setIsInit(fields.isInit ?? false)
  const spec = new peer.ChaincodeSpec()
  spec.setChaincodeId(id)
  spec.setInput(input)
  const invocation = new peer.ChaincodeInvocationSpec()
  invocation.setChaincodeSpec(spec)
  const payload = new peer.ChaincodeProposalPayload()
  payload.setInput(invocation.serializeBinary())
  for (const [name, value] of Object.entries(fields.transient ?? {})) {
    payload.getTransientmapMap().set(name, Buffer.from(value))
  }
  return payload
}
