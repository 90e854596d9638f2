import {
  type BatchSettings,
  type ChannelSpec,
  type Consensus,
  memberOrganizations,
  nodeRef,
  type ObservedNetwork,
  orderingOrganizations,
} from '@cello/model'
import type { NetworkRecord, PageRequest } from '@cello/ports'
import { allow, type Call } from '../actor.ts'
import type { Context } from '../context.ts'
import { findChannel, findNetwork } from '../network/find.ts'
import { withLiveHeights } from '../network/live-heights.ts'
import { heightOf } from '../network/view.ts'
import { type PageView, pageOfList } from '../paging.ts'
import { channelProblems } from './health.ts'

export interface ChannelTarget {
  readonly network: string
  readonly channel: string
}

export interface ChannelView {
  name: string
  consensus: Consensus
  batch: BatchSettings
  orderers: string[]
  members: string[]
  contracts: string[]
  height?: number | undefined
  configSequence?: number | undefined
  peers: { node: string; height: number }[]
  consenters: { node: string; height: number; status: string; leads?: boolean | undefined }[]
  ready: boolean
  problems: string[]
}

/** @throws NOT_FOUND */
export async function listChannels(
  context: Context,
  call: Call,
  { network: key, page }: { readonly network: string; readonly page: PageRequest },
): Promise<PageView<ChannelView>> {
  allow(call, 'networks:read')
  const network = await findNetwork(context, key)
  const observed = await withLiveHeights(context, call, network)
  const views = network.spec.channels.map((channel) => viewChannel(observed, network, channel))
  return pageOfList(views, ({ name }) => name, page)
}

/** @throws NOT_FOUND */
export async function getChannel(context: Context, call: Call, target: ChannelTarget): Promise<ChannelView> {
  allow(call, 'networks:read')
  const network = await findNetwork(context, target.network)
  const channel = findChannel(network, target.channel)
  return viewChannel(await withLiveHeights(context, call, network), network, channel)
}

function viewChannel(observed: ObservedNetwork | undefined, network: NetworkRecord, channel: ChannelSpec): ChannelView {
  const seen = observed?.channels[channel.name]
  const refOf = (id: string) => {
    const node = network.nodes.find((one) => one.id === id)
    return node ? nodeRef(node) : id
  }
  return {
    name: channel.name,
    consensus: channel.consensus,
    batch: channel.batch,
    orderers: orderingOrganizations(network.spec, channel).map(({ name }) => name),
    members: memberOrganizations(network.spec, channel).map(({ name }) => name),
    contracts: channel.contracts.map(({ name }) => name),
    height: heightOf(observed, channel.name),
    configSequence: seen?.config?.sequence,
    peers: Object.entries(seen?.peers ?? {}).map(([id, { height }]) => ({ node: refOf(id), height })),
    consenters: Object.entries(seen?.orderers ?? {}).map(([id, { height, status, leads }]) => ({
      node: refOf(id),
      height,
      status,
      leads: leads === 'unknown' ? undefined : leads,
    })),
    ready: seen?.discovered ?? false,
    problems: channelProblems(network, channel, seen),
  }
}
