import { nodeRef, PlatformError } from '@cello/model'
import type { ObservedNode } from '@cello/ports'
import type { NetworkContext } from '../network-context.ts'
import type { HostSnapshots } from '../observe/host-snapshots.ts'
import type { ActionContext } from './action.ts'

/** Milliseconds that a node gets to answer after its start, and to get over what passes by itself. */
const patienceMs = 45_000
/** Milliseconds between two tries: a tenth of the time that was waited already, so that little is lost of any wait. */
const leastWaitMs = 15
const mostWaitMs = 150
/** Milliseconds of waiting after which a step counts as resting. */
const restsAfterMs = 1_000
/** Milliseconds between two looks at whether the node is still alive. */
const aliveMs = 400

const passing: ReadonlySet<string> = new Set([
  'NODE_UNREACHABLE',
  'NODE_NOT_READY',
  'NO_LEADER',
  'LEDGER_BUSY',
  'QUORUM_AT_RISK',
])

/** What waiting needs of an action's context. */
export interface WaitingContext extends Pick<ActionContext, 'signal' | 'rests'> {
  readonly network: Pick<NetworkContext, 'node'> & { readonly shared: Pick<NetworkContext['shared'], 'clock'> }
  readonly hosts: Pick<HostSnapshots, 'nodes'>
}

/**
 * Calls `attempt` until it succeeds, as long as its errors are of the kind that passes and the nodes asked are alive. The
 * waits are short, since most of the time of a creation would be spent in them. A node that ended is not waited for: its
 * end, with its last lines, is the error.
 */
export async function whileStarting<T>(
  context: WaitingContext,
  nodeIds: readonly string[],
  attempt: () => Promise<T>,
): Promise<T> {
  const { clock } = context.network.shared
  const begun = clock.monotonic()
  let lookAt = begun + aliveMs
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      context.signal.throwIfAborted()
      if (!(error instanceof PlatformError) || !passing.has(error.code) || clock.monotonic() > begun + patienceMs)
        throw error
    }
    const waitedMs = clock.monotonic() - begun
    if (waitedMs > restsAfterMs) context.rests()
    const waitMs = Math.min(Math.max(leastWaitMs, waitedMs / 10), mostWaitMs)
    await clock.sleep(waitMs, { signal: context.signal })
    if (clock.monotonic() > lookAt) {
      lookAt = clock.monotonic() + aliveMs
      await assertAlive(context, nodeIds)
    }
  }
}

async function assertAlive(context: WaitingContext, nodeIds: readonly string[]): Promise<void> {
  for (const nodeId of nodeIds) {
    const node = context.network.node(nodeId)
    const seen = (await context.hosts.nodes(node.hostId, aliveMs))?.get(nodeId)
    if (seen?.state === 'exited') throw nodeExited(nodeRef(node), seen)
  }
}

export function nodeExited(node: string, seen: ObservedNode): PlatformError {
  const how = seen.exit?.signal ? `signal ${seen.exit.signal}` : `exit code ${seen.exit?.code ?? 'unknown'}`
  const last = seen.lastLines?.findLast((line) => line.trim() !== '')
  const detail = last === undefined ? how : `${how}, after it printed «${last.slice(0, 300)}»`
  return new PlatformError('NODE_EXITED', { node, detail, lastLines: seen.lastLines })
}
