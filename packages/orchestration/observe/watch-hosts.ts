import type { ObservedNode, Wake } from '@cello/ports'
import type { OrchestrationContext } from '../context.ts'
import type { HostSnapshots } from './host-snapshots.ts'

export interface HostWatch {
  readonly shared: OrchestrationContext
  readonly hosts: HostSnapshots
  readonly wake: Wake
  readonly pollMs: number
  readonly signal: AbortSignal
}

/** What of a node calls for a look at its network when it changes. */
type Seen = Map<string, { readonly network: string; readonly face: string }>

/**
 * Wakes the networks whose nodes are not what they were at the last look: one list call per host, however many networks.
 * A driver's hints only make the next look come sooner.
 */
export async function watchHosts(watch: HostWatch): Promise<void> {
  const seenByHost = new Map<string, Seen>()
  await using hints = new AsyncDisposableStack()
  while (!watch.signal.aborted) {
    for (const { id } of await watch.shared.store.hosts.list().catch(() => [])) {
      const seen = seenByHost.get(id) ?? new Map()
      if (!seenByHost.has(id)) {
        seenByHost.set(id, seen)
        hints.use(watch.shared.driver(id).watch((nodeId) => wakeOwner(watch, seen, nodeId)))
      }
      const nodes = await watch.hosts.nodes(id, watch.pollMs / 2)
      // No answer is no news: what was seen before stays.
      if (nodes) compare(watch, seen, nodes)
    }
    await watch.shared.clock.sleep(watch.pollMs, { signal: watch.signal }).catch(() => {})
  }
}

function compare(watch: HostWatch, seen: Seen, nodes: ReadonlyMap<string, ObservedNode>): void {
  for (const [id, { network }] of seen) {
    if (nodes.has(id)) continue
    seen.delete(id)
    watch.wake(network)
  }
  for (const [id, node] of nodes) {
    const face = `${node.state} ${node.incarnation} ${node.startedAt}`
    const before = seen.get(id)
    if (before?.face === face) continue
    seen.set(id, { network: node.labels.network, face })
    // A node that is up when it is seen first is as it should be; one that is not may have come and ended between two looks.
    if (before || node.state !== 'running') watch.wake(node.labels.network)
  }
}

function wakeOwner(watch: HostWatch, seen: Seen, nodeId: string): void {
  const owner = seen.get(nodeId)
  if (owner) watch.wake(owner.network)
}
