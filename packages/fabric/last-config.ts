import { common } from '@hyperledger/fabric-protos'
import { decode } from './codec/decode.ts'
import { FabricError } from './errors.ts'

/**
 * The number of the newest config block at or before `block`, as its orderers wrote it: since Fabric 1.4.1 inside the
 * signed metadata, before that in a field of its own. Block 0 is its own config block.
 * @throws FabricError PROTOCOL when the block says neither
 */
export function lastConfigIndex(block: common.Block): number {
  const number = block.getHeader()?.getNumber()
  if (number === 0) return 0
  const metadata = block.getMetadata()?.getMetadataList_asU8() ?? []
  const index =
    signedIndex(metadata[common.BlockMetadataIndex.SIGNATURES]) ??
    oldIndex(metadata[common.BlockMetadataIndex.LAST_CONFIG])
  if (index === undefined) throw new FabricError('PROTOCOL', `Block ${number} does not say where the config is`)
  return index
}

function signedIndex(metadata: Uint8Array | undefined): number | undefined {
  if (!metadata || metadata.length === 0) return undefined
  const value = decode(common.Metadata, metadata).getValue_asU8()
  return decode(common.OrdererBlockMetadata, value).getLastConfig()?.getIndex()
}

function oldIndex(metadata: Uint8Array | undefined): number | undefined {
  if (!metadata || metadata.length === 0) return undefined
  return decode(common.LastConfig, decode(common.Metadata, metadata).getValue_asU8()).getIndex()
}
