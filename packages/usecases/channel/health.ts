import { type ChannelSpec, nodeRef, type ObservedChannelState, type ObservedNetwork } from '@cello/model'
import { channelNodes } from '@cello/planning'
import type { NetworkRecord } from '@cello/ports'

/** Blocks that a node may be behind before that is told: nodes are asked one after the other while blocks are cut. */
const tellsFrom = 10

type Network = Pick<NetworkRecord, 'spec' | 'nodes' | 'power'>

/** What of a channel is not as it should be, in words; nothing where it is healthy, or stopped by its owner. */
export function channelProblems(
  network: Network,
  channel: ChannelSpec,
  seen: ObservedChannelState | undefined,
): string[] {
  const { orderers, peers } = upOn(network, channel)
  if (orderers.length + peers.length === 0) return []
  if (!seen) return ['no node was seen to have it']
  const height = Math.max(0, ...[...Object.values(seen.orderers), ...Object.values(seen.peers)].map((at) => at.height))
  const behind = (at: { readonly height: number }) =>
    height - at.height >= tellsFrom ? [`${height - at.height} blocks behind`] : []
  return [
    ...lacksOf({ orderers, peers }, seen),
    ...orderers.flatMap((node) => {
      const at = seen.orderers[node.id]
      const problems = !at ? ['not seen on it'] : isActive(at) ? behind(at) : [`${at.status}, as a ${at.relation}`]
      return problems.map((problem) => `${nodeRef(node)} is ${problem}`)
    }),
    ...peers.flatMap((node) => {
      const at = seen.peers[node.id]
      return (at ? behind(at) : ['not seen on it']).map((problem) => `${nodeRef(node)} is ${problem}`)
    }),
  ]
}

/**
 * Why channels do not work though each of their nodes may, in words, with the channel. Nothing of a channel that no node was
 * seen to have: it is still being made.
 */
export function brokenChannels(network: Network, { channels }: ObservedNetwork): string[] {
  return network.spec.channels.flatMap((channel) => {
    const seen = channels[channel.name]
    return seen ? lacksOf(upOn(network, channel), seen).map((lack) => `in channel ${channel.name} ${lack}`) : []
  })
}

/** What its nodes can only have together. */
function lacksOf({ orderers, peers }: ReturnType<typeof upOn>, seen: ObservedChannelState): string[] {
  const isLed = Object.values(seen.orderers).some(({ leads }) => leads !== false)
  return [
    ...(orderers.length > 0 && !isLed ? ['no orderer leads'] : []),
    ...(peers.length > 0 && !seen.discovered ? ['not all peers see each other'] : []),
  ]
}

/** The nodes of a channel that are to run. */
function upOn(network: Network, channel: ChannelSpec) {
  const upOf = (kind: 'orderer' | 'peer') =>
    network.power === 'running' ? channelNodes(network, channel, kind).filter(({ power }) => power === 'running') : []
  return { orderers: upOf('orderer'), peers: upOf('peer') }
}

function isActive({ status, relation }: ObservedChannelState['orderers'][string]): boolean {
  return status === 'active' && relation === 'consenter'
}
