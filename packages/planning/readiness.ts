import type { ChannelSpec, NodeRecord, ObservedNetwork } from '@cello/model'
import { isWantedUp } from './plan-nodes.ts'
import { quorumOf } from './quorum.ts'
import { Draft } from './steps.ts'
import { channelNodes, type WantedNetwork } from './wanted.ts'

/** Whether every node that should run is healthy, each channel has a leader, and its gateway peers see each other. */
export function isReady(draft: Draft): boolean {
  return areHealthy(draft, draft.wanted.nodes)
}

/** The same of orderers and peers alone: contracts may still be on their way. */
export function areOrderersAndPeersReady(wanted: WantedNetwork, observed: ObservedNetwork): boolean {
  const nodes = wanted.nodes.filter(({ kind }) => kind !== 'contract')
  return areHealthy(new Draft(wanted, observed), nodes)
}

function areHealthy(draft: Draft, nodes: readonly NodeRecord[]): boolean {
  const wantedUp = nodes.filter((node) => isWantedUp(draft, node))
  return (
    wantedUp.every((node) => draft.stateOf(node).state === 'running') &&
    draft.wanted.spec.channels.every((channel) => isChannelReady(draft, channel))
  )
}

/** Whether the orderers of the channel that are wanted up can elect a leader. */
export function canBeLed(
  { spec, nodes, power }: Pick<WantedNetwork, 'spec' | 'nodes' | 'power'>,
  channel: ChannelSpec,
): boolean {
  const consenters = channelNodes({ spec, nodes }, channel, 'orderer')
  const up = power === 'running' ? consenters.filter((node) => node.power === 'running') : []
  return up.length >= quorumOf(channel.consensus.type, consenters.length)
}

/** A channel whose orderers were stopped by their owner below the quorum has no leader to wait for. */
function isChannelReady(draft: Draft, channel: ChannelSpec): boolean {
  const { wanted, observed } = draft
  const seen = observed.channels[channel.name]
  const isUpIn = (kind: 'orderer' | 'peer') =>
    channelNodes(wanted, channel, kind).filter((node) => isWantedUp(draft, node)).length
  if (!seen) return isUpIn('orderer') + isUpIn('peer') === 0
  const isLed = Object.values(seen.orderers).some(({ leads }) => leads !== false)
  return (isLed || !canBeLed(wanted, channel)) && (seen.discovered || isUpIn('peer') === 0)
}
