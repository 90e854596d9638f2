/**
 * Signatures that were found good, or made, a moment ago. A peer looks at some of them twice: at a proposal's for the proposal
 * and for the right to propose, at its own endorsement when the transaction comes back in a block.
 */
import { hash } from 'node:crypto'

export interface SignatureProof {
  /** The signed part of the certificate whose key made it: `Certificate.tbs`. */
  readonly tbs: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

/** About a second of a busy peer: a few hundred kilobytes. */
const mostKept = 1_000
const proven = new Map<string, Uint8Array>()

export const isProven = (proof: SignatureProof): boolean => {
  const tbs = proven.get(keyOf(proof))
  return tbs !== undefined && Buffer.compare(tbs, proof.tbs) === 0
}

/** The oldest are forgotten. */
export function prove(proof: SignatureProof): void {
  if (proven.size >= mostKept) proven.delete(proven.keys().next().value ?? '')
  proven.set(keyOf(proof), proof.tbs)
}

const keyOf = ({ message, signature }: SignatureProof): string =>
  `${hash('sha256', message, 'base64')}${Buffer.from(signature.buffer, signature.byteOffset, signature.length).toString('latin1')}`
