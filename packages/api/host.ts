import { z } from 'zod'
import { Operation } from './operation.ts'
import { PageQuery, pageOf, Timestamp } from './page.ts'
import { route } from './route.ts'

export const HostFacts = z.object({
  hostname: z.string(),
  os: z.string(),
  arch: z.string(),
  cpus: z.int(),
  memoryBytes: z.int(),
  diskFreeBytes: z.int(),
  diskTotalBytes: z.int(),
  /** Where nodes on it are dialled. */
  address: z.string(),
  ports: z.object({ from: z.int(), to: z.int() }),
})

/** A place that can run nodes. */
export const Host = z.object({
  id: z.string(),
  name: z.string(),
  driver: z.string(),
  state: z.enum(['ready', 'unreachable']),
  reason: z.string().optional(),
  fabricVersion: z.string().optional(),
  facts: HostFacts.optional(),
  portsAllotted: z.int(),
  createdAt: Timestamp,
})
export type Host = z.output<typeof Host>

/** One Hyperledger Fabric that a host can start nodes from. */
export const FabricRelease = z.object({
  version: z.string(),
  /** Where it was found: the configured folder, PATH, or our cache. */
  source: z.enum(['configured', 'path', 'cache']),
  /** The one that new networks get. */
  chosen: z.boolean(),
  programs: z.array(z.object({ name: z.string(), digest: z.string() })),
})
export type FabricRelease = z.output<typeof FabricRelease>

/** What looks like Hyperledger Fabric on a host and cannot be used there. */
export const UnsuitableFabric = z.object({
  /** Path of its `peer`. */
  program: z.string(),
  reason: z.string(),
})
export type UnsuitableFabric = z.output<typeof UnsuitableFabric>

const Version = z.string().regex(/^\d+\.\d+\.\d+$/, 'write a version such as 3.1.5')

/** Either a version to fetch, or a file that lies on the host. */
export const InstallFabric = z.strictObject({
  version: Version,
  /** An archive on the machine of the server, instead of a download. */
  file: z
    .string()
    .min(1)
    .max(4096)
    .regex(/^[^\0]*$/)
    .optional(),
  /** Another place to fetch the release from. */
  url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .optional(),
  /** What the archive must hash to; needed where none is known for it. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'give 64 lower-case hex digits')
    .optional(),
})
export type InstallFabric = z.output<typeof InstallFabric>

export const hostRoutes = {
  list: route({
    method: 'GET',
    path: '/hosts',
    summary: 'List hosts',
    permission: 'hosts:read',
    query: PageQuery,
    reply: pageOf(Host),
    status: 200,
    errors: [],
    since: '0.1.0',
  }),
  get: route({
    method: 'GET',
    path: '/hosts/{host}',
    summary: 'Read one host and what it has',
    permission: 'hosts:read',
    reply: Host,
    status: 200,
    errors: ['NOT_FOUND'],
    since: '0.1.0',
  }),
  listFabric: route({
    method: 'GET',
    path: '/hosts/{host}/fabric',
    summary: 'List the versions of Hyperledger Fabric found on a host',
    permission: 'hosts:read',
    query: PageQuery,
    reply: pageOf(FabricRelease).extend({ unsuitable: z.array(UnsuitableFabric) }),
    status: 200,
    errors: ['NOT_FOUND', 'HOST_UNREACHABLE'],
    since: '0.1.0',
  }),
  installFabric: route({
    method: 'POST',
    path: '/hosts/{host}/fabric/install',
    summary: 'Install Hyperledger Fabric on a host from its release or from a file',
    permission: 'hosts:write',
    body: InstallFabric,
    reply: Operation,
    status: 202,
    errors: [
      'NOT_FOUND',
      'FABRIC_DOWNLOAD_FAILED',
      'DIGEST_UNKNOWN',
      'ARCHIVE_UNREADABLE',
      'ARCHIVE_REFUSED',
      'FOLDER_NOT_WRITABLE',
      'UNSUPPORTED',
    ],
    since: '0.1.0',
  }),
  useFabric: route({
    method: 'POST',
    path: '/hosts/{host}/fabric/use',
    summary: 'Choose the version of Fabric that new networks on this host get',
    permission: 'hosts:write',
    body: z.strictObject({ version: Version }),
    reply: Operation,
    status: 202,
    errors: ['NOT_FOUND', 'FABRIC_NOT_FOUND', 'HOST_UNREACHABLE'],
    since: '0.1.0',
  }),
} as const
