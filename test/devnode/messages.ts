/** For tests only: envelopes as clients make them, and as they should not. */
import type { Signer } from '@cello/fabric'
import { channelHeader, newNonce, signedEnvelope } from '@cello/fabric/codec'
import { computeUpdate, configFromBlock, configUpdateEnvelope, signConfigUpdateByAll } from '@cello/fabric/config'
import { common, orderer } from '@hyperledger/fabric-protos'
import { channel } from './ordering.ts'

export interface MessageOptions {
  readonly channelId?: string
  /** A `common.HeaderType`. */
  readonly type?: number
}

/** A message that orderers take without looking into it. */
export function message(
  signer: Signer,
  data: Uint8Array | string,
  { channelId = channel, type = common.HeaderType.MESSAGE }: MessageOptions = {},
): Promise<common.Envelope> {
  return signedEnvelope({ header: channelHeader({ type, channelId }), data: Buffer.from(data), signer })
}

/** The same envelope with another signature. */
export function withSignature(envelope: common.Envelope, signature: Uint8Array): common.Envelope {
  const copy = envelope.cloneMessage()
  copy.setSignature(signature)
  return copy
}

export interface SeekOptions {
  readonly from?: number | 'oldest' | 'newest' | 'next'
  readonly to?: number | 'oldest' | 'newest'
  readonly failsIfMissing?: boolean
  readonly headersOnly?: boolean
  readonly channelId?: string
  readonly timestamp?: Date
}

/** A request for blocks. */
export function seek(signer: Signer, options: SeekOptions): Promise<common.Envelope> {
  const info = new orderer.SeekInfo()
  if (options.from !== undefined) info.setStart(position(options.from))
  if (options.to !== undefined) info.setStop(position(options.to))
  if (options.failsIfMissing) info.setBehavior(orderer.SeekInfo.SeekBehavior.FAIL_IF_NOT_READY)
  if (options.headersOnly) info.setContentType(orderer.SeekInfo.SeekContentType.HEADER_WITH_SIG)
  const header = channelHeader({
    type: common.HeaderType.DELIVER_SEEK_INFO,
    channelId: options.channelId ?? channel,
    ...(options.timestamp ? { timestamp: options.timestamp } : {}),
  })
  return signedEnvelope({ header, data: info.serializeBinary(), signer })
}

export interface UpdateOptions {
  readonly signers: readonly Signer[]
  readonly submitter: Signer
  readonly channelId?: string
  /** Changes the update before it is signed. */
  readonly bend?: (update: common.ConfigUpdate) => void
}

/** A signed config update from the config in `block` to `edit` of it. */
export async function update(
  block: common.Block,
  edit: (config: common.Config) => common.Config,
  { signers, submitter, channelId = channel, bend }: UpdateOptions,
): Promise<common.Envelope> {
  const { config } = configFromBlock(block)
  const message = computeUpdate(channelId, config, edit(config))
  bend?.(message)
  const bytes = message.serializeBinary()
  return configUpdateEnvelope({ update: bytes, signatures: await signConfigUpdateByAll(bytes, signers), submitter })
}

/** An envelope whose creator is one and whose signer is another. */
export async function forged(creator: Signer, signer: Signer, data: string): Promise<common.Envelope> {
  const mixed: Signer = { ...creator, sign: (bytes) => signer.sign(bytes) }
  return message(mixed, data)
}

/** Somebody whose certificate is no certificate. */
export function nobody(signer: Signer): Signer {
  return { ...signer, certificate: 'not a certificate', sign: (bytes) => signer.sign(bytes) }
}

/** The payload's bytes of an envelope without a header. */
export function headless(): common.Envelope {
  const payload = new common.Payload()
  payload.setData(newNonce())
  const envelope = new common.Envelope()
  envelope.setPayload(payload.serializeBinary())
  return envelope
}

function position(at: number | 'oldest' | 'newest' | 'next'): orderer.SeekPosition {
  const place = new orderer.SeekPosition()
  if (at === 'oldest') place.setOldest(new orderer.SeekOldest())
  else if (at === 'newest') place.setNewest(new orderer.SeekNewest())
  else if (at === 'next') place.setNextCommit(new orderer.SeekNextCommit())
  else {
    const specified = new orderer.SeekSpecified()
    specified.setNumber(at)
    place.setSpecified(specified)
  }
  return place
}
