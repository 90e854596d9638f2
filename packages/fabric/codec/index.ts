export type { BlockHeaderFields } from './block-hash.ts'
export {
  blockDataHash,
  blockHeaderBytes,
  blockHeaderHash,
} from './block-hash.ts'
export {
  concatBytes,
  equalBytes,
  fromHex,
  sha256,
  toHex,
  utf8,
} from './bytes.ts'
export {
  canonicalBytes,
  canonicalConfigGroup,
  canonicalForm,
} from './canonical.ts'
export { decode } from './decode.ts'
export type {
  ChannelHeaderFields,
  EnvelopeSigner,
  SignedEnvelopeParts,
} from './envelope.ts'
export {
  channelHeader,
  payloadBytes,
  serializedIdentity,
  signatureHeader,
  signedEnvelope,
  timestamp,
} from './envelope.ts'
export type { MessageClass } from './message-shape.ts'
export { classOf } from './message-shape.ts'
export type { PolicyRole } from './policy-text.ts'
export { formatPolicy, parsePolicy } from './policy-text.ts'
export { soundMethod, soundService } from './sound-methods.ts'
export { newNonce, transactionId } from './transaction-id.ts'
export { assertNoUnknownFields, decodeLossless } from './unknown-fields.ts'
export type { WireField } from './wire.ts'
export { varintValue, wireFields, wireType } from './wire.ts'
export { delimitedField, tagBytes, varintBytes } from './write-wire.ts'
