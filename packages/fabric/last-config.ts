import { common } from '@hyperledger/fabric-protos'
import { FabricError } from './errors.ts'

/**
 * The number of the newest config block at or before `block`, as its orderers wrote it: since Fabric 1.4.1 inside the
 * signed metadata, before that in a field of its own. Block 0 is its own config block.
 * @throws FabricError PROTOCOL when the block says neither
 */
export function lastConfigIndex(block: common.Block): number {
  if (block.getHeader()?.getNumber() === 0) return 0
  const metadata = block.getMetadata()?.getMetadataList_asU8() ?? []
  const signed = metadata[common.BlockMetadataIndex.SIGNATURES]
  if (signed && signed.length > 0) {
    const value = common.Metadata.deserializeBinary(signed).getValue_asU8()
    const lastConfig = common.OrdererBlockMetadata.deserializeBinary(value).getLastConfig()
    if (lastConfig) return lastConfig.getIndex()
  }
  const own = metadata[common.BlockMetadataIndex.LAST_CONFIG]
  if (own && own.length > 0) {
    return common.LastConfig.deserializeBinary(common.Metadata.deserializeBinary(own).getValue_asU8()).getIndex()
  }
  throw new FabricError('PROTOCOL', `Block ${block.getHeader()?.getNumber()} does not say where the config is`)
}
