import type { Cancellable, ObservedChannel, ObservedContract, ObservedOrderer, ObservedPeer } from '@cello/ports'
import type { SessionContext } from './context.ts'

export async function observeOrderer(
  { world, reach }: SessionContext,
  nodeId: string,
  options?: Cancellable,
): Promise<ObservedOrderer> {
  const volume = await reach.volume(reach.node(nodeId), options)
  const live = await reach.live(reach.nodes('orderer'), options)
  return { ready: true, channels: await world.observeOrderer({ volume, live }) }
}

export async function observePeer(
  { world, reach }: SessionContext,
  nodeId: string,
  options?: Cancellable,
): Promise<ObservedPeer> {
  return { ready: true, ...(await world.observePeer({ volume: await reach.volume(reach.node(nodeId), options) })) }
}

export async function observeHeight(
  context: SessionContext,
  nodeId: string,
  channel: string,
  options?: Cancellable,
): Promise<number | undefined> {
  const { kind } = context.reach.node(nodeId).record
  const { channels } = await (kind === 'orderer' ? observeOrderer : observePeer)(context, nodeId, options)
  return channels.find(({ name }) => name === channel)?.height
}

export async function observeChannel(
  { world, reach }: SessionContext,
  channel: string,
  options?: Cancellable,
): Promise<ObservedChannel> {
  const nodes = [...reach.nodes('peer'), ...reach.nodes('orderer')]
  const ask = (volume: string) => world.config({ volume, channel })
  const { config, height } = await reach.first(channel, nodes, ask, options)
  const { authorities: _authorities, ...facts } = config
  return { name: channel, height, ...facts }
}

export function observeContracts(
  { world, reach }: SessionContext,
  channel: string,
  names: readonly string[],
  options?: Cancellable,
): Promise<ObservedContract[]> {
  const ask = (volume: string) => world.contracts({ volume, channel, names })
  return reach.first(channel, reach.nodes('peer'), ask, options)
}

export async function observeDiscovery(
  { world, reach }: SessionContext,
  channel: string,
  options?: Cancellable,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = await Promise.all(
    reach.nodes('peer').map(async (node) => {
      const [volume] = await reach.live([node], options)
      if (volume === undefined) return []
      const { channels } = await world.observePeer({ volume })
      return channels.some(({ name }) => name === channel) ? [node.record.id] : []
    }),
  )
  const peers = found.flat()
  return new Map(peers.map((id) => [id, peers]))
}
