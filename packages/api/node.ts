import { nodeKinds, portNames } from '@cello/model'
import { z } from 'zod'
import { Operation } from './operation.ts'
import { PageQuery, pageOf, Timestamp } from './page.ts'
import { route } from './route.ts'

/** What a node is doing, derived from what is wanted and what was seen. */
export const nodeViewStates = [
  'pending',
  'starting',
  'running',
  'unhealthy',
  'stopping',
  'stopped',
  'exited',
  'removing',
  'unknown',
] as const

export const Node = z.object({
  id: z.string(),
  /** `Org1/peer0`. */
  ref: z.string(),
  organization: z.string(),
  name: z.string(),
  kind: z.enum(nodeKinds),
  host: z.string(),
  state: z.enum(nodeViewStates),
  reason: z.string().optional(),
  power: z.enum(['running', 'stopped']),
  ports: z.partialRecord(z.enum(portNames), z.int()),
  incarnation: z.int(),
  /** Which deployment a contract node serves. */
  contract: z.object({ channel: z.string(), name: z.string(), package: z.string() }).optional(),
  /** Heights are told by the node now or, where it does not answer within 300 ms, as last seen. */
  channels: z.array(z.object({ name: z.string(), height: z.int(), leads: z.boolean().optional() })),
  startedAt: Timestamp.optional(),
  /** The end of the log of a node that ended by itself. */
  lastLines: z.array(z.string()).optional(),
  createdAt: Timestamp,
})
export type Node = z.output<typeof Node>

export const LogLine = z.object({ at: Timestamp.optional(), text: z.string() })
export type LogLine = z.output<typeof LogLine>

export const NodeStats = z.object({
  at: Timestamp,
  /** CPU time since the start, milliseconds. */
  cpuMs: z.number(),
  memoryBytes: z.number(),
  diskBytes: z.number(),
})
export type NodeStats = z.output<typeof NodeStats>

const Tail = z.coerce.number<number | string>().int().min(1).max(10_000).default(200)

export const nodeRoutes = {
  list: route({
    method: 'GET',
    path: '/networks/{network}/nodes',
    summary: 'List the nodes of a network',
    permission: 'networks:read',
    query: PageQuery,
    reply: pageOf(Node),
    status: 200,
    errors: ['NOT_FOUND'],
    since: '0.1.0',
  }),
  get: route({
    method: 'GET',
    path: '/networks/{network}/nodes/{node}',
    summary: 'Read one node',
    permission: 'networks:read',
    reply: Node,
    status: 200,
    errors: ['NOT_FOUND'],
    since: '0.1.0',
  }),
  delete: route({
    method: 'DELETE',
    path: '/networks/{network}/nodes/{node}',
    summary: 'Take a node out of the document of its network',
    permission: 'networks:write',
    reply: Operation,
    status: 202,
    errors: ['NOT_FOUND', 'NETWORK_DELETING', 'CHANGE_REFUSED', 'QUORUM_AT_RISK'],
    since: '0.1.0',
  }),
  start: route({
    method: 'POST',
    path: '/networks/{network}/nodes/{node}/start',
    summary: 'Start a node',
    permission: 'networks:write',
    reply: Operation,
    status: 202,
    errors: ['NOT_FOUND', 'NETWORK_DELETING', 'CHANGE_REFUSED'],
    since: '0.1.0',
  }),
  stop: route({
    method: 'POST',
    path: '/networks/{network}/nodes/{node}/stop',
    summary: 'Stop a node; what it holds stays',
    permission: 'networks:write',
    reply: Operation,
    status: 202,
    errors: ['NOT_FOUND', 'NETWORK_DELETING'],
    since: '0.1.0',
  }),
  restart: route({
    method: 'POST',
    path: '/networks/{network}/nodes/{node}/restart',
    summary: 'Restart a node',
    permission: 'networks:write',
    reply: Operation,
    status: 202,
    errors: ['NOT_FOUND', 'NETWORK_DELETING', 'CHANGE_REFUSED'],
    since: '0.1.0',
  }),
  logs: route({
    method: 'GET',
    path: '/networks/{network}/nodes/{node}/logs',
    summary: 'Read the last lines that a node wrote',
    permission: 'networks:read',
    query: z.strictObject({ tail: Tail }),
    reply: z.object({ items: z.array(LogLine) }),
    status: 200,
    errors: ['NOT_FOUND', 'NODE_NOT_READY', 'HOST_UNREACHABLE'],
    since: '0.1.0',
  }),
  followLogs: route({
    method: 'GET',
    path: '/networks/{network}/nodes/{node}/logs/stream',
    summary: 'Follow what a node writes',
    permission: 'networks:read',
    query: z.strictObject({ tail: Tail }),
    events: LogLine,
    status: 200,
    errors: ['NOT_FOUND', 'NODE_NOT_READY', 'HOST_UNREACHABLE', 'UNSUPPORTED'],
    since: '0.1.0',
  }),
  stats: route({
    method: 'GET',
    path: '/networks/{network}/nodes/{node}/stats',
    summary: 'Read how much a running node uses',
    permission: 'networks:read',
    reply: NodeStats,
    status: 200,
    errors: ['NOT_FOUND', 'NODE_NOT_READY', 'NODE_UNREACHABLE', 'HOST_UNREACHABLE', 'UNSUPPORTED'],
    since: '0.1.0',
  }),
} as const
