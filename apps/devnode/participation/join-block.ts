import { blockDataHash, decode } from '@cello/fabric/codec'
import { common } from '@hyperledger/fabric-protos'
import type { ChannelConfig } from '../config/channel-config.ts'
import { readBlockParts } from '../ledger/block-parts.ts'
import { configOfBlock } from '../ordering/channels.ts'

/** The config in a block that a node may join by. @throws Error with Fabric's sentence */
export function checkJoinBlock(block: Uint8Array): ChannelConfig {
  if (!isConfigBlock(block)) throw new Error('block is not a config block')
  const { metadata, envelopes, dataHash } = readBlockParts(block)
  if (metadata.length === 0) throw new Error('invalid block: does not have metadata')
  if (Buffer.compare(blockDataHash(envelopes), dataHash) !== 0) {
    throw new Error('invalid block: Header.DataHash is different from Hash(block.Data)')
  }
  const config = configOfBlock(block)
  if (!config.hasApplication) throw new Error('invalid config: must contain application config')
  return config
}

/** The channel of a config update envelope that may be handed to the API. @throws Error with Fabric's sentence */
export function checkUpdateEnvelope(envelope: common.Envelope): string {
  const payload = read('bad payload', () => decode(common.Payload, envelope.getPayload_asU8()))
  const headerBytes = payload.getHeader()?.getChannelHeader_asU8()
  if (!headerBytes || headerBytes.length === 0) throw new Error('bad header')
  const header = read('could not unmarshall channel header', () => decode(common.ChannelHeader, headerBytes))
  if (header.getType() !== common.HeaderType.CONFIG_UPDATE) throw new Error('bad type')
  if (header.getChannelId() === '') throw new Error('empty channel id')
  const update = decode(common.ConfigUpdateEnvelope, payload.getData_asU8())
  return decode(common.ConfigUpdate, update.getConfigUpdate_asU8()).getChannelId()
}

function isConfigBlock(block: Uint8Array): boolean {
  try {
    const [envelope, ...more] = readBlockParts(block).envelopes
    if (!envelope || more.length > 0) return false
    const payload = decode(common.Payload, decode(common.Envelope, envelope).getPayload_asU8())
    const header = payload.getHeader()?.getChannelHeader_asU8() ?? new Uint8Array()
    return decode(common.ChannelHeader, header).getType() === common.HeaderType.CONFIG
  } catch {
    return false
  }
}

function read<T>(complaint: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw new Error(complaint, { cause: error })
  }
}
