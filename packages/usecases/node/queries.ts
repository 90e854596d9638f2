import { type NodeRecord, nodeRef, PlatformError } from '@cello/model'
import type { LogLine, PageRequest } from '@cello/ports'
import { allow, type Call } from '../actor.ts'
import type { Context } from '../context.ts'
import { moment, momentOf } from '../moment.ts'
import { findHost, findNetwork, findNode } from '../network/find.ts'
import { withLiveHeights } from '../network/live-heights.ts'
import { unlessNotFound } from '../not-found.ts'
import { type PageView, pageOfList } from '../paging.ts'
import { type NodeView, viewNode } from './view.ts'

/** Which node: network by id or name, node by id or `Org1/peer0`. */
export interface NodeTarget {
  readonly network: string
  readonly node: string
}

export interface LogLineView {
  at?: string | undefined
  text: string
}

export interface NodeStatsView {
  at: string
  cpuMs: number
  memoryBytes: number
  diskBytes: number
}

/** The nodes of a network by `Org1/peer0`, those being removed too. @throws NOT_FOUND */
export async function listNodes(
  context: Context,
  call: Call,
  { network: key, page }: { readonly network: string; readonly page: PageRequest },
): Promise<PageView<NodeView>> {
  allow(call, 'networks:read')
  const network = await findNetwork(context, key)
  const observed = await withLiveHeights(context, call, network)
  const views = network.nodes.map((node) => viewNode(network, node, observed, network.spec.host))
  return pageOfList(views, (view) => `${view.ref} ${view.id}`, page)
}

/** @throws NOT_FOUND */
export async function getNode(context: Context, call: Call, target: NodeTarget): Promise<NodeView> {
  allow(call, 'networks:read')
  const network = await findNetwork(context, target.network)
  const node = findNode(network, target.node)
  return viewNode(network, node, await withLiveHeights(context, call, network, [node]), network.spec.host)
}

/** The last `tail` lines that the node wrote. @throws NOT_FOUND, NODE_NOT_READY, HOST_UNREACHABLE */
export async function readLogs(
  context: Context,
  call: Call,
  target: NodeTarget & { readonly tail: number },
): Promise<LogLineView[]> {
  allow(call, 'networks:read')
  const { driver, node } = await locate(context, target)
  const lines = driver.logs(node.id, { tail: target.tail, signal: call.signal })
  return (await onceMade(node, Array.fromAsync(lines))).map(viewLine)
}

/** The last `tail` lines and then what comes, until the call's signal fires. @throws NOT_FOUND, NODE_NOT_READY, HOST_UNREACHABLE, UNSUPPORTED */
export async function followLogs(
  context: Context,
  call: Call,
  target: NodeTarget & { readonly tail: number },
): Promise<AsyncIterable<LogLineView>> {
  allow(call, 'networks:read')
  const { driver, node } = await locate(context, target)
  // A stream that has begun cannot be refused any more, and one of a quiet node has no first line to wait for.
  await onceMade(node, Array.fromAsync(driver.logs(node.id, { tail: 0, signal: call.signal })))
  return viewLines(driver.logs(node.id, { tail: target.tail, follow: true, signal: call.signal }))
}

/** One reading of a running node. @throws NOT_FOUND, NODE_NOT_READY, NODE_UNREACHABLE (stopped), HOST_UNREACHABLE, UNSUPPORTED */
export async function readStats(context: Context, call: Call, target: NodeTarget): Promise<NodeStatsView> {
  allow(call, 'networks:read')
  const { driver, node } = await locate(context, target)
  const stats = await onceMade(node, driver.stats(node.id, { signal: call.signal }))
  return { ...stats, at: moment(stats.at) }
}

async function locate(context: Context, target: NodeTarget) {
  const network = await findNetwork(context, target.network)
  const node = findNode(network, target.node)
  const host = await findHost(context, node.hostId)
  return { driver: await context.driver(host), node }
}

/** Before its first start a node is not on its host, which would say so of an id that nobody knows. @throws NODE_NOT_READY */
function onceMade<T>(node: NodeRecord, asked: Promise<T>): Promise<T> {
  const facts = { node: nodeRef(node), detail: 'it is not on its host yet' }
  return unlessNotFound(asked, (cause) => new PlatformError('NODE_NOT_READY', facts, { cause }))
}

async function* viewLines(lines: AsyncIterable<LogLine>): AsyncIterable<LogLineView> {
  for await (const line of lines) yield viewLine(line)
}

function viewLine({ at, text }: LogLine): LogLineView {
  return { at: momentOf(at), text }
}
