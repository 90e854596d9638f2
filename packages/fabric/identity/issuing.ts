import { randomBytes } from 'node:crypto'
import { FabricError } from '../errors.ts'

/** Time and chance, brought in from outside so that tests and replays decide them. */
export interface Issuing {
  /** Milliseconds since 1970, UTC. */
  now(): number
  /** Unique per authority: 1 to 20 bytes, read as a positive big-endian number. */
  serialNumber(): Uint8Array
}

/** The machine's clock and 126 random bits (cryptogen takes 128). */
export const systemIssuing: Issuing = {
  now: () => Date.now(),
  serialNumber: () => {
    const bytes = randomBytes(16)
    bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01 // never zero, never negative, always 16 bytes
    return bytes
  },
}

const dayMs = 24 * 3_600_000

/** Fabric CA's defaults: `ca.expiry` 131400h for authorities, `signing.default.expiry` 8760h for all else. */
export const defaultLifetimeDays = { authority: 15 * 365, leaf: 365 } as const

// Clocks of hosts differ; a certificate that is not valid yet is refused like an expired one. cryptogen takes 5 minutes too.
const backDatedMs = 5 * 60_000

export interface Validity {
  /** Milliseconds since 1970, both. */
  readonly notBefore: number
  readonly notAfter: number
}

/**
 * When a new certificate is valid: from 5 minutes ago, for its lifetime, never outside the time of its issuer. Fabric
 * verifies a chain as of one second after its leaf began (msp/mspimplvalidate.go, getValidityOptsForCert): a leaf that
 * is older than its authority is refused for good, and cryptogen's authorities begin up to 30 seconds less back-dated.
 * @throws INVALID when the lifetime is no positive number, or the issuer has expired
 */
export function validity(now: number, lifetimeDays: number, issuer?: Validity): Validity {
  if (!(lifetimeDays > 0) || lifetimeDays > 36_500) {
    throw new FabricError('INVALID', `a lifetime of ${lifetimeDays} days is not between 0 and 36,500`)
  }
  if (issuer && issuer.notAfter <= now) {
    throw new FabricError('INVALID', `the issuing authority expired on ${new Date(issuer.notAfter).toISOString()}`, {
      next: 'Renew the authority first.',
    })
  }
  const wanted = { notBefore: now - backDatedMs, notAfter: now + lifetimeDays * dayMs }
  if (!issuer) return wanted
  return {
    notBefore: Math.max(wanted.notBefore, issuer.notBefore),
    notAfter: Math.min(wanted.notAfter, issuer.notAfter),
  }
}
