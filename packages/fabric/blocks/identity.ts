import { X509Certificate } from 'node:crypto'
import { msp } from '@hyperledger/fabric-protos'
import { decode } from '../codec/decode.ts'

/** Who signed, as far as the identity itself says. */
export interface IdentityRecord {
  readonly mspId: string
  /** Distinguished name, e.g. `CN=peer0.org1.test,OU=peer`; absent where the identity is no X.509 certificate. */
  readonly subject?: string
  /** Hexadecimal, as the certificate's inventory has it. */
  readonly serialNumber?: string
  /** SHA-256 of the certificate (DER), lower-case hexadecimal. */
  readonly fingerprint?: string
}

/** A serialized identity in words; what it holds besides X.509 stays unnamed. */
export function describeIdentity(creator: Uint8Array): IdentityRecord {
  const identity = decode(msp.SerializedIdentity, creator)
  const mspId = identity.getMspid()
  try {
    const certificate = new X509Certificate(identity.getIdBytes_asU8())
    return {
      mspId,
      subject: certificate.subject.split('\n').reverse().join(','),
      serialNumber: certificate.serialNumber.toLowerCase(),
      fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    }
  } catch {
    return { mspId }
  }
}
