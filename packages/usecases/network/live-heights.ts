import type { ObservedChannelState, ObservedNetwork } from '@cello/model'
import type { LedgerSession, NetworkRecord } from '@cello/ports'
import type { Call } from '../actor.ts'
import type { Context } from '../context.ts'

/** Milliseconds that a node gets to tell its heights to somebody who reads them. */
const liveMs = 300

/**
 * The newest observation, with heights as the running nodes tell them now: blocks come without a change that would make the
 * engine look. A node that does not answer in time keeps what was seen of it.
 */
export async function withLiveHeights(
  context: Context,
  { signal }: Call,
  network: NetworkRecord,
): Promise<ObservedNetwork | undefined> {
  const observed = context.observations.get(network.id)
  if (!observed || network.deleting || Object.keys(observed.channels).length === 0) return observed
  const session = await context.sessions.session(network.id).catch(() => undefined)
  if (!session) return observed
  const deadline = AbortSignal.any([AbortSignal.timeout(liveMs), ...(signal ? [signal] : [])])
  const running = network.nodes.filter(({ id }) => observed.nodes[id]?.state === 'running')
  const heights = await Promise.all(running.map((node) => heightsOf(session, node, deadline)))
  const channels = Object.entries(observed.channels).map(([name, seen]) => {
    const told = new Map(running.flatMap(({ id }, index) => entry(id, heights[index]?.get(name))))
    return [name, raised(seen, told)]
  })
  return { ...observed, channels: Object.fromEntries(channels) }
}

/** By channel; of a node that is no ledger's, or does not answer, nothing. */
async function heightsOf(
  session: LedgerSession,
  { id, kind }: NetworkRecord['nodes'][number],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  try {
    if (kind !== 'peer' && kind !== 'orderer') return new Map()
    const { channels } = await (kind === 'peer'
      ? session.observePeer(id, { signal })
      : session.observeOrderer(id, { signal }))
    return new Map(channels.map(({ name, height }) => [name, height]))
  } catch {
    return new Map()
  }
}

function entry(id: string, height: number | undefined): [string, number][] {
  return height === undefined ? [] : [[id, height]]
}

function raised(seen: ObservedChannelState, told: ReadonlyMap<string, number>): ObservedChannelState {
  const raise = <T extends { readonly height: number }>(nodes: Readonly<Record<string, T>>) =>
    Object.fromEntries(
      Object.entries(nodes).map(([id, node]) => [id, { ...node, height: Math.max(node.height, told.get(id) ?? 0) }]),
    )
  return { ...seen, peers: raise(seen.peers), orderers: raise(seen.orderers) }
}
