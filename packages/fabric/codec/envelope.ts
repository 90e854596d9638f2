import { common, msp } from '@hyperledger/fabric-protos'
import timestampPb from 'google-protobuf/google/protobuf/timestamp_pb.js'
import { utf8 } from './bytes.ts'
import { newNonce } from './transaction-id.ts'

/** What an envelope needs of its signer; this package's `Signer` is one. */
export interface EnvelopeSigner {
  readonly mspId: string
  /** PEM. */
  readonly certificate: string
  /** ECDSA over SHA-256 of `message`, DER, low S. */
  sign(message: Uint8Array): Promise<Uint8Array>
}

/** How a creator is written on the wire: MSP id and certificate PEM as `msp.SerializedIdentity`. */
export function serializedIdentity(identity: { readonly mspId: string; readonly certificate: string }): Uint8Array {
  const message = new msp.SerializedIdentity()
  message.setMspid(identity.mspId)
  message.setIdBytes(utf8(identity.certificate))
  return message.serializeBinary()
}

export interface ChannelHeaderFields {
  /** A `common.HeaderType` number. */
  readonly type: number
  /** Empty for a message that concerns no channel. */
  readonly channelId: string
  readonly txId?: string
  readonly epoch?: number
  /** Version of the protocol of this message type; default 0. */
  readonly version?: number
  /** Default: now. Fabric refuses deliver requests further than 15 minutes from its own clock. */
  readonly timestamp?: Date
  readonly extension?: Uint8Array
  /** SHA-256 of the client's TLS certificate (DER), where the server checks TLS binding. */
  readonly tlsCertHash?: Uint8Array
}

/** A channel header with the given fields; those left out stay at their protobuf defaults, the time excepted. */
export function channelHeader(fields: ChannelHeaderFields): common.ChannelHeader {
  const header = new common.ChannelHeader()
  header.setType(fields.type)
  header.setVersion(fields.version ?? 0)
  header.setChannelId(fields.channelId)
  header.setTimestamp(timestamp(fields.timestamp ?? new Date()))
  header.setTxId(fields.txId ?? '')
  header.setEpoch(fields.epoch ?? 0)
  header.setExtension$(fields.extension ?? new Uint8Array())
  header.setTlsCertHash(fields.tlsCertHash ?? new Uint8Array())
  return header
}

/** `date` as a protobuf timestamp, to the millisecond. */
export function timestamp(date: Date): timestampPb.Timestamp {
  const message = new timestampPb.Timestamp()
  message.fromDate(date)
  return message
}

/** A signature header: creator is a serialized identity; both may be empty, as in a genesis block's. */
export function signatureHeader(creator: Uint8Array, nonce: Uint8Array): common.SignatureHeader {
  const header = new common.SignatureHeader()
  header.setCreator(creator)
  header.setNonce(nonce)
  return header
}

/** The payload of an envelope: both headers and the data, encoded. */
export function payloadBytes(
  channel: common.ChannelHeader,
  signature: common.SignatureHeader,
  data: Uint8Array,
): Uint8Array {
  const header = new common.Header()
  header.setChannelHeader(channel.serializeBinary())
  header.setSignatureHeader(signature.serializeBinary())
  const payload = new common.Payload()
  payload.setHeader(header)
  payload.setData(data)
  return payload.serializeBinary()
}

export interface SignedEnvelopeParts {
  readonly header: common.ChannelHeader
  /** The encoded message that the header's type announces. */
  readonly data: Uint8Array
  readonly signer: EnvelopeSigner
  /** Default: a new one. Give it when the header's transaction id was made from it. */
  readonly nonce?: Uint8Array
}

/** An envelope ready for broadcast or deliver: the payload, signed by `signer`. */
export async function signedEnvelope(parts: SignedEnvelopeParts): Promise<common.Envelope> {
  const signature = signatureHeader(serializedIdentity(parts.signer), parts.nonce ?? newNonce())
  const payload = payloadBytes(parts.header, signature, parts.data)
  const envelope = new common.Envelope()
  envelope.setPayload(payload)
  envelope.setSignature(await parts.signer.sign(payload))
  return envelope
}
