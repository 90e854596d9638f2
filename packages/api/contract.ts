import { DeploymentSpec, OrganizationName } from '@cello/model'
import { z } from 'zod'
import { Operation } from './operation.ts'
import { PageQuery, pageOf } from './page.ts'
import { route } from './route.ts'
import { Transaction } from './transaction.ts'

/** A contract on a channel, as wanted and as seen. */
export const Contract = z.object({
  channel: z.string(),
  name: z.string(),
  state: z.enum(['pending', 'committed', 'upgrading', 'unknown']),
  spec: DeploymentSpec,
  /** Of the committed definition. */
  version: z.string().optional(),
  sequence: z.int().optional(),
  /** Organizations that have approved what is wanted. */
  approvals: z.array(z.string()),
  /** `Org1/name` of the nodes that run it. */
  nodes: z.array(z.string()),
  /** Package id by organization: what a service at `address` must answer as, its CHAINCODE_ID. */
  packageIds: z.record(z.string(), z.string()),
})
export type Contract = z.output<typeof Contract>

/** A call of a contract. `identity` is `admin` or the name of a held user; default: the administrator of the first member. */
export const Call = z.strictObject({
  function: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[\w:.-]+$/, 'use letters, digits and _ : . -'),
  args: z
    .array(z.string().max(512 * 1024))
    .max(100)
    .default([]),
  transient: z.record(z.string().min(1).max(100), z.string().max(512 * 1024)).optional(),
  /** The first call of a contract with `initRequired`; every other call waits for it. */
  init: z.boolean().optional(),
  organization: OrganizationName.optional(),
  identity: z
    .string()
    .regex(/^[A-Za-z0-9][\w.@-]{0,63}$/, 'give admin or the name of a held user')
    .default('admin'),
})
export type Call = z.output<typeof Call>

export const CallResult = z.object({
  /** What the contract answered: text, or base64 where the bytes are no UTF-8. */
  result: z.string(),
  encoding: z.enum(['utf8', 'base64']),
})
export type CallResult = z.output<typeof CallResult>

const deployErrors = [
  'NOT_FOUND',
  'NETWORK_DELETING',
  'CHANGE_REFUSED',
  'UNSUPPORTED',
  'PORTS_EXHAUSTED',
  'HOST_UNREACHABLE',
] as const
const callErrors = [
  'NOT_FOUND',
  'NETWORK_DELETING',
  'NETWORK_STOPPED',
  'NODE_UNREACHABLE',
  'NODE_NOT_READY',
  'NO_LEADER',
  'LEDGER_REFUSED',
  'LEDGER_BUSY',
  'LEDGER_PROTOCOL',
  'CONTRACT_ERROR',
] as const

export const contractRoutes = {
  list: route({
    method: 'GET',
    path: '/networks/{network}/channels/{channel}/contracts',
    summary: 'List the contracts of a channel',
    permission: 'networks:read',
    query: PageQuery,
    reply: pageOf(Contract),
    status: 200,
    errors: ['NOT_FOUND'],
    since: '0.1.0',
  }),
  get: route({
    method: 'GET',
    path: '/networks/{network}/channels/{channel}/contracts/{contract}',
    summary: 'Read one contract',
    permission: 'networks:read',
    reply: Contract,
    status: 200,
    errors: ['NOT_FOUND'],
    since: '0.1.0',
  }),
  deploy: route({
    method: 'POST',
    path: '/networks/{network}/channels/{channel}/contracts',
    summary: 'Deploy a contract on a channel',
    permission: 'networks:write',
    body: DeploymentSpec,
    reply: Operation,
    status: 202,
    errors: [...deployErrors, 'NAME_TAKEN'],
    since: '0.1.0',
  }),
  upgrade: route({
    method: 'PUT',
    path: '/networks/{network}/channels/{channel}/contracts/{contract}',
    summary: 'Upgrade a contract: give its whole deployment as it shall be',
    permission: 'networks:write',
    body: DeploymentSpec,
    reply: Operation,
    status: 202,
    errors: deployErrors,
    since: '0.1.0',
  }),
  invoke: route({
    method: 'POST',
    path: '/networks/{network}/channels/{channel}/contracts/{contract}/invoke',
    summary: 'Call a contract and commit what it writes; answered when it is committed',
    permission: 'transactions:write',
    body: Call,
    reply: Transaction,
    status: 200,
    errors: [...callErrors, 'COMMIT_FAILED'],
    since: '0.1.0',
  }),
  query: route({
    method: 'POST',
    path: '/networks/{network}/channels/{channel}/contracts/{contract}/query',
    summary: 'Call a contract at one peer; nothing is written',
    permission: 'transactions:read',
    body: Call,
    reply: CallResult,
    status: 200,
    writes: false,
    errors: callErrors,
    since: '0.1.0',
  }),
} as const
