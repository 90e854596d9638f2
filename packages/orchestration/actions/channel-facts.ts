import { type ChannelSpec, PlatformError } from '@cello/model'
import { wantedChannel } from '@cello/planning'
import type { ChannelFacts } from '@cello/ports'
import type { NetworkContext } from '../network-context.ts'

export function channelSpec(network: NetworkContext, name: string): ChannelSpec {
  const found = network.record.spec.channels.find((channel) => channel.name === name)
  if (!found) throw new PlatformError('NOT_FOUND', { noun: 'channel', id: name })
  return found
}

/** The channel as wanted, in the words that a ledger takes. */
export function channelFacts(network: NetworkContext, name: string): ChannelFacts {
  return wantedChannel(network.wanted, channelSpec(network, name))
}

export async function genesisOf(network: NetworkContext, channel: string): Promise<Uint8Array> {
  const found = await network.shared.store.artifacts.get(network.record.id, 'genesis', channel)
  if (!found) throw new PlatformError('NOT_FOUND', { noun: 'genesis block of channel', id: channel })
  return found
}
