import { blockDataHash, blockHeaderHash, decode, type WireField, wireFields, wireType } from '@cello/fabric/codec'
import { common } from '@hyperledger/fabric-protos'

/** What a chain's next block and a chain's check need of a block; read from the wire without decoding its contents. */
export interface BlockParts {
  readonly number: number
  readonly previousHash: Uint8Array
  readonly dataHash: Uint8Array
  /** The header's own hash: the next block's `previousHash`. */
  readonly hash: Uint8Array
  readonly envelopes: readonly Uint8Array[]
  readonly metadata: readonly Uint8Array[]
}

/** Field numbers in `common.Block`, and those of the lists in its second and third field. */
const fields = { header: 1, data: 2, metadata: 3, listItem: 1 } as const

/** @throws Error if the bytes are no block */
export function readBlockParts(block: Uint8Array): BlockParts {
  const parts = [...wireFields(block)]
  const header = decode(common.BlockHeader, bytesOf(parts, fields.header))
  const number = header.getNumber()
  const previousHash = header.getPreviousHash_asU8()
  const dataHash = header.getDataHash_asU8()
  return {
    number,
    previousHash,
    dataHash,
    hash: blockHeaderHash({ number: BigInt(number), previousHash, dataHash }),
    envelopes: listOf(bytesOf(parts, fields.data)),
    metadata: listOf(bytesOf(parts, fields.metadata)),
  }
}

/**
 * Whether the block continues the chain: its number, the hash of the one before, the hash of its own contents.
 * @throws Error saying what does not fit
 */
export function checkSuccessor(before: BlockParts | undefined, block: BlockParts): void {
  const expected = before === undefined ? 0 : before.number + 1
  if (block.number !== expected) throw new Error(`block ${block.number} lies where block ${expected} belongs`)
  if (before && Buffer.compare(before.hash, block.previousHash) !== 0) {
    throw new Error(`block ${block.number} does not follow the block before it: the hashes differ`)
  }
  if (Buffer.compare(blockDataHash(block.envelopes), block.dataHash) !== 0) {
    throw new Error(`block ${block.number} does not hold what its data hash says`)
  }
}

function bytesOf(parts: readonly WireField[], number: number): Uint8Array {
  return parts.find((part) => part.number === number && part.type === wireType.delimited)?.bytes ?? new Uint8Array()
}

function listOf(bytes: Uint8Array): Uint8Array[] {
  return [...wireFields(bytes)]
    .filter(({ number, type }) => number === fields.listItem && type === wireType.delimited)
    .map((field) => field.bytes)
}
