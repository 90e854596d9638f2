import { common } from '@hyperledger/fabric-protos'
import {
  channelHeader,
  concatBytes,
  decodeLossless,
  newNonce,
  serializedIdentity,
  signatureHeader,
  signedEnvelope,
} from '../codec/index.ts'
import { FabricError } from '../errors.ts'
import type { Signer } from '../signer.ts'

/**
 * One organization's signature over an encoded `ConfigUpdate`. All signers must sign the same bytes: encode once (map
 * order makes two encodings differ) and pass those bytes around.
 */
export async function signConfigUpdate(update: Uint8Array, signer: Signer): Promise<common.ConfigSignature> {
  const header = signatureHeader(serializedIdentity(signer), newNonce()).serializeBinary()
  const signature = new common.ConfigSignature()
  signature.setSignatureHeader(header)
  signature.setSignature(await signer.sign(concatBytes(header, update)))
  return signature
}

/** Every signer's signature over the same update, in the signers' order. */
export function signConfigUpdateByAll(
  update: Uint8Array,
  signers: readonly Signer[],
): Promise<common.ConfigSignature[]> {
  return Promise.all(signers.map((signer) => signConfigUpdate(update, signer)))
}

export interface ConfigUpdateEnvelopeParts {
  /** The encoded `ConfigUpdate` that was signed. */
  readonly update: Uint8Array
  readonly signatures: readonly common.ConfigSignature[]
  /** Who broadcasts it; needs to satisfy the channel's Writers policy, and its signature on the envelope counts for nothing else. */
  readonly submitter: Signer
  readonly timestamp?: Date
}

/** The CONFIG_UPDATE envelope to broadcast to an orderer. @throws FabricError UNKNOWN_FIELDS, INVALID. */
export async function configUpdateEnvelope(parts: ConfigUpdateEnvelopeParts): Promise<common.Envelope> {
  const channelId = decodeLossless(parts.update, common.ConfigUpdate).getChannelId()
  if (channelId === '') throw new FabricError('INVALID', 'The config update names no channel')
  const message = new common.ConfigUpdateEnvelope()
  message.setConfigUpdate(parts.update)
  message.setSignaturesList([...parts.signatures])
  const header = channelHeader({
    type: common.HeaderType.CONFIG_UPDATE,
    channelId,
    ...(parts.timestamp ? { timestamp: parts.timestamp } : {}),
  })
  return signedEnvelope({ header, data: message.serializeBinary(), signer: parts.submitter })
}
