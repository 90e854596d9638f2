/** For tests only: proposals as clients make them, and as they should not. */
import type { Signer } from '@cello/fabric'
import { channelHeader, newNonce, serializedIdentity, signatureHeader, transactionId } from '@cello/fabric/codec'
import { common, peer } from '@hyperledger/fabric-protos'

/** Steps of the contract of the agreement, see its source. */
export type Step = readonly [name: string, ...args: readonly string[]]

export interface ProposalOptions {
  readonly by: Signer
  readonly channel: string
  readonly contract: string
  readonly args: readonly (string | Uint8Array)[]
  readonly transient?: Readonly<Record<string, string>>
  readonly isInit?: boolean
  /** What is wrong with it. */
  readonly type?: number
  readonly epoch?: number
  readonly nonce?: Uint8Array
  readonly transactionId?: string
  readonly timestamp?: Date
  readonly creator?: Uint8Array
  /** The contract that the header names, if another. */
  readonly headerContract?: string
  readonly withoutExtension?: boolean
  readonly withoutSpec?: boolean
  readonly withoutInput?: boolean
}

export interface MadeProposal {
  readonly transactionId: string
  readonly by: Signer
  readonly header: common.Header
  /** Without transient data. */
  readonly payload: Uint8Array
  readonly proposal: Uint8Array
  readonly signed: peer.SignedProposal
}

export async function makeProposal(options: ProposalOptions): Promise<MadeProposal> {
  const creator = options.creator ?? serializedIdentity(options.by)
  const nonce = options.nonce ?? newNonce()
  const txId = options.transactionId ?? transactionId(nonce, creator)
  const header = new common.Header()
  header.setChannelHeader(headerOf(options, txId).serializeBinary())
  header.setSignatureHeader(signatureHeader(creator, nonce).serializeBinary())
  const message = payloadOf(options)
  const payload = message.serializeBinary()
  for (const [key, value] of Object.entries(options.transient ?? {})) {
    message.getTransientmapMap().set(key, Buffer.from(value))
  }
  const whole = new peer.Proposal()
  whole.setHeader(header.serializeBinary())
  whole.setPayload(message.serializeBinary())
  const proposal = whole.serializeBinary()
  const signed = await signedProposal(proposal, options.by)
  return { transactionId: txId, by: options.by, header, payload, proposal, signed }
}

export async function signedProposal(proposal: Uint8Array, by: Signer): Promise<peer.SignedProposal> {
  const signed = new peer.SignedProposal()
  signed.setProposalBytes(proposal)
  signed.setSignature(await by.sign(proposal))
  return signed
}

function headerOf(options: ProposalOptions, txId: string): common.ChannelHeader {
  const extension = new peer.ChaincodeHeaderExtension()
  if (!options.withoutExtension) extension.setChaincodeId(contractId(options.headerContract ?? options.contract))
  return channelHeader({
    type: options.type ?? common.HeaderType.ENDORSER_TRANSACTION,
    channelId: options.channel,
    txId,
    epoch: options.epoch ?? 0,
    extension: extension.serializeBinary(),
    ...(options.timestamp ? { timestamp: options.timestamp } : {}),
  })
}

export function contractId(name: string, version = ''): peer.ChaincodeID {
  const id = new peer.ChaincodeID()
  id.setName(name)
  id.setVersion(version)
  return id
}

function payloadOf(options: ProposalOptions): peer.ChaincodeProposalPayload {
  const input = new peer.ChaincodeInput()
  input.setArgsList(options.args.map((arg) => Buffer.from(arg)))
  input.setIsInit(options.isInit ?? false)
  const spec = new peer.ChaincodeSpec()
  spec.setType(peer.ChaincodeSpec.Type.NODE)
  spec.setChaincodeId(contractId(options.contract))
  if (!options.withoutInput) spec.setInput(input)
  const invocation = new peer.ChaincodeInvocationSpec()
  if (!options.withoutSpec) invocation.setChaincodeSpec(spec)
  const payload = new peer.ChaincodeProposalPayload()
  payload.setInput(invocation.serializeBinary())
  return payload
}
