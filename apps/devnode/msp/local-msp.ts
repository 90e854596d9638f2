/** The orderer's own identity, from an MSP folder as Fabric lays it out. */
import { createPrivateKey, createPublicKey, type KeyObject, sign, X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { serializedIdentity } from '@cello/fabric/codec'
import { readCertificate } from './certificate.ts'
import { lowSForm } from './low-s.ts'
import { prove } from './proven-signatures.ts'

export interface LocalSigner {
  /** `msp.SerializedIdentity`, encoded. */
  readonly serialized: Uint8Array
  /** ECDSA over SHA-256, DER, low S; or Ed25519. */
  sign(message: Uint8Array): Uint8Array
}

/** @throws Error naming the file or folder that is missing, the key that does not fit, the certificate that has expired */
export function readLocalMsp(folder: string, mspId: string): LocalSigner {
  if (mspId === '') throw new Error('General.LocalMSPID is empty')
  const pem = onlyPem(join(folder, 'signcerts'))
  const certificate = new X509Certificate(pem)
  if (certificate.validToDate.getTime() < Date.now())
    throw new Error(`the certificate in ${folder}/signcerts has expired`)
  const key = keyFor(certificate, join(folder, 'keystore'))
  const curve = key.asymmetricKeyDetails?.namedCurve ?? ''
  const { tbs } = readCertificate(pem)
  return {
    serialized: serializedIdentity({ mspId, certificate: pem }),
    sign(message) {
      const isEd25519 = key.asymmetricKeyType === 'ed25519'
      const signature = isEd25519 ? sign(null, message, key) : lowSForm(sign('sha256', message, key), curve)
      prove({ tbs, message, signature })
      return signature
    },
  }
}

function onlyPem(folder: string): string {
  const [name] = filesOf(folder)
  if (name === undefined) throw new Error(`there is no certificate in ${folder}`)
  return readFileSync(join(folder, name), 'utf8')
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch (error) {
    throw new Error(`cannot read the MSP folder ${folder}`, { cause: error })
  }
}

/** Files in a keystore have any name: the key is the one that fits the certificate. */
function keyFor(certificate: X509Certificate, folder: string): KeyObject {
  for (const name of filesOf(folder)) {
    const key = createPrivateKey(readFileSync(join(folder, name)))
    if (createPublicKey(key).equals(certificate.publicKey)) return key
  }
  throw new Error(`no key in ${folder} fits the certificate in signcerts`)
}
