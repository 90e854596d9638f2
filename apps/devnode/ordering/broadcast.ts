import { decode } from '@cello/fabric/codec'
import { common, orderer } from '@hyperledger/fabric-protos'
import type { Channels } from './channels.ts'
import { Refusal, refusalOf, type StatusCode } from './refusal.ts'

export interface BroadcastOutcome {
  readonly status: StatusCode
  readonly info: string
  /** For metrics; `unknown` where the envelope does not tell. */
  readonly channel: string
  readonly type: string
}

const { HeaderType, Status } = common

/** Takes one envelope in, or says why not. Never throws. */
export async function broadcast(channels: Channels, envelope: common.Envelope): Promise<BroadcastOutcome> {
  let place = { channel: 'unknown', type: 'unknown' }
  try {
    const header = channelHeaderOf(envelope)
    place = { channel: header.getChannelId(), type: typeName(header.getType()) }
    await handOver(channels, header, envelope)
    return { status: Status.SUCCESS, info: '', ...place }
  } catch (error) {
    const { status, message } = refusalOf(error)
    return { status, info: message, ...place }
  }
}

/** The answer on the wire. */
export function broadcastResponse({ status, info }: BroadcastOutcome): orderer.BroadcastResponse {
  const response = new orderer.BroadcastResponse()
  response.setStatus(status)
  response.setInfo(info)
  return response
}

async function handOver(channels: Channels, header: common.ChannelHeader, envelope: common.Envelope): Promise<void> {
  const channel = channels.get(header.getChannelId())
  // Fabric has a status NOT_FOUND, and answers BAD_REQUEST here.
  if (!channel) throw new Refusal(Status.BAD_REQUEST, 'channel does not exist')
  const type: number = header.getType()
  if (type === HeaderType.CONFIG_UPDATE) return channel.configure(envelope)
  if (type === HeaderType.CONFIG) {
    throw new Refusal(Status.BAD_REQUEST, 'message is of type that cannot be processed directly')
  }
  if (type === HeaderType.ORDERER_TRANSACTION) {
    throw new Refusal(Status.BAD_REQUEST, 'message is of type that is no longer supported')
  }
  return channel.order(envelope)
}

function channelHeaderOf(envelope: common.Envelope): common.ChannelHeader {
  try {
    const payload = decode(common.Payload, envelope.getPayload_asU8())
    const header = payload.getHeader()
    if (!header) throw new Error('header not set')
    if (header.getChannelHeader_asU8().length === 0) throw new Error('channel header not set')
    return decode(common.ChannelHeader, header.getChannelHeader_asU8())
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Refusal(Status.BAD_REQUEST, `could not determine channel ID: ${reason}`, { cause: error })
  }
}

function typeName(type: number): string {
  return Object.entries(HeaderType).find(([, number]) => number === type)?.[0] ?? String(type)
}
