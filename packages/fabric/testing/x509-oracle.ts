/** For tests only: another implementation of X.509, which must read what we write and whose output we must read. */
// oxlint-disable-next-line import/no-unassigned-import -- the library's injector wants the metadata API to be there first
import 'reflect-metadata'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'

export * from '@peculiar/x509'

/** P-256 is the one that we use; the others are to be refused. */
export type KeyKind = 'P-256' | 'P-384' | 'Ed25519' | 'RSA'

function newPair(kind: KeyKind): { publicKey: KeyObject; privateKey: KeyObject } {
  if (kind === 'Ed25519') return generateKeyPairSync('ed25519')
  if (kind === 'RSA') return generateKeyPairSync('rsa', { modulusLength: 2048 })
  return generateKeyPairSync('ec', { namedCurve: kind })
}

const algorithms = {
  'P-256': { name: 'ECDSA', namedCurve: 'P-256' },
  'P-384': { name: 'ECDSA', namedCurve: 'P-384' },
  Ed25519: { name: 'Ed25519' },
  RSA: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
} as const

/** A pair for the oracle's generators, with its public half as SubjectPublicKeyInfo. */
export function foreignKeys(kind: KeyKind) {
  const { publicKey, privateKey } = newPair(kind)
  const algorithm = algorithms[kind]
  return {
    publicKey: publicKey.toCryptoKey(algorithm, true, ['verify']),
    privateKey: privateKey.toCryptoKey(algorithm, true, ['sign']),
    signingAlgorithm: { ...algorithm, hash: 'SHA-256' },
    publicKeyInfo: new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })),
  }
}
