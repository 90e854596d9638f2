/** Whether a proposal is well formed, and signed by a member: core/endorser/msgvalidation.go. */
import { transactionId } from '@cello/fabric/codec'
import { common } from '@hyperledger/fabric-protos'
import { wordsOf } from '../contracts/words.ts'
import { isSignedBy, type Memberships, readIdentity } from '../msp/identity.ts'
import type { UnpackedProposal } from './unpack-proposal.ts'

/**
 * @param memberships the channel's, or for what concerns no channel the peer's own organization
 * @throws Error in Fabric's words
 */
export function checkProposal(unpacked: UnpackedProposal, memberships: Memberships): void {
  checkHeaders(unpacked)
  const { signed, channel, creator } = unpacked
  const malformed = `access denied: channel [${channel}] creator org unknown, creator is malformed`
  const { certificate, membership } = withWords(malformed, () => readIdentity(creator, memberships))
  const denied = `access denied: channel [${channel}] creator org [${membership.mspId}]`
  try {
    membership.validate(certificate)
  } catch (error) {
    // Fabric follows the chain while it reads an identity: one of a strange authority is malformed to it.
    throw new Error(isOfStranger(error) ? malformed : denied, { cause: error })
  }
  const signature = signed.getSignature_asU8()
  if (!isSignedBy({ certificate, membership }, signed.getProposalBytes_asU8(), signature)) throw new Error(denied)
}

const isOfStranger = (error: unknown): boolean => wordsOf(error).startsWith('the supplied identity is not valid')

function withWords<T>(words: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw new Error(words, { cause: error })
  }
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

function headerTypeName(type: number): string {
  return Object.entries(common.HeaderType).find(([, number]) => number === type)?.[0] ?? String(type)
}
