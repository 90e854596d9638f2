/** Whether a proposal is well formed, and signed by a member: core/endorser/msgvalidation.go. */
import { transactionId } from '@cello/fabric/codec'
import { common } from '@hyperledger/fabric-protos'
import { type Identity, isSignedBy, type Memberships, readIdentity } from '../msp/identity.ts'
import type { UnpackedProposal } from './unpack-proposal.ts'

/**
 * @param memberships the channel's, or for what concerns no channel the peer's own organization
 * @throws Error in Fabric's words
 */
export function checkProposal(unpacked: UnpackedProposal, memberships: Memberships): void {
  checkHeaders(unpacked)
  const { signed, channel } = unpacked
  const creator = readCreator(unpacked, memberships)
  const denied = `access denied: channel [${channel}] creator org [${creator.membership.mspId}]`
  try {
    creator.membership.validate(creator.certificate)
  } catch (error) {
    throw new Error(denied, { cause: error })
  }
  if (!isSignedBy(creator, signed.getProposalBytes_asU8(), signed.getSignature_asU8())) throw new Error(denied)
}

function checkHeaders({ channelHeader, txId, nonce, creator, signed }: UnpackedProposal): void {
  const type: number = channelHeader.getType()
  const { ENDORSER_TRANSACTION, CONFIG } = common.HeaderType
  if (type !== ENDORSER_TRANSACTION && type !== CONFIG) throw new Error(`invalid header type ${headerTypeName(type)}`)
  if (channelHeader.getEpoch() !== 0) throw new Error('epoch is non-zero')
  if (nonce.length === 0) throw new Error('nonce is empty')
  if (creator.length === 0) throw new Error('creator is empty')
  const expected = transactionId(nonce, creator)
  if (txId !== expected) throw new Error(`incorrectly computed txid '${txId}' -- expected '${expected}'`)
  if (signed.getProposalBytes_asU8().length === 0) throw new Error('empty proposal bytes')
  if (signed.getSignature_asU8().length === 0) throw new Error('empty signature bytes')
}

function readCreator({ creator, channel }: UnpackedProposal, memberships: Memberships): Identity {
  try {
    const identity = readIdentity(creator, memberships)
    // Fabric follows the chain while it reads an identity: one of a strange authority is malformed to it.
    identity.membership.certifiers(identity.certificate)
    return identity
  } catch (error) {
    const words = `access denied: channel [${channel}] creator org unknown, creator is malformed`
    throw new Error(words, { cause: error })
  }
}

function headerTypeName(type: number): string {
  return Object.entries(common.HeaderType).find(([, number]) => number === type)?.[0] ?? String(type)
}
