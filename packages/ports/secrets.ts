import type { Secret } from '@cello/kit'

/** Seals and opens secret values; where the master key is, is the implementation's business. */
export interface Sealer {
  /** AES-256-GCM, fresh nonce; `context` is bound to the value and must be given again to open it. */
  seal(secret: Secret, context: string): Uint8Array
  /** @throws Error when the value was altered, sealed under another key, or for another context. */
  open(sealed: Uint8Array, context: string): Secret
}
