import { PlatformError } from '@cello/model'
import { plan } from '@cello/planning'
import { observeNetwork } from '../observe/observe-network.ts'
import type { Action, ActionContext } from './action.ts'
import { whileStarting } from './wait-for-node.ts'

/** Waits until a plan for what is seen has no steps: every node healthy, every channel led, every gateway peer sees the others. */
export const awaitReady: Action = async (context) => {
  const { network } = context
  const running = network.record.nodes.filter((node) => !node.removed && node.power === 'running').map(({ id }) => id)
  await whileStarting(context, running, () => assertReady(context))
}

async function assertReady({ network, hosts }: ActionContext): Promise<void> {
  const observed = await observeNetwork(network, hosts)
  const left = plan(network.wanted, observed).steps
  if (left.length === 0 || left.some(({ kind }) => kind !== 'await-ready')) return
  const waiting = Object.entries(observed.nodes).find(
    ([, node]) => node.state !== 'running' && node.state !== 'stopped',
  )
  const channel = Object.entries(observed.channels).find(([, state]) => !state.discovered)?.[0]
  const detail = waiting
    ? `node ${network.node(waiting[0]).organization}/${network.node(waiting[0]).name} is ${waiting[1].state}`
    : channel
      ? `peers of channel ${channel} do not all see each other yet`
      : 'a channel has no leader yet'
  throw new PlatformError('NODE_NOT_READY', { node: network.record.name, detail })
}
