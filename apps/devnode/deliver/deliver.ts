/** Blocks for whoever may read them: from a place on, to a place or for ever. */
import { decode } from '@cello/fabric/codec'
import { common, orderer } from '@hyperledger/fabric-protos'
import type { BlockStore } from '../ledger/block-store.ts'
import { expiryOf } from '../msp/identity.ts'
import type { StatusCode } from '../ordering/refusal.ts'
import { envelopeSignature, type SignedData } from '../policies/signed-data.ts'

const { Status } = common
const { SeekInfo } = orderer

/** A channel as far as delivering goes: an orderer's or a peer's. */
export interface Chain {
  readonly config: { readonly sequence: number }
  readonly height: number
  readonly store: Pick<BlockStore, 'read'>
  readonly isReady: boolean
  changed(signal: AbortSignal): Promise<void>
}

export interface DeliverContext<C extends Chain> {
  readonly channels: { get(name: string): C | undefined }
  /** Whether this signer may read the channel now. @throws Error when not */
  readonly check: (channel: C, signed: SignedData) => void
  /** Milliseconds that a request's own time may be off ours. */
  readonly timeWindowMs: number
  readonly ignoreExpiry: boolean
  /** Where clients must show a certificate: its SHA-256, which the request must repeat; else undefined. */
  readonly tlsBinding?: { readonly clientHash: Uint8Array | undefined }
  readonly signal: AbortSignal
  /** Sends an encoded block; resolves when the next may follow. */
  readonly send: (block: Uint8Array, channel: C, signed: SignedData) => Promise<void>
}

/** Serves one request to its end. @returns the status that ends it */
export async function deliver<C extends Chain>(
  context: DeliverContext<C>,
  envelope: common.Envelope,
): Promise<StatusCode> {
  const request = readRequest(context, envelope)
  if (!request) return Status.BAD_REQUEST
  const channel = context.channels.get(request.channel)
  if (!channel) return Status.NOT_FOUND
  let seek: orderer.SeekInfo
  try {
    seek = decode(SeekInfo, request.data)
  } catch {
    return Status.BAD_REQUEST
  }
  const needsLeader = seek.getErrorResponse() === SeekInfo.SeekErrorResponse.STRICT
  if (needsLeader && !channel.isReady) return Status.SERVICE_UNAVAILABLE
  const access = accessOf(channel, request.signed, context)
  if (!access()) return Status.FORBIDDEN
  const range = rangeOf(channel, seek)
  if (typeof range === 'number') return range
  return sendRange({ context, channel, seek, access, needsLeader, signed: request.signed }, range)
}

interface Request {
  readonly channel: string
  readonly data: Uint8Array
  readonly signed: SignedData
}

type Limits = Pick<DeliverContext<Chain>, 'timeWindowMs' | 'tlsBinding'>

function readRequest(context: Limits, envelope: common.Envelope): Request | undefined {
  try {
    const payload = decode(common.Payload, envelope.getPayload_asU8())
    const bytes = payload.getHeader()?.getChannelHeader_asU8()
    if (!bytes) return undefined
    const header = decode(common.ChannelHeader, bytes)
    const time = header.getTimestamp()
    if (!time || Math.abs(time.getSeconds() * 1_000 - Date.now()) > context.timeWindowMs) return undefined
    if (context.tlsBinding && !isBound(header, context.tlsBinding.clientHash)) return undefined
    return { channel: header.getChannelId(), data: payload.getData_asU8(), signed: envelopeSignature(envelope) }
  } catch {
    return undefined // not a request at all
  }
}

function isBound(header: common.ChannelHeader, clientHash: Uint8Array | undefined): boolean {
  const claimed = header.getTlsCertHash_asU8()
  return claimed.length > 0 && clientHash !== undefined && Buffer.compare(claimed, clientHash) === 0
}

/** Asked before each block: the policy is looked at again when the config has moved, the certificate's end each time. */
function accessOf<C extends Chain>(channel: C, signed: SignedData, context: DeliverContext<C>): () => boolean {
  const end = context.ignoreExpiry ? Infinity : (expiryOf(signed.identity) ?? Infinity)
  let checkedAt = -1
  return () => {
    if (Date.now() > end) return false
    const { sequence } = channel.config
    if (sequence === checkedAt) return true
    try {
      context.check(channel, signed)
    } catch {
      return false
    }
    checkedAt = sequence
    return true
  }
}

