import { z } from 'zod'
import { PageQuery, pageOf, Timestamp } from './page.ts'
import { route } from './route.ts'

/** A transaction that Cello sent, from our journal. Arguments are never kept. */
export const Transaction = z.object({
  id: z.string(),
  channel: z.string(),
  txId: z.string(),
  /** `invoke`, or the step that it belongs to. */
  purpose: z.string(),
  contract: z.string().optional(),
  function: z.string().optional(),
  state: z.enum(['prepared', 'valid', 'invalid']),
  /** Fabric's validation code by name. */
  status: z.string().optional(),
  block: z.int().optional(),
  result: z.string().optional(),
  encoding: z.enum(['utf8', 'base64']).optional(),
  createdAt: Timestamp,
  endedAt: Timestamp.optional(),
})
export type Transaction = z.output<typeof Transaction>

export const transactionRoutes = {
  list: route({
    method: 'GET',
    path: '/networks/{network}/transactions',
    summary: 'List the transactions that Cello sent, newest first',
    permission: 'transactions:read',
    query: PageQuery,
    reply: pageOf(Transaction),
    status: 200,
    errors: ['NOT_FOUND'],
    since: '0.1.0',
  }),
  get: route({
    method: 'GET',
    path: '/networks/{network}/transactions/{transaction}',
    summary: 'Read one transaction that Cello sent',
    permission: 'transactions:read',
    reply: Transaction,
    status: 200,
    errors: ['NOT_FOUND'],
    since: '0.1.0',
  }),
} as const
