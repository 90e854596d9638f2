/** Whether a block comes next on its channel, and its orderers made it (Fabric's MSPMessageCryptoService.VerifyBlock). */
import { blockDataHash, blockHeaderBytes, concatBytes, decode } from '@cello/fabric/codec'
import { common } from '@hyperledger/fabric-protos'
import type { ChannelConfig } from '../config/channel-config.ts'
import type { BlockParts } from '../ledger/block-parts.ts'
import { findPolicy } from '../policies/policy-tree.ts'
import { type SignedData, signersOf } from '../policies/signed-data.ts'
import { readEnvelope } from './read-envelope.ts'

const policyPath = '/Channel/Orderer/BlockValidation'

/** The block before the one that is checked. */
export interface Tip {
  readonly number: number
  readonly hash: Uint8Array
}

/** @throws Error with Fabric's sentence */
export function checkBlock(block: BlockParts, tip: Tip, config: ChannelConfig): void {
  const { number } = block
  const { channel } = config
  if (number !== tip.number + 1) {
    throw new Error(`Claimed seqNum is [${tip.number + 1}] but actual seqNum inside block is [${number}]`)
  }
  const [first] = block.envelopes
  const claimed = first && readEnvelope(first).channelHeader?.getChannelId()
  if (claimed === undefined) {
    throw new Error(`Failed getting channel id from block with id [${number}] on channel [${channel}]`)
  }
  if (claimed !== channel) {
    throw new Error(`Invalid block's channel id. Expected [${channel}]. Given [${claimed}]`)
  }
  if (block.metadata.length === 0) {
    throw new Error(`Block with id [${number}] on channel [${channel}] does not have metadata. Block not valid.`)
  }
  if (Buffer.compare(blockDataHash(block.envelopes), block.dataHash) !== 0) {
    throw new Error(
      `Header.DataHash is different from Hash(block.Data) for block with id [${number}] on channel [${channel}]`,
    )
  }
  checkSignatures(block, config)
  if (Buffer.compare(block.previousHash, tip.hash) !== 0) {
    throw new Error(
      `unexpected Previous block hash. Expected PreviousHash = [${hex(tip.hash)}], PreviousHash referred in the latest block= [${hex(block.previousHash)}]`,
    )
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

function checkSignatures(block: BlockParts, config: ChannelConfig): void {
  const slot = block.metadata[common.BlockMetadataIndex.SIGNATURES]
  if (!slot) throw new Error('no signatures in block metadata')
  const metadata = decode(common.Metadata, slot)
  const value = metadata.getValue_asU8()
  const header = blockHeaderBytes({ ...block, number: BigInt(block.number) })
  const signatures = metadata.getSignaturesList().map((signature): SignedData => {
    const signatureHeader = signature.getSignatureHeader_asU8()
    if (signatureHeader.length === 0 && signature.getIdentifierHeader_asU8().length > 0) {
      throw new Error('UNIMPLEMENTED: the devnode takes no blocks that BFT orderers signed')
    }
    return {
      data: concatBytes(value, signatureHeader, header),
      identity: decode(common.SignatureHeader, signatureHeader).getCreator_asU8(),
      signature: signature.getSignature_asU8(),
    }
  })
  const policy = findPolicy(config.policies, policyPath)
  if (!policy) throw new Error(`No such policy: '${policyPath}'`)
  const refusal = policy(signersOf(signatures, config.memberships))
  if (refusal !== undefined) throw new Error(refusal)
}