interface Range {
  readonly first: number
  /** Undefined: for ever. */
  readonly last: number | undefined
}

function rangeOf(channel: Chain, seek: orderer.SeekInfo): Range | StatusCode {
  const [start, stop] = [seek.getStart(), seek.getStop()]
  if (!start || !stop) return Status.BAD_REQUEST
  const first = placeOf(channel, start)
  if (first === undefined || first > channel.height) return Status.NOT_FOUND
  const last = lastOf(channel, start, stop, first)
  if (last === undefined || last >= first) return { first, last }
  // As in Fabric: who begins after the newest block has no end.
  return stop.hasSpecified() ? Status.BAD_REQUEST : { first, last: undefined }
}

function lastOf(
  channel: Chain,
  start: orderer.SeekPosition,
  stop: orderer.SeekPosition,
  first: number,
): number | undefined {
  if (stop.hasOldest()) return first
  if (stop.hasNewest()) return start.hasNewest() ? first : channel.height - 1
  return stop.getSpecified()?.getNumber()
}

function placeOf(channel: Chain, position: orderer.SeekPosition): number | undefined {
  if (position.hasOldest()) return 0
  if (position.hasNewest()) return channel.height - 1
  if (position.hasNextCommit()) return channel.height
  return position.getSpecified()?.getNumber()
}

interface Sending<C extends Chain> {
  readonly context: DeliverContext<C>
  readonly channel: C
  readonly seek: orderer.SeekInfo
  readonly signed: SignedData
  readonly access: () => boolean
  readonly needsLeader: boolean
}

async function sendRange<C extends Chain>(sending: Sending<C>, range: Range): Promise<StatusCode> {
  const { context, channel, seek, signed } = sending
  const headersOnly = seek.getContentType() === SeekInfo.SeekContentType.HEADER_WITH_SIG
  for (let number = range.first; range.last === undefined || number <= range.last; number++) {
    const obstacle = await obstacleTo(number, sending)
    if (obstacle !== undefined) return obstacle
    const block = await channel.store.read(number)
    await context.send(headersOnly ? withoutData(block) : block, channel, signed)
  }
  return Status.SUCCESS
}

/** Waits until the block is there. @returns why it cannot be sent, if so */
async function obstacleTo<C extends Chain>(number: number, sending: Sending<C>): Promise<StatusCode | undefined> {
  const { context, channel, seek, access, needsLeader } = sending
  const { signal } = context
  const fails = seek.getBehavior() === SeekInfo.SeekBehavior.FAIL_IF_NOT_READY
  if (fails && number >= channel.height) return Status.NOT_FOUND
  while (number >= channel.height && !signal.aborted && channel.isReady) await channel.changed(signal)
  if (signal.aborted) return Status.INTERNAL_SERVER_ERROR
  if (isStuck(number, channel, needsLeader)) return Status.SERVICE_UNAVAILABLE
  return access() ? undefined : Status.FORBIDDEN
}

const isStuck = (number: number, channel: Chain, needsLeader: boolean): boolean =>
  !channel.isReady && (needsLeader || number >= channel.height)

/** Header and metadata alone; a config block stays whole, since who follows a chain needs it. */
function withoutData(bytes: Uint8Array): Uint8Array {
  const block = decode(common.Block, bytes)
  const [envelope] = block.getData()?.getDataList_asU8() ?? []
  if (envelope && isConfig(envelope)) return bytes
  block.clearData()
  return block.serializeBinary()
}

function isConfig(envelope: Uint8Array): boolean {
  try {
    const payload = decode(common.Payload, decode(common.Envelope, envelope).getPayload_asU8())
    const header = payload.getHeader()?.getChannelHeader_asU8() ?? new Uint8Array()
    return decode(common.ChannelHeader, header).getType() === common.HeaderType.CONFIG
  } catch {
    return false // orderers do not look into what they order
  }
}
