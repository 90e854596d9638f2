import { common } from '@hyperledger/fabric-protos'
import { decode } from '../codec/decode.ts'
import { decodeLossless } from '../codec/index.ts'
import { FabricError } from '../errors.ts'

/** What a config block says. */
export interface BlockConfig {
  readonly channelId: string
  readonly config: common.Config
  /** The envelope whose update made this config; absent in a genesis block. */
  readonly lastUpdate: common.Envelope | undefined
}

/**
 * The config in a config block, fit for editing. @throws FabricError INVALID if the block holds no config, UNKNOWN_FIELDS
 * if a newer Fabric wrote something into it that an edit would drop.
 */
export function configFromBlock(block: common.Block): BlockConfig {
  const bytes = block.getData()?.getDataList_asU8()[0]
  if (!bytes) throw new FabricError('INVALID', 'The block is empty, so it is no config block')
  const payload = decode(common.Payload, decode(common.Envelope, bytes).getPayload_asU8())
  const header = decode(common.ChannelHeader, payload.getHeader()?.getChannelHeader_asU8() ?? new Uint8Array())
  if (header.getType() !== common.HeaderType.CONFIG) {
    throw new FabricError('INVALID', 'The block is no config block', { channel: header.getChannelId() })
  }
  const envelope = decodeLossless(payload.getData_asU8(), common.ConfigEnvelope)
  const config = envelope.getConfig()
  if (!config) throw new FabricError('INVALID', 'The config block holds no config', { channel: header.getChannelId() })
  return { channelId: header.getChannelId(), config, lastUpdate: envelope.getLastUpdate() }
}

/** A config from its encoding, fit for editing. @throws FabricError UNKNOWN_FIELDS, PROTOCOL. */
export function decodeConfig(bytes: Uint8Array): common.Config {
  return decodeLossless(bytes, common.Config)
}
