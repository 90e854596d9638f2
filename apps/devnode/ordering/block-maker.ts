/** New blocks, signed as an orderer of Fabric 3.1 signs them. */
import { blockDataHash, blockHeaderBytes, concatBytes, decode, newNonce, signatureHeader } from '@cello/fabric/codec'
import { common, orderer } from '@hyperledger/fabric-protos'
import type { LocalSigner } from '../msp/local-msp.ts'

export interface BlockPlan {
  readonly number: number
  readonly previousHash: Uint8Array
  readonly envelopes: readonly Uint8Array[]
  /** Number of the last config block, this one included. */
  readonly lastConfig: number
}

/** The block with its metadata: SIGNATURES and LAST_CONFIG; the slots of filters, of ORDERER and of the commit hash stay empty. */
export function makeBlock(plan: BlockPlan, signer: LocalSigner): common.Block {
  const { number, previousHash, envelopes } = plan
  const dataHash = blockDataHash(envelopes)
  const header = new common.BlockHeader()
  header.setNumber(number)
  header.setPreviousHash(previousHash)
  header.setDataHash(dataHash)
  const data = new common.BlockData()
  data.setDataList([...envelopes])
  const lastConfig = new common.LastConfig()
  lastConfig.setIndex(plan.lastConfig)
  const signedHeader = blockHeaderBytes({ number: BigInt(number), previousHash, dataHash })
  const slots: Uint8Array[] = Array.from({ length: 5 }, () => new Uint8Array())
  slots[common.BlockMetadataIndex.SIGNATURES] = signatures(plan, lastConfig, signedHeader, signer)
  slots[common.BlockMetadataIndex.LAST_CONFIG] = metadata(lastConfig.serializeBinary()).serializeBinary()
  const list = new common.BlockMetadata()
  list.setMetadataList(slots)
  const block = new common.Block()
  block.setHeader(header)
  block.setData(data)
  block.setMetadata(list)
  return block
}

/** Number of the last config block that a block's metadata name; a genesis block's name none. */
export function lastConfigOf(slots: readonly Uint8Array[]): number {
  const slot = slots[common.BlockMetadataIndex.SIGNATURES] ?? new Uint8Array()
  const value = decode(common.Metadata, slot).getValue_asU8()
  return decode(common.OrdererBlockMetadata, value).getLastConfig()?.getIndex() ?? 0
}

function signatures(
  plan: BlockPlan,
  lastConfig: common.LastConfig,
  signedHeader: Uint8Array,
  signer: LocalSigner,
): Uint8Array {
  const content = new common.OrdererBlockMetadata()
  content.setLastConfig(lastConfig)
  content.setConsenterMetadata(metadata(raftMetadata(plan.number)).serializeBinary())
  const value = content.serializeBinary()
  const signature = new common.MetadataSignature()
  const header = signatureHeader(signer.serialized, newNonce()).serializeBinary()
  signature.setSignatureHeader(header)
  signature.setSignature(signer.sign(concatBytes(value, header, signedHeader)))
  const slot = metadata(value)
  slot.addSignatures(signature)
  return slot.serializeBinary()
}

/** One consenter, number 1, and the place in a Raft log that such a block would have: entries 1 and 2 elect the leader. */
function raftMetadata(number: number): Uint8Array {
  const raft = new orderer.etcdraft.BlockMetadata()
  raft.setConsenterIdsList([1])
  raft.setNextConsenterId(2)
  raft.setRaftIndex(number + 2)
  return raft.serializeBinary()
}

function metadata(value: Uint8Array): common.Metadata {
  const message = new common.Metadata()
  message.setValue(value)
  return message
}
