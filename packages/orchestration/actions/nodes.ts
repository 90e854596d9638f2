import { nodeRef, PlatformError } from '@cello/model'
import type { Action, ActionContext } from './action.ts'
import { nodeExited, whileStarting } from './wait-for-node.ts'

/**
 * Makes the node run as it is specified. A node that ran before is waited for, so that restarts go one after the other. Of one
 * that is no longer wanted, and serves until another does, the host alone knows the specification.
 */
export const ensureNode: Action = async (context) => {
  const { network, step, fence, signal } = context
  const node = network.node(step.key)
  const driver = network.driverOf(node)
  const before = (await context.hosts.nodes(node.hostId, 1_000))?.get(node.id)
  const seen =
    node.removed && node.contract
      ? await driver.start(node.id, { fence, signal })
      : await driver.ensure(await network.nodeSpec(node), { fence, signal })
  if (seen.state === 'exited') throw nodeExited(nodeRef(node), seen)
  if (before?.state === 'running' && node.kind !== 'contract') await answers(context, node.id)
}

export const stopNode: Action = async ({ network, step, fence, signal }) => {
  await network.driverOf(network.node(step.key)).stop(step.key, { fence, signal })
}

/** Deletes what the host has of the node, and only then its row: until the row is gone, its ports are nobody else's. */
export const removeNode: Action = async ({ network, step, fence, signal }) => {
  const node = network.node(step.key)
  await network.driverOf(node).remove(node.id, { fence, signal })
  if (!network.record.deleting) await network.shared.store.networks.forgetNode(node.id, fence)
}

function answers(context: ActionContext, nodeId: string): Promise<void> {
  const { network, signal } = context
  const node = network.node(nodeId)
  return whileStarting(context, [nodeId], async () => {
    const { session } = network
    const seen = await (node.kind === 'orderer'
      ? session.observeOrderer(nodeId, { signal })
      : session.observePeer(nodeId, { signal }))
    if (!seen.ready)
      throw new PlatformError('NODE_NOT_READY', { node: nodeRef(node), detail: 'it does not say that it is ready' })
  })
}
