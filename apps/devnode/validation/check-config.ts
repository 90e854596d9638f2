import { decode } from '@cello/fabric/codec'
import { common } from '@hyperledger/fabric-protos'
import { type ChannelConfig, readChannelConfig } from '../config/channel-config.ts'
import { checkSuccession, configUpdateOf } from '../config/propose-update.ts'
import { applyUpdate } from '../config/update-rules.ts'

/**
 * The config that a config transaction brings into force: it must be what its own update makes of the current one.
 * @param data of the transaction's payload: an encoded `common.ConfigEnvelope`
 * @throws Error with Fabric's sentence: the orderers made a block that no peer can take
 */
export function nextConfig(current: ChannelConfig, data: Uint8Array): ChannelConfig {
  const envelope = decode(common.ConfigEnvelope, data)
  const config = envelope.getConfig()
  if (!config) throw new Error('config envelope has nil config')
  if (config.getSequence() !== current.sequence + 1) {
    throw new Error(
      `config currently at sequence ${current.sequence}, cannot validate config at sequence ${config.getSequence()}`,
    )
  }
  const update = configUpdateOf(envelope.getLastUpdate() ?? new common.Envelope())
  const made = applyUpdate(current, update).serializeBinary()
  if (Buffer.compare(made, config.getChannelGroup()?.serializeBinary() ?? new Uint8Array()) !== 0) {
    throw new Error('ConfigEnvelope LastUpdate did not produce the supplied config result')
  }
  const next = readChannelConfig(current.channel, config)
  checkSuccession(current, next)
  return next
}

/** Where a channel's config lies in the state: one key in a namespace that no contract has. */
export const configKey = { namespace: '', key: 'CHANNEL_CONFIG_ENV_BYTES' } as const
