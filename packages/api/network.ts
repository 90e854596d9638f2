import { NetworkSpec, operationKinds, operationStates, RuntimeKind } from '@cello/model'
import { z } from 'zod'
import { Operation, PlanPreview } from './operation.ts'
import { PageQuery, pageOf, Timestamp } from './page.ts'
import { route } from './route.ts'

/** What a network is doing, derived from what is wanted and what was seen. */
export const networkStates = [
  'creating',
  'starting',
  'changing',
  'running',
  'degraded',
  'stopping',
  'stopped',
  'deleting',
  'failed',
  'unknown',
] as const
export const NetworkState = z.enum(networkStates)
export type NetworkState = z.output<typeof NetworkState>

/** A network in a list. */
export const NetworkSummary = z.object({
  id: z.string(),
  name: z.string(),
  state: NetworkState,
  /** Why it is in this state, in words, where that is not plain. */
  reason: z.string().optional(),
  runtime: z.object({ kind: RuntimeKind, version: z.string() }),
  host: z.string(),
  power: z.enum(['running', 'stopped']),
  deleting: z.boolean(),
  generation: z.int(),
  observedGeneration: z.int(),
  organizations: z.int(),
  nodes: z.object({ wanted: z.int(), running: z.int() }),
  channels: z.array(z.object({ name: z.string(), height: z.int().optional() })),
  /** The newest operation that goes on, waits or has failed. */
  operation: z.object({ id: z.string(), kind: z.enum(operationKinds), state: z.enum(operationStates) }).optional(),
  /** When it was last looked at. */
  observedAt: Timestamp.optional(),
  createdAt: Timestamp,
})
export type NetworkSummary = z.output<typeof NetworkSummary>

/** A network with its document. */
export const Network = NetworkSummary.extend({ spec: NetworkSpec })
export type Network = z.output<typeof Network>

export const Organization = z.object({
  name: z.string(),
  mspId: z.string(),
  domain: z.string(),
  custody: z.enum(['ours', 'theirs']),
  orderers: z.array(z.string()),
  peers: z.array(z.string()),
  /** Channels that its orderers order or its peers are members of. */
  channels: z.array(z.string()),
  /** PEM, once they are made. */
  caCertificate: z.string().optional(),
  tlsCaCertificate: z.string().optional(),
})
export type Organization = z.output<typeof Organization>

const createErrors = [
  'NAME_TAKEN',
  'NOT_FOUND',
  'UNSUPPORTED',
  'LEDGER_REFUSED',
  'FABRIC_NOT_FOUND',
  'PROGRAM_UNSUITABLE',
  'DISK_FULL',
  'PORTS_EXHAUSTED',
  'HOST_UNREACHABLE',
] as const
const powerErrors = ['NOT_FOUND', 'NETWORK_DELETING'] as const

export const networkRoutes = {
  list: route({
    method: 'GET',
    path: '/networks',
    summary: 'List networks',
    permission: 'networks:read',
    query: PageQuery,
    reply: pageOf(NetworkSummary),
    status: 200,
    errors: [],
    since: '0.1.0',
  }),
  create: route({
    method: 'POST',
    path: '/networks',
    summary: 'Create a network from a document; follow the operation that is answered',
    permission: 'networks:write',
    body: NetworkSpec,
    reply: Operation,
    status: 202,
    errors: createErrors,
    since: '0.1.0',
  }),
  planNew: route({
    method: 'POST',
    path: '/networks/plan',
    summary: 'Show what creating a network would do',
    permission: 'networks:read',
    body: NetworkSpec,
    reply: PlanPreview,
    status: 200,
    writes: false,
    errors: createErrors,
    since: '0.1.0',
  }),
  get: route({
    method: 'GET',
    path: '/networks/{network}',
    summary: 'Read a network and its document',
    permission: 'networks:read',
    reply: Network,
    status: 200,
    etag: true,
    errors: ['NOT_FOUND'],
    since: '0.1.0',
  }),
  apply: route({
    method: 'PUT',
    path: '/networks/{network}',
    summary: 'Apply an edited document',
    permission: 'networks:write',
    body: NetworkSpec,
    reply: Operation,
    status: 202,
    ifMatch: 'required',
    errors: [
      'NOT_FOUND',
      'NETWORK_DELETING',
      'PRECONDITION_FAILED',
      'PRECONDITION_REQUIRED',
      'CHANGE_REFUSED',
      'UNSUPPORTED',
      'LEDGER_REFUSED',
      'QUORUM_AT_RISK',
      'PORTS_EXHAUSTED',
      'HOST_UNREACHABLE',
    ],
    since: '0.1.0',
  }),
  plan: route({
    method: 'POST',
    path: '/networks/{network}/plan',
    summary: 'Show what applying a document would do, without doing it',
    permission: 'networks:read',
    body: NetworkSpec,
    reply: PlanPreview,
    status: 200,
    writes: false,
    errors: ['NOT_FOUND', 'NETWORK_DELETING', 'UNSUPPORTED', 'LEDGER_REFUSED', 'PORTS_EXHAUSTED', 'HOST_UNREACHABLE'],
    since: '0.1.0',
  }),
  start: route({
    method: 'POST',
    path: '/networks/{network}/start',
    summary: 'Start all nodes of a network',
    permission: 'networks:write',
    reply: Operation,
    status: 202,
    errors: powerErrors,
    since: '0.1.0',
  }),
  stop: route({
    method: 'POST',
    path: '/networks/{network}/stop',
    summary: 'Stop all nodes of a network; what they hold stays',
    permission: 'networks:write',
    reply: Operation,
    status: 202,
    errors: powerErrors,
    since: '0.1.0',
  }),
  restart: route({
    method: 'POST',
    path: '/networks/{network}/restart',
    summary: 'Restart all nodes of a network',
    permission: 'networks:write',
    reply: Operation,
    status: 202,
    errors: powerErrors,
    since: '0.1.0',
  }),
  delete: route({
    method: 'DELETE',
    path: '/networks/{network}',
    summary: 'Delete a network and all that it holds',
    permission: 'networks:write',
    reply: Operation,
    status: 202,
    ifMatch: 'optional',
    errors: ['NOT_FOUND', 'NETWORK_DELETING', 'PRECONDITION_FAILED'],
    since: '0.1.0',
  }),
  organizations: route({
    method: 'GET',
    path: '/networks/{network}/organizations',
    summary: 'List the organizations of a network',
    permission: 'networks:read',
    query: PageQuery,
    reply: pageOf(Organization),
    status: 200,
    errors: ['NOT_FOUND'],
    since: '0.1.0',
  }),
} as const
