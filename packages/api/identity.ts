import { OrganizationName } from '@cello/model'
import { z } from 'zod'
import { PageQuery, pageOf, Timestamp } from './page.ts'
import { route } from './route.ts'

/** An identity of a network. Its key is never answered. */
export const Identity = z.object({
  organization: z.string(),
  mspId: z.string(),
  /** `admin`, or the name of the user. */
  name: z.string(),
  /** `held`: Cello keeps the key, sealed. `own`: it never saw it. */
  custody: z.enum(['held', 'own']),
  /** PEM. */
  certificate: z.string(),
  /** PEM of the certificate that they are known by in TLS, where they asked for one. */
  tlsCertificate: z.string().optional(),
  /** PEM of the authorities of the organization: enough to write an MSP folder. */
  caCertificate: z.string(),
  tlsCaCertificate: z.string(),
  createdAt: Timestamp,
})
export type Identity = z.output<typeof Identity>

const CertificateRequest = z
  .string()
  .max(16_384)
  .regex(
    /^-----BEGIN (NEW )?CERTIFICATE REQUEST-----[A-Za-z0-9+/=\s]+-----END (NEW )?CERTIFICATE REQUEST-----\s*$/,
    'give a PKCS#10 request in PEM',
  )

export const NewIdentity = z.strictObject({
  organization: OrganizationName,
  name: z
    .string()
    .regex(/^[A-Za-z0-9][\w.@-]{0,63}$/, 'use 1–64 letters, digits and _ . @ -, starting with a letter or digit')
    .refine((name) => name !== 'admin', 'the administrator is there already'),
  role: z.enum(['client', 'admin']).default('client'),
  /** Fabric attributes, readable by contracts. */
  attributes: z
    .record(
      z
        .string()
        .regex(/^[\w.-]{1,100}$/)
        .refine((key) => key !== '__proto__'),
      z.string().max(1000),
    )
    .optional(),
  /** PKCS#10 PEM: then the key stays with whoever made it. */
  certificateRequest: CertificateRequest.optional(),
  /** PKCS#10 PEM of another key, to be known by in TLS: what an orderer's participation API asks for. For the role admin alone. */
  tlsCertificateRequest: CertificateRequest.optional(),
})
export type NewIdentity = z.output<typeof NewIdentity>

/** One certificate of a network and when it ends. */
export const Certificate = z.object({
  organization: z.string(),
  /** `ca`, `tls-ca`, `admin`, `user/alice`, `user-tls/alice`, `node/peer0`, `node-tls/peer0`. */
  use: z.string(),
  subject: z.string(),
  issuer: z.string(),
  serial: z.string(),
  notBefore: Timestamp,
  notAfter: Timestamp,
  /** Whole days left; below 0 when it has ended. */
  daysLeft: z.int(),
  state: z.enum(['valid', 'expiring', 'expired']),
  names: z.array(z.string()),
  role: z.string().optional(),
})
export type Certificate = z.output<typeof Certificate>

export const identityRoutes = {
  list: route({
    method: 'GET',
    path: '/networks/{network}/identities',
    summary: 'List the identities of a network',
    permission: 'identities:read',
    query: PageQuery,
    reply: pageOf(Identity),
    status: 200,
    errors: ['NOT_FOUND'],
    since: '0.1.0',
  }),
  create: route({
    method: 'POST',
    path: '/networks/{network}/identities',
    summary: 'Make a user whose key is held here, or certify one whose key is their own',
    permission: 'identities:write',
    body: NewIdentity,
    reply: Identity,
    status: 201,
    errors: ['NOT_FOUND', 'NAME_TAKEN', 'NETWORK_DELETING', 'NODE_NOT_READY', 'LEDGER_REFUSED', 'CHANGE_REFUSED'],
    since: '0.1.0',
  }),
  certificates: route({
    method: 'GET',
    path: '/networks/{network}/certificates',
    summary: 'List every certificate of a network, the next to end first',
    permission: 'identities:read',
    query: PageQuery,
    reply: pageOf(Certificate),
    status: 200,
    errors: ['NOT_FOUND'],
    since: '0.1.0',
  }),
} as const
