import { common } from '@hyperledger/fabric-protos'
import { blockDataHash, blockHeaderHash } from '../codec/block-hash.ts'
import { equalBytes, toHex } from '../codec/bytes.ts'
import { decode } from '../codec/decode.ts'
import { lastConfigIndex } from '../last-config.ts'
import { describeIdentity, type IdentityRecord } from './identity.ts'
import { describeTransaction, type TransactionRecord } from './transaction.ts'

/** A block as plain JSON. Hashes are hexadecimal SHA-256. */
export interface BlockRecord {
  readonly number: number
  /** Hash of the header: what the next block's `previousHash` must be. */
  readonly hash: string
  /** Empty for block 0. */
  readonly previousHash: string
  /** As the header states it. */
  readonly dataHash: string
  /** Whether `dataHash` is the hash of the transactions here. */
  readonly dataHashIsRight: boolean
  /** Number of the config block that was in force; absent where the block does not say. */
  readonly configBlock?: number
  readonly signers: readonly BlockSigner[]
  /** The peer's hash over all commits so far; absent in a block from an orderer. */
  readonly commitHash?: string
  readonly transactions: readonly TransactionRecord[]
}

/** An orderer that signed: its identity, or under BFT the number by which the config's consenters name it. */
export type BlockSigner = IdentityRecord | { readonly consenter: number }

/** @param block a block or its encoding. Never throws for what is inside the transactions. */
export function describeBlock(block: common.Block | Uint8Array): BlockRecord {
  const message = block instanceof Uint8Array ? decode(common.Block, block) : block
  const header = message.getHeader() ?? new common.BlockHeader()
  const data = message.getData()?.getDataList_asU8() ?? []
  const metadata = message.getMetadata()?.getMetadataList_asU8() ?? []
  const verdicts = metadata[common.BlockMetadataIndex.TRANSACTIONS_FILTER] ?? new Uint8Array()
  const commit = metadata[common.BlockMetadataIndex.COMMIT_HASH]
  const fields = {
    number: BigInt(header.getNumber()),
    previousHash: header.getPreviousHash_asU8(),
    dataHash: header.getDataHash_asU8(),
  }
  return {
    number: header.getNumber(),
    hash: toHex(blockHeaderHash(fields)),
    previousHash: toHex(fields.previousHash),
    dataHash: toHex(fields.dataHash),
    dataHashIsRight: equalBytes(blockDataHash(data), fields.dataHash),
    ...configBlockOf(message),
    signers: signersOf(metadata[common.BlockMetadataIndex.SIGNATURES]),
    ...(commit && commit.length > 0 ? { commitHash: commitHash(commit) } : {}),
    transactions: data.map((envelope, index) => describeTransaction(envelope, verdicts[index])),
  }
}

function configBlockOf(block: common.Block): { configBlock?: number } {
  try {
    return { configBlock: lastConfigIndex(block) }
  } catch {
    return {}
  }
}

function commitHash(bytes: Uint8Array): string {
  return toHex(decode(common.Metadata, bytes).getValue_asU8())
}

function signersOf(bytes: Uint8Array | undefined): readonly BlockSigner[] {
  if (!bytes || bytes.length === 0) return []
  return decode(common.Metadata, bytes)
    .getSignaturesList()
    .map((signature) => {
      const identifier = signature.getIdentifierHeader_asU8()
      if (identifier.length > 0) {
        return { consenter: decode(common.IdentifierHeader, identifier).getIdentifier() }
      }
      const header = decode(common.SignatureHeader, signature.getSignatureHeader_asU8())
      return describeIdentity(header.getCreator_asU8())
    })
}
