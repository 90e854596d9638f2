import { verify } from 'node:crypto'
import { decode } from '@cello/fabric/codec'
import { msp } from '@hyperledger/fabric-protos'
import { type Certificate, readCertificate, sameCertificate } from './certificate.ts'
import { hasLowS } from './low-s.ts'
import type { Membership } from './membership.ts'
import { isProven, prove } from './proven-signatures.ts'

/** Somebody who signed, of an organization that is known here; not yet found to be a valid member of it. */
export interface Identity {
  readonly certificate: Certificate
  readonly membership: Membership
}

/** Organizations by MSP id. */
export type Memberships = ReadonlyMap<string, Membership>

/** Identities that are kept read, of one config: the same few sign over and over. */
const mostKept = 1_000
const kept = new WeakMap<Memberships, Map<string, Identity>>()

/** Reads a serialized identity. @throws Error when it is none, or its organization is unknown */
export function readIdentity(serialized: Uint8Array, memberships: Memberships): Identity {
  const identities = kept.get(memberships) ?? new Map<string, Identity>()
  kept.set(memberships, identities)
  const key = keyOf(serialized)
  const known = identities.get(key)
  if (known) return known
  const identity = readAnew(serialized, memberships)
  if (identities.size >= mostKept) identities.clear()
  identities.set(key, identity)
  return identity
}

const keyOf = (serialized: Uint8Array): string =>
  Buffer.from(serialized.buffer, serialized.byteOffset, serialized.length).toString('latin1')

function readAnew(serialized: Uint8Array, memberships: Memberships): Identity {
  const message = decode(msp.SerializedIdentity, serialized)
  const membership = memberships.get(message.getMspid())
  if (!membership) throw new Error(`MSP ${message.getMspid()} is not defined on channel`)
  const pem = Buffer.from(message.getIdBytes_asU8())
  if (!pem.includes('-----BEGIN')) throw new Error('could not decode the PEM structure')
  return { certificate: readCertificate(pem), membership }
}

/** Whether the identity's key made this signature, in the form that Fabric accepts. */
export function isSignedBy({ certificate }: Identity, message: Uint8Array, signature: Uint8Array): boolean {
  const proof = { tbs: certificate.tbs, message, signature }
  if (isProven(proof)) return true
  const isGood = verifies(certificate, message, signature)
  if (isGood) prove(proof)
  return isGood
}

function verifies({ x509: { publicKey } }: Certificate, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    if (publicKey.asymmetricKeyType === 'ed25519') return verify(null, message, publicKey, signature)
    const curve = publicKey.asymmetricKeyDetails?.namedCurve ?? ''
    return hasLowS(signature, curve) && verify('sha256', message, publicKey, signature)
  } catch {
    return false // not even a signature
  }
}

/** Ends of certificates, by serialized identity. */
const expiries = new Map<string, number>()

/** When the certificate inside a serialized identity ends, in milliseconds; undefined if there is none to be read. */
export function expiryOf(serialized: Uint8Array): number | undefined {
  const key = keyOf(serialized)
  const known = expiries.get(key)
  if (known !== undefined) return known
  try {
    const message = decode(msp.SerializedIdentity, serialized)
    const { notAfter } = readCertificate(Buffer.from(message.getIdBytes_asU8()))
    // Rubbish of any length is not worth remembering.
    if (expiries.size >= mostKept) expiries.clear()
    expiries.set(key, notAfter)
    return notAfter
  } catch {
    return undefined
  }
}

export const sameIdentity = (a: Identity, b: Identity): boolean =>
  a.membership.mspId === b.membership.mspId && sameCertificate(a.certificate, b.certificate)
