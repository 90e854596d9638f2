import type { NodeRecord, ObservedNetwork, ObservedNodeState } from '@cello/model'
import type { Cancellable, ObservedNode, ObservedOrderer, ObservedPeer } from '@cello/ports'
import type { NetworkContext } from '../network-context.ts'
import type { HostSnapshots } from './host-snapshots.ts'

/** A node that runs and does not answer is `starting` for so long (milliseconds), then `unhealthy`. */
const startingMs = 30_000

/** A question to a node that hangs must not hold up the look at the others. */
const askMs = 5_000

/** Of a node whose host is silent. */
export const unknownState: ObservedNodeState = { state: 'unknown', current: true, reason: 'its host does not answer' }

export interface SeenNode {
  readonly node: NodeRecord
  readonly state: ObservedNodeState
  readonly orderer?: ObservedOrderer | undefined
  readonly peer?: ObservedPeer | undefined
}

/** What the hosts of a network say of its nodes, by node id; a host that does not answer says nothing. */
export interface OnHosts {
  readonly nodes: ReadonlyMap<string, ObservedNode>
  /** Ids of hosts. */
  readonly silent: ReadonlySet<string>
}

/** Asks them now. */
export async function askHosts(network: NetworkContext, hosts: HostSnapshots): Promise<OnHosts> {
  const hostIds = [...new Set(network.record.nodes.map(({ hostId }) => hostId))]
  const lists = await Promise.all(hostIds.map(async (id) => ({ id, nodes: await hosts.nodes(id, 0) })))
  return {
    nodes: new Map(lists.flatMap(({ nodes }) => [...(nodes ?? [])])),
    silent: new Set(lists.filter(({ nodes }) => nodes === undefined).map(({ id }) => id)),
  }
}

/** Whether every node of the network runs, as the process that was seen earlier. */
export function haveRunSince(network: NetworkContext, earlier: ObservedNetwork, { nodes }: OnHosts): boolean {
  return network.record.nodes.every(({ id }) => {
    const [seen, then] = [nodes.get(id), earlier.nodes[id]]
    return seen?.state === 'running' && seen.incarnation === then?.incarnation && seen.startedAt === then?.startedAt
  })
}

/**
 * Every node of the network: what its host says, and what it says itself.
 *
 * @param earlier a look at these same runs: of orderers and peers no more than their heights is asked again
 */
export function observeNodes(
  network: NetworkContext,
  onHosts: OnHosts,
  earlier: ObservedNetwork | undefined,
): Promise<SeenNode[]> {
  return Promise.all(network.record.nodes.map((node) => observeNode(network, node, onHosts, earlier)))
}

async function observeNode(
  network: NetworkContext,
  node: NodeRecord,
  onHosts: OnHosts,
  earlier: ObservedNetwork | undefined,
): Promise<SeenNode> {
  if (onHosts.silent.has(node.hostId)) {
    return { node, state: unknownState }
  }
  const seen = onHosts.nodes.get(node.id)
  if (!seen) return { node, state: { state: 'absent', current: false } }
  const base = { incarnation: seen.incarnation, startedAt: seen.startedAt, lastLines: seen.lastLines }
  if (seen.state !== 'running') {
    const current = await isCurrent(network, node, seen)
    return { node, state: { ...base, current, state: seen.state, reason: exitReason(seen) } }
  }
  // The node is asked first: while it thinks, what it should be is described.
  const [answer, current] = await Promise.all([ask(network, node, earlier), isCurrent(network, node, seen)])
  return { node, ...answer, state: { ...base, current, ...health(network, seen, answer) } }
}

interface Answer {
  readonly orderer?: ObservedOrderer
  readonly peer?: ObservedPeer
  readonly ready: boolean
  readonly reason?: string
}

async function ask(network: NetworkContext, node: NodeRecord, earlier: ObservedNetwork | undefined): Promise<Answer> {
  const { session } = network
  const options = { signal: AbortSignal.timeout(askMs) }
  try {
    const again = earlier && (await askAgain(network, node, earlier, options))
    if (again) return again
    if (node.kind === 'orderer') {
      const orderer = await session.observeOrderer(node.id, options)
      return { orderer, ready: orderer.ready }
    }
    if (node.kind === 'peer') {
      const peer = await session.observePeer(node.id, options)
      return { peer, ready: peer.ready }
    }
    return await session.observeContractNode(node.id, options)
  } catch (error) {
    return { ready: false, reason: error instanceof Error ? error.message : String(error) }
  }
}

/** What the node said earlier, with its heights of now. Undefined where that says too little. */
async function askAgain(
  { session }: NetworkContext,
  { id, kind }: NodeRecord,
  { nodes, channels }: ObservedNetwork,
  options: Cancellable,
): Promise<Answer | undefined> {
  if (kind === 'contract' || nodes[id]?.state !== 'running') return undefined
  const joined = Object.entries(channels).filter(([, { orderers, peers }]) => id in orderers || id in peers)
  const answers = await Promise.all(joined.map(([name]) => session.observeHeight(id, name, options)))
  const known = joined.flatMap(([name, state], index) => {
    const height = answers[index]
    return height === undefined ? [] : [{ name, height, orderer: state.orderers[id] }]
  })
  if (known.length < joined.length) return undefined
  if (kind === 'peer') {
    return { peer: { ready: true, channels: known, packages: nodes[id].packages ?? [] }, ready: true }
  }
  const ordered = known.flatMap(({ name, height, orderer }) => (orderer ? [{ ...orderer, name, height }] : []))
  return { orderer: { ready: true, channels: ordered }, ready: true }
}

function health(
  network: NetworkContext,
  seen: ObservedNode,
  answer: Answer,
): Pick<ObservedNodeState, 'state' | 'reason' | 'packages'> {
  const packages = answer.peer?.packages
  if (answer.ready) return { state: 'running', packages }
  const age = network.shared.clock.now() - (seen.startedAt ?? 0)
  return { state: age < startingMs ? 'starting' : 'unhealthy', reason: answer.reason, packages }
}

async function isCurrent(network: NetworkContext, node: NodeRecord, seen: ObservedNode): Promise<boolean> {
  if (seen.incarnation !== node.incarnation) return false
  if (node.removed) return true
  return seen.specDigest === (await network.specDigest(node))
}

function exitReason(seen: ObservedNode): string | undefined {
  if (!seen.exit) return undefined
  return seen.exit.signal ? `ended by signal ${seen.exit.signal}` : `ended with code ${seen.exit.code}`
}
