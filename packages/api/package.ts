import { ContractVersion } from '@cello/model'
import { z } from 'zod'
import { PageQuery, pageOf, Timestamp } from './page.ts'
import { route } from './route.ts'

/** An uploaded contract, built. */
export const Package = z.object({
  digest: z.string(),
  name: z.string(),
  version: z.string(),
  language: z.enum(['node']),
  bytes: z.int(),
  createdAt: Timestamp,
})
export type Package = z.output<typeof Package>

export const packageRoutes = {
  list: route({
    method: 'GET',
    path: '/packages',
    summary: 'List uploaded contracts',
    permission: 'packages:read',
    query: PageQuery,
    reply: pageOf(Package),
    status: 200,
    errors: [],
    since: '0.1.0',
  }),
  get: route({
    method: 'GET',
    path: '/packages/{digest}',
    summary: 'Read one uploaded contract',
    permission: 'packages:read',
    reply: Package,
    status: 200,
    errors: ['NOT_FOUND'],
    since: '0.1.0',
  }),
  upload: route({
    method: 'POST',
    path: '/packages',
    summary: 'Upload the folder of a contract as tar.gz; it is compiled here where it is not built yet',
    permission: 'packages:write',
    query: z.strictObject({
      /** Default: what package.json says. */
      name: z
        .string()
        .regex(/^[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*$/)
        .max(60)
        .optional(),
      version: ContractVersion.optional(),
    }),
    upload: 'application/gzip',
    reply: Package,
    status: 201,
    errors: ['PACKAGE_INVALID', 'BUILD_FAILED', 'BUILD_NEEDS_NETWORK', 'ARCHIVE_REFUSED'],
    since: '0.1.0',
  }),
} as const
