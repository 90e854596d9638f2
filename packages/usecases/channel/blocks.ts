import { nodeRef, PlatformError } from '@cello/model'
import type { PageRequest, TraceEvent } from '@cello/ports'
import { allow, type Call } from '../actor.ts'
import type { Context } from '../context.ts'
import { findChannel, findNetwork, refuseDown } from '../network/find.ts'
import { unlessNotFound } from '../not-found.ts'
import { type PageView, readCursor, writeCursor } from '../paging.ts'
import type { ChannelTarget } from './queries.ts'

export interface BlockView {
  channel: string
  number: number
  content: Record<string, unknown>
}

export interface ChainTransactionView {
  channel: string
  txId: string
  content: Record<string, unknown>
}

/** Blocks from the newest down, read from a peer. @throws NOT_FOUND, NETWORK_STOPPED, NODE_UNREACHABLE, NODE_NOT_READY, LEDGER_BUSY */
export async function listBlocks(
  context: Context,
  call: Call,
  target: ChannelTarget & { readonly page: PageRequest },
): Promise<PageView<BlockView>> {
  const session = await open(context, call, target)
  const { limit, cursor } = target.page
  const top =
    cursor === undefined ? (await session.chain(target.channel, { signal: call.signal })).height - 1 : numberOf(cursor)
  const numbers = Array.from({ length: Math.min(limit, top + 1) }, (_, index) => top - index)
  const items = await Promise.all(
    numbers.map(async (number) => ({
      channel: target.channel,
      number,
      content: await session.block(target.channel, number, { signal: call.signal }),
    })),
  )
  const following = top - limit
  return { items, ...(following >= 0 ? { next: writeCursor(String(following)) } : {}) }
}

/** @throws as `listBlocks` */
export async function getBlock(
  context: Context,
  call: Call,
  target: ChannelTarget & { readonly number: number },
): Promise<BlockView> {
  const session = await open(context, call, target)
  const asked = session.block(target.channel, target.number, { signal: call.signal })
  return { channel: target.channel, number: target.number, content: await named(asked, 'block', target.number, target) }
}

/** A transaction as it stands in the chain. @throws as `listBlocks` */
export async function getChainTransaction(
  context: Context,
  call: Call,
  target: ChannelTarget & { readonly txId: string },
): Promise<ChainTransactionView> {
  const session = await open(context, call, target)
  const asked = session.transaction(target.channel, target.txId, { signal: call.signal })
  return { channel: target.channel, txId: target.txId, content: await named(asked, 'transaction', target.txId, target) }
}

export interface TransactionTraceView {
  channel: string
  txId: string
  peers: { node: string; events: TraceEvent[] }[]
}

/** @throws UNSUPPORTED where nodes keep no traces, and as `listBlocks` */
export async function traceTransaction(
  context: Context,
  call: Call,
  target: ChannelTarget & { readonly txId: string },
): Promise<TransactionTraceView> {
  const session = await open(context, call, target)
  const { txId, peers } = await session.trace(target.channel, target.txId, { signal: call.signal })
  const { nodes } = await findNetwork(context, target.network)
  const refOf = (nodeId: string) => {
    const node = nodes.find(({ id }) => id === nodeId)
    return node ? nodeRef(node) : nodeId
  }
  return {
    channel: target.channel,
    txId,
    peers: peers.map(({ nodeId, events }) => ({ node: refOf(nodeId), events: [...events] })),
  }
}

/** What the ledger does not have is said in the words in which it was asked for. @throws NOT_FOUND */
function named<T>(asked: Promise<T>, noun: string, id: number | string, { channel }: ChannelTarget): Promise<T> {
  const facts = { noun, id: `${id} on channel ${channel}` }
  return unlessNotFound(asked, (cause) => new PlatformError('NOT_FOUND', facts, { cause }))
}

async function open(context: Context, call: Call, target: ChannelTarget) {
  allow(call, 'transactions:read')
  const network = await findNetwork(context, target.network)
  findChannel(network, target.channel)
  refuseDown(network)
  return context.sessions.session(network.id)
}

function numberOf(cursor: string): number {
  const text = readCursor(cursor)
  if (!/^\d{1,15}$/.test(text)) {
    throw new PlatformError('INVALID_REQUEST', { detail: 'the cursor is not one that a page gave' })
  }
  return Number(text)
}
