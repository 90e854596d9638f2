import { channelHeader, newNonce, payloadBytes, signatureHeader } from '@cello/fabric/codec'
import { common, orderer } from '@hyperledger/fabric-protos'
import type { LocalSigner } from '../msp/local-msp.ts'

export interface SeekRequest {
  readonly channel: string
  /** Number of the first block. */
  readonly from: number
  readonly signer: LocalSigner
  /** SHA-256 of the TLS certificate that the client shows: orderers with mutual TLS ask that requests name it. */
  readonly tlsCertHash?: Uint8Array
}

/** Asks for all blocks from one on, for ever. */
export function seekEnvelope({ channel, from, signer, tlsCertHash }: SeekRequest): common.Envelope {
  const seek = new orderer.SeekInfo()
  seek.setStart(specified(from))
  seek.setStop(specified(Number.MAX_SAFE_INTEGER))
  seek.setBehavior(orderer.SeekInfo.SeekBehavior.BLOCK_UNTIL_READY)
  const header = channelHeader({
    type: common.HeaderType.DELIVER_SEEK_INFO,
    channelId: channel,
    ...(tlsCertHash ? { tlsCertHash } : {}),
  })
  const payload = payloadBytes(header, signatureHeader(signer.serialized, newNonce()), seek.serializeBinary())
  const envelope = new common.Envelope()
  envelope.setPayload(payload)
  envelope.setSignature(signer.sign(payload))
  return envelope
}

function specified(number: number): orderer.SeekPosition {
  const place = new orderer.SeekSpecified()
  place.setNumber(number)
  const position = new orderer.SeekPosition()
  position.setSpecified(place)
  return position
}
