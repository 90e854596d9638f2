/** What is inside a proposal, as core/endorser/msgvalidation.go takes it apart. */
import { createHash } from 'node:crypto'
import { type common, peer } from '@hyperledger/fabric-protos'
import { partsOf } from './proposal-parts.ts'
import { unmarshal } from './unmarshal.ts'

export interface UnpackedProposal {
  readonly signed: peer.SignedProposal
  readonly proposal: peer.Proposal
  readonly channelHeader: common.ChannelHeader
  readonly channel: string
  readonly txId: string
  /** `msp.SerializedIdentity`. */
  readonly creator: Uint8Array
  readonly nonce: Uint8Array
  readonly contract: string
  readonly input: peer.ChaincodeInput
  readonly transient: ReadonlyMap<string, Uint8Array>
  /** SHA-256 over both headers and the payload without its transient part. */
  readonly hash: Uint8Array
}

/** @throws Error in Fabric's words: which part cannot be read, or is missing */
export function unpackProposal(signed: peer.SignedProposal): UnpackedProposal {
  const parts = partsOf(signed)
  const [proposal, header, channelHeader] = [parts.proposal(), parts.header(), parts.channelHeader()]
  const signatureHeader = parts.signatureHeader()
  const contract = contractOf(channelHeader)
  const payload = parts.payload()
  return {
    signed,
    proposal,
    channelHeader,
    channel: channelHeader.getChannelId(),
    txId: channelHeader.getTxId(),
    creator: signatureHeader.getCreator_asU8(),
    nonce: signatureHeader.getNonce_asU8(),
    contract,
    input: inputOf(parts.invocation()),
    transient: transientOf(payload),
    hash: hashOf(header, payload),
  }
}

function contractOf(channelHeader: common.ChannelHeader): string {
  const bytes = channelHeader.getExtension_asU8()
  const id = unmarshal(peer.ChaincodeHeaderExtension, 'ChaincodeHeaderExtension', bytes).getChaincodeId()
  if (!id) throw new Error('ChaincodeHeaderExtension.ChaincodeId is nil')
  if (id.getName() === '') throw new Error('ChaincodeHeaderExtension.ChaincodeId.Name is empty')
  return id.getName()
}

function inputOf(invocation: peer.ChaincodeInvocationSpec): peer.ChaincodeInput {
  const spec = invocation.getChaincodeSpec()
  if (!spec) throw new Error('chaincode invocation spec did not contain chaincode spec')
  const input = spec.getInput()
  if (!input) throw new Error('chaincode input did not contain any input')
  return input
}

function transientOf(payload: peer.ChaincodeProposalPayload): ReadonlyMap<string, Uint8Array> {
  const entries = [...payload.getTransientmapMap().entries()]
  return new Map(entries.map(([name, value]) => [name, Buffer.from(value)]))
}

function hashOf(header: common.Header, payload: peer.ChaincodeProposalPayload): Uint8Array {
  const lasting = new peer.ChaincodeProposalPayload()
  lasting.setInput(payload.getInput_asU8())
  const hash = createHash('sha256')
  hash.update(header.getChannelHeader_asU8())
  hash.update(header.getSignatureHeader_asU8())
  hash.update(lasting.serializeBinary())
  return new Uint8Array(hash.digest())
}
