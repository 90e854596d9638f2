import { randomBytes } from 'node:crypto'
import { concatBytes, sha256, toHex } from './bytes.ts'

/** 24 random bytes, Fabric's nonce length (common/crypto `NonceSize`). */
export function newNonce(): Uint8Array {
  return new Uint8Array(randomBytes(24))
}

/** Hexadecimal SHA-256 of nonce and creator (a serialized identity): 64 lower-case digits. */
export function transactionId(nonce: Uint8Array, creator: Uint8Array): string {
  return toHex(sha256(concatBytes(nonce, creator)))
}
