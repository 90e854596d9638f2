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

/** About a second of a busy peer; as many again of the generation before are kept: a few hundred kilobytes. */
const mostYoung = 500
let young = new Map<string, Uint8Array>()
let old: ReadonlyMap<string, Uint8Array> = new Map()

export function isProven(proof: SignatureProof): boolean {
  const key = keyOf(proof)
  const tbs = young.get(key) ?? old.get(key)
  return tbs !== undefined && Buffer.compare(tbs, proof.tbs) === 0
}

export function prove(proof: SignatureProof): void {
  if (young.size >= mostYoung) {
    old = young
    young = new Map()
  }
  young.set(keyOf(proof), proof.tbs)
}

function keyOf({ message, signature }: SignatureProof): string {
  const { buffer, byteOffset, length } = signature
  return hash('sha256', message, 'base64') + Buffer.from(buffer, byteOffset, length).toString('latin1')
}
