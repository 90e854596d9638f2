import { type ChannelSpec, nodeRef, type ObservedChannelState } from '@cello/model'
import { channelNodes } from '@cello/planning'
import type { NetworkRecord } from '@cello/ports'

/** Blocks that a node may be behind before that is told: nodes are asked one after the other while blocks are cut. */
const tellsFrom = 10

/** What of a channel is not as it should be, in words; nothing where it is healthy, or stopped by its owner. */
export function channelProblems(
  network: Pick<NetworkRecord, 'spec' | 'nodes' | 'power'>,
  channel: ChannelSpec,
  seen: ObservedChannelState | undefined,
): string[] {
  const upOf = (kind: 'orderer' | 'peer') =>
    network.power === 'running' ? channelNodes(network, channel, kind).filter(({ power }) => power === 'running') : []
  const [orderers, peers] = [upOf('orderer'), upOf('peer')]
  if (orderers.length + peers.length === 0) return []
  if (!seen) return ['no node was seen to have it']
  const isLed = Object.values(seen.orderers).some(({ leads }) => leads !== false)
  const height = Math.max(0, ...[...Object.values(seen.orderers), ...Object.values(seen.peers)].map((at) => at.height))
  const behind = (at: { readonly height: number }) =>
    height - at.height >= tellsFrom ? [`${height - at.height} blocks behind`] : []
  return [
    ...(orderers.length > 0 && !isLed ? ['no orderer leads'] : []),
    ...orderers.flatMap((node) => {
      const at = seen.orderers[node.id]
      const problems = !at ? ['not seen on it'] : isActive(at) ? behind(at) : [`${at.status}, as a ${at.relation}`]
      return problems.map((problem) => `${nodeRef(node)} is ${problem}`)
    }),
    ...peers.flatMap((node) => {
      const at = seen.peers[node.id]
      return (at ? behind(at) : ['not seen on it']).map((problem) => `${nodeRef(node)} is ${problem}`)
    }),
    ...(peers.length > 0 && !seen.discovered ? ['its peers do not all see each other'] : []),
  ]
}

function isActive({ status, relation }: ObservedChannelState['orderers'][string]): boolean {
  return status === 'active' && relation === 'consenter'
}
