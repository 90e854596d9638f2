import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { FabricError } from '../errors.ts'
import { lowerS } from './low-s.ts'

/** A new P-256 private key, PKCS#8 PEM as Fabric's keystore wants it. The caller seals it. */
export function newPrivateKey(): string {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'der' },
  }).privateKey
}

function assertP256(key: KeyObject): KeyObject {
  const curve = key.asymmetricKeyDetails?.namedCurve
  if (key.asymmetricKeyType === 'ec' && curve === 'prime256v1') return key
  throw new FabricError('INVALID', `the key is ${curve ?? key.asymmetricKeyType ?? 'unknown'}`, {
    next: 'Use an ECDSA key on the curve P-256.',
  })
}

/** @throws INVALID when the text is no private key in PEM, or not on P-256. The message never holds the text. */
export function privateKeyOf(pem: string): KeyObject {
  return assertP256(parse('private', () => createPrivateKey(pem)))
}

/** The public half of a private key in PEM, as SubjectPublicKeyInfo (DER, 91 bytes). */
export function publicKeyInfoOf(privateKeyPem: string): Uint8Array {
  return createPublicKey(privateKeyOf(privateKeyPem)).export({ type: 'spki', format: 'der' })
}

/** Bytes of a P-256 key as SubjectPublicKeyInfo with its point written out. */
const wholePointInfo = 91

/** @param info SubjectPublicKeyInfo, DER. @throws INVALID when it is no point on P-256, or a compressed one. */
export function publicKeyOf(info: Uint8Array): KeyObject {
  const key = assertP256(verifyingKeyOf(info))
  if (info.length === wholePointInfo) return key
  // Go's crypto/x509 reads no certificate with a compressed point, so no node of Fabric would.
  throw new FabricError('INVALID', 'the public key is not written as an uncompressed point', {
    next: 'Make the request with the key in its uncompressed form, which is the default of all tools.',
  })
}

/** A key of any type, to verify with: authorities made elsewhere may have others than members. @throws INVALID */
export function verifyingKeyOf(info: Uint8Array): KeyObject {
  return parse('public', () => createPublicKey({ key: Buffer.from(info), format: 'der', type: 'spki' }))
}

function parse(half: string, read: () => KeyObject): KeyObject {
  try {
    return read()
  } catch (cause) {
    throw new FabricError('INVALID', `this is no ${half} key that can be read`, {}, { cause })
  }
}

/**
 * Subject key identifier: SHA-256 of the uncompressed point, 32 bytes. It is the name that Fabric's crypto provider gives
 * the key (bccsp/sw, SKI()).
 */
export function keyIdentifier(info: Uint8Array): Uint8Array {
  const point = info.subarray(info.length - 65)
  return createHash('sha256').update(point).digest()
}

/** ECDSA over SHA-256 of the message, DER, low S. About 0.05 ms, so it is done on the caller's thread. */
export function signMessage(message: Uint8Array, key: KeyObject): Uint8Array {
  return lowerS(sign('sha256', message, key))
}
