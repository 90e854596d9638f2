/** A block as a peer keeps it: the orderer's, with the peer's verdicts in its metadata. */
import { concatBytes, decode, wireFields } from '@cello/fabric/codec'
import { common } from '@hyperledger/fabric-protos'

const { TRANSACTIONS_FILTER, COMMIT_HASH } = common.BlockMetadataIndex
const slotCount = Object.keys(common.BlockMetadataIndex).length
/** Of `common.Block`. */
const metadataField = 3

export interface PeerMetadata {
  /** A validation code for each transaction. */
  readonly codes: Uint8Array
  /** Absent in a genesis block. */
  readonly commitHash?: Uint8Array
}

/** Header and data stay byte for byte; only the peer's two slots are written. @param slots the block's metadata */
export function storedBlock(block: Uint8Array, slots: readonly Uint8Array[], own: PeerMetadata): Uint8Array {
  const list = Array.from({ length: Math.max(slotCount, slots.length) }, (_, index) => slots[index] ?? new Uint8Array())
  list[TRANSACTIONS_FILTER] = own.codes
  if (own.commitHash) {
    const metadata = new common.Metadata()
    metadata.setValue(own.commitHash)
    list[COMMIT_HASH] = metadata.serializeBinary()
  }
  const message = new common.BlockMetadata()
  message.setMetadataList(list)
  const whole = new common.Block()
  whole.setMetadata(message)
  return concatBytes(withoutMetadata(block), whole.serializeBinary())
}

/** The verdicts in a stored block. */
export function codesOf(slots: readonly Uint8Array[]): Uint8Array {
  return slots[TRANSACTIONS_FILTER] ?? new Uint8Array()
}

/** Empty in a block that has none. */
export function commitHashOf(slots: readonly Uint8Array[]): Uint8Array {
  return decode(common.Metadata, slots[COMMIT_HASH] ?? new Uint8Array()).getValue_asU8()
}

/** Go and the devnode's orderer write the metadata last; anywhere else the block is put together anew. */
function withoutMetadata(block: Uint8Array): Uint8Array {
  const fields = [...wireFields(block)]
  const first = fields.findIndex(({ number }) => number === metadataField)
  if (first < 0) return block
  if (first === fields.length - 1) {
    const before = fields[first - 1]
    return before
      ? block.subarray(0, before.bytes.byteOffset - block.byteOffset + before.bytes.length)
      : new Uint8Array()
  }
  const message = decode(common.Block, block)
  message.clearMetadata()
  return message.serializeBinary()
}
