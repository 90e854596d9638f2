import { createPublicKey } from 'node:crypto'
import { FabricError } from '../errors.ts'
import type { Signer } from '../signer.ts'
import { normalizeCertificate, readCertificate } from './certificate.ts'
import type { Credential } from './enrolment.ts'
import { privateKeyOf, signMessage } from './keys.ts'

/**
 * A signer that holds its key in this process. Its certificate comes back normalized.
 * @throws INVALID when key or certificate cannot be read or do not belong together
 */
export function signerOf({ mspId, certificate, privateKey }: Credential & { readonly mspId: string }): Signer {
  const key = privateKeyOf(privateKey)
  const info = createPublicKey(key).export({ type: 'spki', format: 'der' })
  if (Buffer.compare(info, readCertificate(certificate).publicKeyInfo) !== 0) {
    throw new FabricError('INVALID', `the private key does not belong to the certificate of a member of ${mspId}`)
  }
  return {
    mspId,
    certificate: normalizeCertificate(certificate),
    sign: async (message) => signMessage(message, key),
  }
}

/**
 * What `@hyperledger/fabric-gateway` takes as `signer` together with `hash: hash.none`: it then hands over the whole
 * message, which node:crypto hashes and signs natively (0.05 ms; the client's own signer is pure JavaScript and costs
 * some 3 ms of CPU more for each transaction).
 */
export function gatewaySignerOf(signer: Signer): (message: Uint8Array) => Promise<Uint8Array> {
  return (message) => signer.sign(message)
}
