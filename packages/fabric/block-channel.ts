import { common } from '@hyperledger/fabric-protos'
import { decode } from './codec/decode.ts'
import { FabricError } from './errors.ts'

/** The channel of an encoded block, or of an encoded envelope alone, for messages; undefined where the bytes name none. */
export function channelNamedIn(bytes: Uint8Array, what: 'block' | 'envelope'): string | undefined {
  try {
    const envelope = what === 'envelope' ? bytes : decode(common.Block, bytes).getData()?.getDataList_asU8()[0]
    const payload = decode(common.Payload, decode(common.Envelope, envelope ?? new Uint8Array()).getPayload_asU8())
    const header = payload.getHeader()?.getChannelHeader_asU8() ?? new Uint8Array()
    return decode(common.ChannelHeader, header).getChannelId() || undefined
  } catch (error) {
    if (error instanceof FabricError) return undefined
    throw error
  }
}

/**
 * The channel that an encoded config update envelope is for: the update says it, its header may say another.
 * @returns undefined where the bytes are no such envelope
 */
export function channelUpdatedBy(envelope: Uint8Array): string | undefined {
  try {
    const payload = decode(common.Payload, decode(common.Envelope, envelope).getPayload_asU8())
    const update = decode(common.ConfigUpdateEnvelope, payload.getData_asU8()).getConfigUpdate_asU8()
    return decode(common.ConfigUpdate, update).getChannelId() || undefined
  } catch (error) {
    if (error instanceof FabricError) return undefined
    throw error
  }
}
