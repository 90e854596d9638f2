import { decode } from '@cello/fabric/codec'
import { common } from '@hyperledger/fabric-protos'
import { type Identity, isSignedBy, type Memberships, readIdentity, sameIdentity } from '../msp/identity.ts'

/** A message with who claims to have signed it. */
export interface SignedData {
  readonly data: Uint8Array
  /** `msp.SerializedIdentity`. */
  readonly identity: Uint8Array
  readonly signature: Uint8Array
}

/** The signature on an envelope. @throws Error where its headers cannot be read */
export function envelopeSignature(envelope: common.Envelope): SignedData {
  const data = envelope.getPayload_asU8()
  const header = decode(common.Payload, data).getHeader()
  if (!header) throw new Error('Missing Header')
  const { creator } = readSignatureHeader(header.getSignatureHeader_asU8())
  return { data, identity: creator, signature: envelope.getSignature_asU8() }
}

/** The signatures on a config update: each covers its own header and the update. */
export function updateSignatures(envelope: common.ConfigUpdateEnvelope): SignedData[] {
  const update = envelope.getConfigUpdate_asU8()
  return envelope.getSignaturesList().map((signature) => {
    const header = signature.getSignatureHeader_asU8()
    return {
      data: Buffer.concat([header, update]),
      identity: readSignatureHeader(header).creator,
      signature: signature.getSignature_asU8(),
    }
  })
}

/** Those who signed validly, each once, in order. What cannot be read or verified is left out. */
export function signersOf(signatures: readonly SignedData[], memberships: Memberships): Identity[] {
  const signers: Identity[] = []
  for (const { data, identity, signature } of signatures) {
    const signer = tryRead(identity, memberships)
    if (!signer || signers.some((earlier) => sameIdentity(earlier, signer))) continue
    if (isSignedBy(signer, data, signature)) signers.push(signer)
  }
  return signers
}

function tryRead(identity: Uint8Array, memberships: Memberships): Identity | undefined {
  try {
    return readIdentity(identity, memberships)
  } catch {
    return undefined // it counts as nobody, as in Fabric
  }
}

function readSignatureHeader(bytes: Uint8Array): { readonly creator: Uint8Array } {
  return { creator: decode(common.SignatureHeader, bytes).getCreator_asU8() }
}
