/** What Fabric's peer checks of every transaction before it looks at endorsements (core/common/validation). */
import { createHash } from 'node:crypto'
import { decode, transactionId } from '@cello/fabric/codec'
import { common, peer } from '@hyperledger/fabric-protos'
import { type Identity, isSignedBy, type Memberships, readIdentity } from '../msp/identity.ts'
import type { ReadEnvelope } from './read-envelope.ts'
import { Invalid, orInvalid } from './verdict.ts'

const { HeaderType } = common
const knownTypes: readonly number[] = [HeaderType.ENDORSER_TRANSACTION, HeaderType.CONFIG_UPDATE, HeaderType.CONFIG]

/** An envelope whose headers and signature are good. */
export interface CheckedEnvelope {
  readonly type: 'endorser' | 'config'
  readonly payload: common.Payload
  readonly channelHeader: common.ChannelHeader
  /** The one action of an endorser transaction. */
  readonly action?: peer.ChaincodeActionPayload
}

/** @throws Invalid */
export function checkEnvelope(read: ReadEnvelope, memberships: Memberships): CheckedEnvelope {
  const { envelope, payload, payloadBytes } = read
  if (!envelope || !payloadBytes) throw new Invalid('INVALID_OTHER_REASON', 'error unmarshalling Envelope')
  if (!payload) throw new Invalid('BAD_PAYLOAD', 'error unmarshalling Payload')
  const { header, channelHeader, signatureHeader } = checkHeaders(read)
  const creator = signatureHeader.getCreator_asU8()
  checkCreator(creator, envelope.getSignature_asU8(), payloadBytes, memberships)
  switch (channelHeader.getType()) {
    case HeaderType.ENDORSER_TRANSACTION: {
      const id = transactionId(signatureHeader.getNonce_asU8(), creator)
      if (channelHeader.getTxId() !== id) {
        throw new Invalid('BAD_PROPOSAL_TXID', `invalid txid. got [${channelHeader.getTxId()}], expected [${id}]`)
      }
      const action = orInvalid('INVALID_ENDORSER_TRANSACTION', '', () => checkTransaction(payload, header))
      return { type: 'endorser', payload, channelHeader, action }
    }
    case HeaderType.CONFIG:
      return { type: 'config', payload, channelHeader }
    default:
      throw new Invalid('UNSUPPORTED_TX_PAYLOAD', 'a config update is no transaction')
  }
}

function checkHeaders({ header, channelHeader, signatureHeader }: ReadEnvelope) {
  const bad = (reason: string) => new Invalid('BAD_COMMON_HEADER', reason)
  if (!header) throw bad('nil header')
  if (!channelHeader) throw bad('error unmarshalling ChannelHeader')
  if (!signatureHeader) throw bad('error unmarshalling SignatureHeader')
  const type = channelHeader.getType()
  if (!knownTypes.includes(type)) throw bad(`invalid header type ${type}`)
  if (channelHeader.getEpoch() !== 0) {
    throw bad(`invalid Epoch in ChannelHeader. Expected 0, got [${channelHeader.getEpoch()}]`)
  }
  checkSignatureHeader(signatureHeader, bad)
  return { header, channelHeader, signatureHeader }
}

function checkSignatureHeader(header: common.SignatureHeader, bad: (reason: string) => Error): void {
  if (header.getNonce_asU8().length === 0) throw bad('invalid nonce specified in the header')
  if (header.getCreator_asU8().length === 0) throw bad('invalid creator specified in the header')
}

function checkCreator(creator: Uint8Array, signature: Uint8Array, message: Uint8Array, memberships: Memberships): void {
  const code = 'BAD_CREATOR_SIGNATURE'
  if (signature.length === 0) throw new Invalid(code, 'nil arguments')
  const identity: Identity = orInvalid(code, 'MSP error', () => readIdentity(creator, memberships))
  orInvalid(code, 'creator certificate is not valid', () => identity.membership.validate(identity.certificate))
  if (!isSignedBy(identity, message, signature)) {
    throw new Invalid(code, "creator's signature over the proposal is not valid: The signature is invalid")
  }
}

function checkTransaction(payload: common.Payload, header: common.Header): peer.ChaincodeActionPayload {
  const actions = decode(peer.Transaction, payload.getData_asU8()).getActionsList()
  const [action] = actions
  if (!action || actions.length > 1) {
    throw new Error(`only one action per transaction is supported, tx contains ${actions.length}`)
  }
  const actionHeader = action.getHeader_asU8()
  checkSignatureHeader(decode(common.SignatureHeader, actionHeader), (reason) => new Error(reason))
  const content = decode(peer.ChaincodeActionPayload, action.getPayload_asU8())
  const response = content.getAction()?.getProposalResponsePayload_asU8() ?? new Uint8Array()
  const claimed = decode(peer.ProposalResponsePayload, response).getProposalHash_asU8()
  const proposal = content.getChaincodeProposalPayload_asU8()
  if (proposal.length === 0 || actionHeader.length === 0) throw new Error('nil arguments')
  const hash = createHash('sha256').update(header.getChannelHeader_asU8()).update(actionHeader).update(proposal)
  if (Buffer.compare(hash.digest(), claimed) !== 0) throw new Error('proposal hash does not match')
  return content
}
