/** For tests only: people whom the network knows, and some whom it should not. */
import type { Signer } from '@cello/fabric'
import { createOrganizationAuthorities, type EnrolmentOptions, enrol, signerOf } from '@cello/fabric/identity'
import type { Organization } from './network.ts'

const dayMs = 24 * 3_600_000

/** Another member of the organization. */
export function member(
  { mspId, authorities }: Organization,
  options: Partial<EnrolmentOptions> = {},
  issuing?: Parameters<typeof enrol>[2],
): Signer {
  const enrolment = { name: 'another', role: 'client', lifetimeDays: 10, ...options } as const
  return signerOf({ mspId, ...enrol(authorities.enrolment, enrolment, issuing) })
}

/** A member whose certificate ended two days ago. */
export function expired(organization: Organization): Signer {
  const now = () => Date.now() - 3 * dayMs
  return member(organization, { lifetimeDays: 1 }, { now, serialNumber: () => Uint8Array.of(1, 2, 3) })
}

/** Somebody with a certificate of an authority that nobody knows. */
export function stranger(mspId: string, role: 'client' | 'admin' | 'peer' = 'client'): Signer {
  const { enrolment } = createOrganizationAuthorities({ domain: 'elsewhere.com' })
  return signerOf({ mspId, ...enrol(enrolment, { name: 'stranger', role }) })
}

/** Says to be one, and signs as another. */
export const impostor = (said: Signer, signs: Signer): Signer => ({ ...said, sign: (bytes) => signs.sign(bytes) })
