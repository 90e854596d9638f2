/** What `cscc` checks of a block before a channel is joined by it (core/scc/cscc, common/channelconfig/util.go). */
import { decode } from '@cello/fabric/codec'
import { common } from '@hyperledger/fabric-protos'
import { capabilitiesOf } from '../config/orderer-values.ts'
import { messageOf } from './answers.ts'

/** Capabilities that Fabric 3.1's peers know. */
const known = {
  Channel: new Set(['V1_1', 'V1_3', 'V1_4_2', 'V1_4_3', 'V2_0', 'V3_0']),
  Application: new Set(['V1_1', 'V1_2', 'V1_3', 'V1_4_2', 'V2_0', 'V2_5', 'V1_1_PVTDATA_EXPERIMENTAL']),
}

/** @throws Error with Fabric's sentence */
export function readJoinBlock(bytes: Uint8Array): { readonly channel: string } {
  const block = reconstruct(bytes)
  const channel = channelOf(block)
  try {
    checkConfig(block)
  } catch (error) {
    throw new Error(
      `"JoinChain" for channelID = ${channel} failed because of validation of configuration block, because of ${messageOf(error)}`,
      { cause: error },
    )
  }
  return { channel }
}

function reconstruct(bytes: Uint8Array): common.Block {
  try {
    return decode(common.Block, bytes)
  } catch (error) {
    const reason = 'error unmarshalling Block: proto: cannot parse invalid wire-format data'
    throw new Error(`Failed to reconstruct the genesis block, ${reason}`, { cause: error })
  }
}

function channelOf(block: common.Block): string {
  const refuse = (reason: string, cause?: unknown) =>
    new Error(`"JoinChain" request failed to extract channel id from the block due to [${reason}]`, { cause })
  const [envelope] = block.getData()?.getDataList_asU8() ?? []
  if (!envelope) throw refuse('failed to retrieve channel id - block is empty')
  try {
    const payload = decode(common.Payload, decode(common.Envelope, envelope).getPayload_asU8())
    const header = payload.getHeader()
    if (!header) throw new Error('failed to retrieve channel id - payload header is empty')
    return decode(common.ChannelHeader, header.getChannelHeader_asU8()).getChannelId()
  } catch (error) {
    throw refuse(messageOf(error), error)
  }
}

function checkConfig(block: common.Block): void {
  const group = configOf(block).getChannelGroup()
  if (!group) throw new Error('Nil channel group')
  if (group.getGroupsMap().getLength() === 0) throw new Error('No channel configuration groups are available')
  const application = group.getGroupsMap().get('Application')
  if (!application) throw new Error('Invalid configuration block, missing Application configuration group')
  checkCapabilities('Channel', group)
  checkCapabilities('Application', application)
}

function configOf(block: common.Block): common.Config {
  const [envelope = new Uint8Array()] = block.getData()?.getDataList_asU8() ?? []
  const payload = decode(common.Payload, decode(common.Envelope, envelope).getPayload_asU8())
  const header = payload.getHeader()?.getChannelHeader_asU8() ?? new Uint8Array()
  const type = decode(common.ChannelHeader, header).getType()
  if (type !== common.HeaderType.CONFIG) {
    throw new Error(`Bad configuration envelope: invalid type ${typeName(type)}, expected CONFIG`)
  }
  const config = decode(common.ConfigEnvelope, payload.getData_asU8()).getConfig()
  if (!config) throw new Error('Nil config envelope Config')
  return config
}

function checkCapabilities(section: keyof typeof known, group: common.ConfigGroup): void {
  const missing = capabilitiesOf(group).find((name) => !known[section].has(name))
  if (missing === undefined) return
  throw new Error(`Failed capabilities check: [${section} capability ${missing} is required but not supported]`)
}

function typeName(type: number): string {
  const found = Object.entries(common.HeaderType).find(([, value]) => value === type)
  return found ? found[0] : String(type)
}
