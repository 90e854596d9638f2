/** For tests only: endorsed transactions, made by hand so that any part of them can be wrong. */
import { createHash } from 'node:crypto'
import { channelHeader, newNonce, signatureHeader, transactionId } from '@cello/fabric/codec'
import { common, peer } from '@hyperledger/fabric-protos'
import type { LocalSigner } from '../../msp/local-msp.ts'
import { encodeReadWriteSet, type NamespaceSet } from '../../simulation/rwset.ts'
import { channelName } from './test-channel.ts'

export interface TransactionParts {
  readonly by: LocalSigner
  readonly endorsers: readonly LocalSigner[]
  readonly contract: string
  readonly sets: readonly NamespaceSet[]
  readonly event?: { readonly contract?: string; readonly name: string }
  readonly bend?: Bend
}

/** What may be wrong, from the outside in. */
export interface Bend {
  readonly envelope?: (envelope: common.Envelope) => void
  readonly payload?: (payload: common.Payload) => void
  readonly channelHeader?: (header: common.ChannelHeader) => void
  readonly signatureHeader?: (header: common.SignatureHeader) => void
  readonly transaction?: (transaction: peer.Transaction) => void
  readonly actionHeader?: (header: common.SignatureHeader) => void
  readonly response?: (response: peer.ProposalResponsePayload) => void
  readonly action?: (action: peer.ChaincodeAction) => void
  readonly endorsement?: (endorsement: peer.Endorsement, index: number) => void
}

export interface MadeTransaction {
  readonly id: string
  readonly bytes: Uint8Array
}

export function transaction(parts: TransactionParts): MadeTransaction {
  const { by, bend = {} } = parts
  const nonce = newNonce()
  const id = transactionId(nonce, by.serialized)
  const header = channelHeader({
    type: common.HeaderType.ENDORSER_TRANSACTION,
    channelId: channelName,
    txId: id,
    extension: extensionOf(parts.contract),
  })
  bend.channelHeader?.(header)
  const creator = signatureHeader(by.serialized, nonce)
  bend.signatureHeader?.(creator)
  const message = new peer.Transaction()
  message.addActions(actionOf(parts, header.serializeBinary(), creator.cloneMessage()))
  bend.transaction?.(message)
  const headers = new common.Header()
  headers.setChannelHeader(header.serializeBinary())
  headers.setSignatureHeader(creator.serializeBinary())
  const payload = new common.Payload()
  payload.setHeader(headers)
  payload.setData(message.serializeBinary())
  bend.payload?.(payload)
  const envelope = new common.Envelope()
  envelope.setPayload(payload.serializeBinary())
  envelope.setSignature(by.sign(payload.serializeBinary()))
  bend.envelope?.(envelope)
  return { id, bytes: envelope.serializeBinary() }
}

function actionOf(parts: TransactionParts, header: Uint8Array, own: common.SignatureHeader): peer.TransactionAction {
  const { bend = {}, contract, endorsers } = parts
  bend.actionHeader?.(own)
  const proposal = new peer.ChaincodeProposalPayload()
  proposal.setInput(Buffer.from('input'))
  const proposalBytes = proposal.serializeBinary()
  const response = new peer.ProposalResponsePayload()
  const hash = createHash('sha256').update(header).update(own.serializeBinary()).update(proposalBytes).digest()
  response.setProposalHash(hash)
  response.setExtension$(chaincodeAction(parts, contract).serializeBinary())
  bend.response?.(response)
  const responseBytes = response.serializeBinary()
  const endorsed = new peer.ChaincodeEndorsedAction()
  endorsed.setProposalResponsePayload(responseBytes)
  for (const [index, endorser] of endorsers.entries()) {
    const endorsement = new peer.Endorsement()
    endorsement.setEndorser(endorser.serialized)
    endorsement.setSignature(endorser.sign(Buffer.concat([responseBytes, endorser.serialized])))
    bend.endorsement?.(endorsement, index)
    endorsed.addEndorsements(endorsement)
  }
  const content = new peer.ChaincodeActionPayload()
  content.setChaincodeProposalPayload(proposalBytes)
  content.setAction(endorsed)
  const action = new peer.TransactionAction()
  action.setHeader(own.serializeBinary())
  action.setPayload(content.serializeBinary())
  return action
}

function chaincodeAction({ sets, event, bend }: TransactionParts, contract: string): peer.ChaincodeAction {
  const action = new peer.ChaincodeAction()
  action.setResults(encodeReadWriteSet(sets))
  const answered = new peer.ChaincodeID()
  answered.setName(contract)
  answered.setVersion('1.0')
  action.setChaincodeId(answered)
  if (event) {
    const message = new peer.ChaincodeEvent()
    message.setChaincodeId(event.contract ?? contract)
    message.setEventName(event.name)
    action.setEvents(message.serializeBinary())
  }
  bend?.action?.(action)
  return action
}

function extensionOf(contract: string): Uint8Array {
  const id = new peer.ChaincodeID()
  id.setName(contract)
  const extension = new peer.ChaincodeHeaderExtension()
  extension.setChaincodeId(id)
  return extension.serializeBinary()
}

const emptySet = { reads: [], ranges: [], writes: [], metadataWrites: [], collections: [] }

/** Reads and writes of one contract; what is left out is empty. */
export const setOf = (namespace: string, set: Partial<NamespaceSet>): NamespaceSet => ({
  ...emptySet,
  ...set,
  namespace,
})

export const put = (key: string, value: string): NamespaceSet['writes'][number] => ({
  key,
  isDelete: false,
  value: Buffer.from(value),
})
