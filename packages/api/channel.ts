import { BatchSettings, Consensus } from '@cello/model'
import { z } from 'zod'
import { PageQuery, pageOf } from './page.ts'
import { route } from './route.ts'

/** A channel, as wanted and as seen. */
export const Channel = z.object({
  name: z.string(),
  consensus: Consensus,
  batch: BatchSettings,
  /** Organization names. */
  orderers: z.array(z.string()),
  members: z.array(z.string()),
  contracts: z.array(z.string()),
  /** Highest height that was seen. Absent while nobody has joined. */
  height: z.int().optional(),
  /** Of the configuration, as last read. */
  configSequence: z.int().optional(),
  /** `Org1/peer0` and its height: told by the node now or, where it does not answer within 300 ms, as last seen. */
  peers: z.array(z.object({ node: z.string(), height: z.int() })),
  consenters: z.array(
    z.object({ node: z.string(), height: z.int(), status: z.string(), leads: z.boolean().optional() }),
  ),
  /** Every gateway peer sees every peer that it should. */
  ready: z.boolean(),
  /** What is not as it should be, as last seen: no leader, an orderer that is not active, a node that lags. Empty: healthy. */
  problems: z.array(z.string()),
})
export type Channel = z.output<typeof Channel>

/** A block as plain JSON: `content` holds hashes, creators, read-write sets and validation codes as the ledger decodes them. */
export const Block = z.object({
  channel: z.string(),
  number: z.int(),
  content: z.record(z.string(), z.unknown()),
})
export type Block = z.output<typeof Block>

/** A transaction as it stands in the chain. */
export const ChainTransaction = z.object({
  channel: z.string(),
  txId: z.string(),
  content: z.record(z.string(), z.unknown()),
})
export type ChainTransaction = z.output<typeof ChainTransaction>

/** What happened in a transaction at each peer that still knows: reads, writes, calls, policy decisions, the verdict. */
export const TransactionTrace = z.object({
  channel: z.string(),
  txId: z.string(),
  peers: z.array(
    z.object({
      /** Such as `Org1/peer0`. */
      node: z.string(),
      /** In their order; `kind` says what else is in it, see docs/devnode.md. */
      events: z.array(z.looseObject({ kind: z.string() })),
    }),
  ),
})
export type TransactionTrace = z.output<typeof TransactionTrace>

const readErrors = ['NOT_FOUND', 'NETWORK_STOPPED', 'NODE_UNREACHABLE', 'NODE_NOT_READY', 'LEDGER_BUSY'] as const

export const channelRoutes = {
  list: route({
    method: 'GET',
    path: '/networks/{network}/channels',
    summary: 'List the channels of a network',
    permission: 'networks:read',
    query: PageQuery,
    reply: pageOf(Channel),
    status: 200,
    errors: ['NOT_FOUND'],
    since: '0.1.0',
  }),
  get: route({
    method: 'GET',
    path: '/networks/{network}/channels/{channel}',
    summary: 'Read one channel',
    permission: 'networks:read',
    reply: Channel,
    status: 200,
    errors: ['NOT_FOUND'],
    since: '0.1.0',
  }),
  blocks: route({
    method: 'GET',
    path: '/networks/{network}/channels/{channel}/blocks',
    summary: 'List blocks, newest first',
    permission: 'transactions:read',
    query: PageQuery.extend({ limit: z.coerce.number<number | string>().int().min(1).max(50).default(10) }),
    reply: pageOf(Block),
    status: 200,
    errors: readErrors,
    since: '0.1.0',
  }),
  block: route({
    method: 'GET',
    path: '/networks/{network}/channels/{channel}/blocks/{number}',
    summary: 'Read one block',
    permission: 'transactions:read',
    reply: Block,
    status: 200,
    errors: readErrors,
    since: '0.1.0',
  }),
  transaction: route({
    method: 'GET',
    path: '/networks/{network}/channels/{channel}/transactions/{txId}',
    summary: 'Read one transaction of the chain',
    permission: 'transactions:read',
    reply: ChainTransaction,
    status: 200,
    errors: readErrors,
    since: '0.1.0',
  }),
  trace: route({
    method: 'GET',
    path: '/networks/{network}/channels/{channel}/transactions/{txId}/trace',
    summary: 'Trace a transaction on devnodes; `newest` is the last that a peer was asked for',
    permission: 'transactions:read',
    reply: TransactionTrace,
    status: 200,
    errors: [...readErrors, 'UNSUPPORTED'],
    since: '0.1.0',
  }),
} as const
