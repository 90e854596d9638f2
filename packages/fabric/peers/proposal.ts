import { common, peer } from '@hyperledger/fabric-protos'
import { utf8 } from '../codec/bytes.ts'
import { channelHeader, serializedIdentity, signatureHeader } from '../codec/envelope.ts'
import { newNonce, transactionId } from '../codec/transaction-id.ts'
import type { Signer } from '../signer.ts'

/** What a peer is asked to run. */
export interface Invocation {
  /** Empty for system contracts that concern the peer itself. */
  readonly channel: string
  readonly contract: string
  /** Function name and arguments, texts as UTF-8. */
  readonly args: readonly (string | Uint8Array)[]
  /** Seen by the endorsing peers, never put in the transaction. */
  readonly transient?: Readonly<Record<string, Uint8Array>>
  /** The first call of a contract whose definition requires initialization. */
  readonly isInit?: boolean
}

/** An invocation with the act in the infinitive, for messages: `install a package`. */
export interface NamedInvocation extends Invocation {
  readonly doing: string
}

/** A proposal signed by its creator, with what is needed to make a transaction of it. */
export interface PreparedProposal {
  readonly transactionId: string
  readonly channel: string
  readonly contract: string
  readonly signed: peer.SignedProposal
  readonly header: common.Header
  /** The proposal's payload without its transient data, as it stands in the transaction. */
  readonly payloadWithoutTransient: Uint8Array
}

/** Makes and signs a proposal under a new transaction id. */
export async function prepareProposal(invocation: Invocation, signer: Signer): Promise<PreparedProposal> {
  const creator = serializedIdentity(signer)
  const nonce = newNonce()
  const txId = transactionId(nonce, creator)
  const header = new common.Header()
  header.setChannelHeader(channelHeaderOf(invocation, txId).serializeBinary())
  header.setSignatureHeader(signatureHeader(creator, nonce).serializeBinary())

  const payload = new peer.ChaincodeProposalPayload()
  payload.setInput(invocationSpec(invocation).serializeBinary())
  const payloadWithoutTransient = payload.serializeBinary()
  for (const [key, value] of Object.entries(invocation.transient ?? {})) payload.getTransientmapMap().set(key, value)

  const proposal = new peer.Proposal()
  proposal.setHeader(header.serializeBinary())
  proposal.setPayload(payload.serializeBinary())
  const bytes = proposal.serializeBinary()
  const signed = new peer.SignedProposal()
  signed.setProposalBytes(bytes)
  signed.setSignature(await signer.sign(bytes))
  const { channel, contract } = invocation
  return { transactionId: txId, channel, contract, signed, header, payloadWithoutTransient }
}

function channelHeaderOf({ channel, contract }: Invocation, txId: string): common.ChannelHeader {
  const extension = new peer.ChaincodeHeaderExtension()
  extension.setChaincodeId(contractId(contract))
  return channelHeader({
    type: common.HeaderType.ENDORSER_TRANSACTION,
    channelId: channel,
    txId,
    extension: extension.serializeBinary(),
  })
}

function contractId(name: string): peer.ChaincodeID {
  const id = new peer.ChaincodeID()
  id.setName(name)
  return id
}

function invocationSpec({ contract, args, isInit }: Invocation): peer.ChaincodeInvocationSpec {
  const input = new peer.ChaincodeInput()
  input.setArgsList(args.map((arg) => (typeof arg === 'string' ? utf8(arg) : arg)))
  input.setIsInit(isInit ?? false)
  const spec = new peer.ChaincodeSpec()
  spec.setType(peer.ChaincodeSpec.Type.GOLANG)
  spec.setChaincodeId(contractId(contract))
  spec.setInput(input)
  const invocation = new peer.ChaincodeInvocationSpec()
  invocation.setChaincodeSpec(spec)
  return invocation
}
