import { decode, transactionId } from '@cello/fabric/codec'
import { common } from '@hyperledger/fabric-protos'

/** As much of an ordered envelope as can be read: orderers look into nothing that they order. */
export interface ReadEnvelope {
  readonly envelope?: common.Envelope
  readonly payload?: common.Payload
  readonly payloadBytes?: Uint8Array
  readonly header?: common.Header
  readonly channelHeader?: common.ChannelHeader
  readonly signatureHeader?: common.SignatureHeader
}

/** Never throws: what cannot be read is absent. */
export function readEnvelope(bytes: Uint8Array): ReadEnvelope {
  const read: { -readonly [part in keyof ReadEnvelope]: ReadEnvelope[part] } = {}
  try {
    read.envelope = decode(common.Envelope, bytes)
    read.payloadBytes = read.envelope.getPayload_asU8()
    read.payload = decode(common.Payload, read.payloadBytes)
    const header = read.payload.getHeader()
    if (!header) return read
    read.header = header
    read.channelHeader = decode(common.ChannelHeader, header.getChannelHeader_asU8())
    read.signatureHeader = decode(common.SignatureHeader, header.getSignatureHeader_asU8())
  } catch {
    // the rest stays absent
  }
  return read
}

/** The id by which a transaction is found: its own, else, as of config transactions, that of its nonce and creator. */
export function indexedId({ channelHeader, signatureHeader }: ReadEnvelope): string {
  const id = channelHeader?.getTxId() ?? ''
  if (id !== '' || !channelHeader || !signatureHeader) return id
  return transactionId(signatureHeader.getNonce_asU8(), signatureHeader.getCreator_asU8())
}
