import { OrganizationName } from '@cello/model'
import { z } from 'zod'
import { route } from './route.ts'

export const Endpoint = z.object({
  /** `Org1/peer0`. */
  node: z.string(),
  organization: z.string(),
  /** `host:port` to dial. */
  address: z.string(),
  /** The name in its TLS certificate. */
  serverName: z.string(),
  /** `host:port` of an orderer's participation API, which `osnadmin` talks to. */
  adminAddress: z.string().optional(),
  /** PEM of the authority to trust. */
  tlsRoot: z.string(),
})
export type Endpoint = z.output<typeof Endpoint>

/** All that an application of one organization needs to dial a network. */
export const Connection = z.object({
  network: z.string(),
  organization: z.string(),
  mspId: z.string(),
  channels: z.array(z.string()),
  peers: z.array(Endpoint),
  orderers: z.array(Endpoint),
  /** Fabric's common connection profile. */
  profile: z.record(z.string(), z.unknown()),
  /** Variables for the official `peer` and `osnadmin` programs; `{dir}` stands for the folder that `files` were written to. */
  env: z.record(z.string(), z.string()),
  /** What the variables refer to, by path below `{dir}`. No key is among them. */
  files: z.record(z.string(), z.string()),
})
export type Connection = z.output<typeof Connection>

export const connectionRoutes = {
  get: route({
    method: 'GET',
    path: '/networks/{network}/connection',
    summary: 'Read how an application connects to a network',
    permission: 'networks:read',
    query: z.strictObject({
      /** Default: that of the peer; else the first that has peers. */
      organization: OrganizationName.optional(),
      /** `Organization/name`: the peer that the variables are for. Default: the first of the organization. */
      peer: z
        .string()
        .regex(/^[A-Za-z][A-Za-z0-9-]{0,29}\/[a-z][a-z0-9-]{0,199}$/, 'write it as Org1/peer0')
        .optional(),
    }),
    reply: Connection,
    status: 200,
    errors: ['NOT_FOUND', 'NODE_NOT_READY'],
    since: '0.1.0',
  }),
} as const
