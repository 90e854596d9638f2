import type { NodeRecord, ObservedChannelState, ObservedNetwork } from '@cello/model'
import type { LedgerSession, NetworkRecord } from '@cello/ports'
import type { Call } from '../actor.ts'
import type { Context } from '../context.ts'

/** Milliseconds that a node gets to tell its heights to somebody who reads them. */
const liveMs = 300

/**
 * The newest observation, with heights as the running nodes tell them now: blocks come without a change that would make the
 * engine look. A node that does not answer in time keeps what was seen of it.
 *
 * @param nodes whose heights are of interest; default: all
 */
export async function withLiveHeights(
  context: Context,
  { signal }: Call,
  network: NetworkRecord,
  nodes: readonly NodeRecord[] = network.nodes,
): Promise<ObservedNetwork | undefined> {
  const observed = context.observations.get(network.id)
  if (!observed || network.deleting || Object.keys(observed.channels).length === 0) return observed
  const session = await context.sessions.session(network.id).catch(() => undefined)
  if (!session) return observed
  const deadline = AbortSignal.any([AbortSignal.timeout(liveMs), ...(signal ? [signal] : [])])
  const running = nodes.filter(({ id }) => observed.nodes[id]?.state === 'running')
  const channels = await Promise.all(
    Object.entries(observed.channels).map(async ([name, seen]) => {
      const joined = running.filter(({ id }) => id in seen.peers || id in seen.orderers)
      const told = await Promise.all(joined.map(({ id }) => heightOf(session, id, name, deadline)))
      return [name, raised(seen, new Map(told))] as const
    }),
  )
  return { ...observed, channels: Object.fromEntries(channels) }
}

/** 0 where the node does not answer. */
async function heightOf(
  session: LedgerSession,
  id: string,
  channel: string,
  signal: AbortSignal,
): Promise<[id: string, height: number]> {
  const height = await session.observeHeight(id, channel, { signal }).catch(() => undefined)
  return [id, height ?? 0]
}

function raised(seen: ObservedChannelState, told: ReadonlyMap<string, number>): ObservedChannelState {
  const raise = <T extends { readonly height: number }>(nodes: Readonly<Record<string, T>>) =>
    Object.fromEntries(
      Object.entries(nodes).map(([id, node]) => [id, { ...node, height: Math.max(node.height, told.get(id) ?? 0) }]),
    )
  return { ...seen, peers: raise(seen.peers), orderers: raise(seen.orderers) }
}
