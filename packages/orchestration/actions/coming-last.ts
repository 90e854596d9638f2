import type { NodeRecord } from '@cello/model'
import { canBeLed, channelNodes, type WantedNetwork } from '@cello/planning'
import type { LedgerSession } from '@cello/ports'

/** What is asked of a network that comes up, one thing at a time. */
interface Question {
  readonly network: {
    readonly wanted: Pick<WantedNetwork, 'spec' | 'nodes' | 'power'>
    readonly session: Pick<LedgerSession, 'observeOrderer' | 'observeContractNode' | 'observeDiscovery'>
  }
  readonly signal: AbortSignal
}

/** Whether every channel that can have a leader has one. */
export async function channelsLed({ network, signal }: Question): Promise<boolean> {
  const orderers = runningNodes(network.wanted).filter(({ kind }) => kind === 'orderer')
  const answers = await Promise.all(orderers.map(({ id }) => network.session.observeOrderer(id, { signal })))
  const led = new Set(
    answers.flatMap(({ channels }) => channels.filter(({ leads }) => leads !== false).map(({ name }) => name)),
  )
  // A channel whose orderers were stopped by their owner below the quorum has no leader to wait for.
  return network.wanted.spec.channels.every((channel) => led.has(channel.name) || !canBeLed(network.wanted, channel))
}

/** Whether every contract's node that should run takes calls. */
export async function contractsListen({ network, signal }: Question): Promise<boolean> {
  const nodes = runningNodes(network.wanted).filter((node) => !isLedgerNode(node))
  const answers = await Promise.all(nodes.map(({ id }) => network.session.observeContractNode(id, { signal })))
  return answers.every(({ ready }) => ready)
}

/** Whether on every channel the peers that should run see each other. */
export async function peersMet({ network, signal }: Question): Promise<boolean> {
  const channels = await Promise.all(
    network.wanted.spec.channels.map(async (channel) => {
      const peers = channelNodes(network.wanted, channel, 'peer').filter(({ power }) => power === 'running')
      if (peers.length < 2) return true
      const seen = await network.session.observeDiscovery(channel.name, { signal })
      return peers.every((viewer) => peers.every(({ id }) => id === viewer.id || seen.get(viewer.id)?.includes(id)))
    }),
  )
  return channels.every(Boolean)
}

/** Nodes that should run. */
export function runningNodes({ nodes }: Pick<WantedNetwork, 'nodes'>): NodeRecord[] {
  return nodes.filter((node) => !node.removed && node.power === 'running')
}

/** Whether it is an orderer or a peer. */
export function isLedgerNode({ kind }: NodeRecord): boolean {
  return kind !== 'contract'
}
