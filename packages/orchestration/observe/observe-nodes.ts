import type { NodeRecord, ObservedNodeState } from '@cello/model'
import type { ObservedNode, ObservedOrderer, ObservedPeer } from '@cello/ports'
import type { NetworkContext } from '../network-context.ts'
import type { HostSnapshots } from './host-snapshots.ts'

/** A node that runs and does not answer is `starting` for so long (milliseconds), then `unhealthy`. */
const startingMs = 30_000

/** A question to a node that hangs must not hold up the look at the others. */
const askMs = 5_000

export interface SeenNode {
  readonly node: NodeRecord
  readonly state: ObservedNodeState
  readonly orderer?: ObservedOrderer | undefined
  readonly peer?: ObservedPeer | undefined
}

/** Every node of the network: what its host says, and what it says itself. */
export async function observeNodes(
  network: NetworkContext,
  hosts: HostSnapshots,
  maxAgeMs: number,
): Promise<SeenNode[]> {
  const hostIds = [...new Set(network.record.nodes.map(({ hostId }) => hostId))]
  const lists = new Map(await Promise.all(hostIds.map(async (id) => [id, await hosts.nodes(id, maxAgeMs)] as const)))
  return Promise.all(network.record.nodes.map((node) => observeNode(network, node, lists.get(node.hostId))))
}

async function observeNode(
  network: NetworkContext,
  node: NodeRecord,
  nodes: ReadonlyMap<string, ObservedNode> | undefined,
): Promise<SeenNode> {
  if (!nodes) return { node, state: { state: 'unknown', current: true, reason: 'its host does not answer' } }
  const seen = nodes.get(node.id)
  if (!seen) return { node, state: { state: 'absent', current: false } }
  const base = { incarnation: seen.incarnation, startedAt: seen.startedAt, lastLines: seen.lastLines }
  if (seen.state !== 'running') {
    const current = await isCurrent(network, node, seen)
    return { node, state: { ...base, current, state: seen.state, reason: exitReason(seen) } }
  }
  // The node is asked first: while it thinks, what it should be is described.
  const [answer, current] = await Promise.all([ask(network, node), isCurrent(network, node, seen)])
  return { node, ...answer, state: { ...base, current, ...health(network, seen, answer) } }
}

interface Answer {
  readonly orderer?: ObservedOrderer
  readonly peer?: ObservedPeer
  readonly ready: boolean
  readonly reason?: string
}

async function ask(network: NetworkContext, node: NodeRecord): Promise<Answer> {
  const signal = AbortSignal.timeout(askMs)
  try {
    if (node.kind === 'orderer') {
      const orderer = await network.session.observeOrderer(node.id, { signal })
      return { orderer, ready: orderer.ready }
    }
    if (node.kind === 'peer') {
      const peer = await network.session.observePeer(node.id, { signal })
      return { peer, ready: peer.ready }
    }
    return await network.session.observeContractNode(node.id, { signal })
  } catch (error) {
    return { ready: false, reason: error instanceof Error ? error.message : String(error) }
  }
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
