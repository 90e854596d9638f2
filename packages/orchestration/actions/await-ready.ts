import { type NodeRecord, nodeRef, type ObservedNetwork, PlatformError } from '@cello/model'
import { areOrderersAndPeersReady, channelNodes, plan } from '@cello/planning'
import type { NetworkContext } from '../network-context.ts'
import { observeNetwork } from '../observe/observe-network.ts'
import type { Action, ActionContext } from './action.ts'
import { channelsLed, contractsListen, isLedgerNode, peersMet, runningNodes } from './coming-last.ts'
import { whileStarting } from './wait-for-node.ts'

/** Milliseconds that a peer which is behind may take for its next block. */
const stalledMs = 45_000
/** Milliseconds between two looks of the last wait, on which the operation hangs. */
const lookMs = 30
/** The same while blocks are waited for: nobody hangs on the answer, and orderers elect meanwhile. */
const calmLookMs = 100
/** Milliseconds that the look before the contracts' transactions counts in the last one. */
const freshMs = 10_000
/** Milliseconds of looking at what mostly comes last. */
const soonMs = 3_000

/**
 * Waits until a plan for what is seen has no steps: every node healthy, every channel led, every gateway peer sees the
 * others; and until every peer has the blocks that there were at the beginning. One that has just joined answers of a past.
 */
export const awaitReady: Action = async (context) => {
  const { network } = context
  const running = runningNodes(network.wanted).map(({ id }) => id)
  const ready = (await readyNow(context)) ?? (await readySoon(context, running))
  const tips = Object.entries(ready.channels).map(([name, { orderers, peers }]): [string, number] => {
    const heights = [...Object.values(orderers), ...Object.values(peers)].map(({ height }) => height)
    return [name, Math.max(0, ...heights)]
  })
  network.keepLook('last', await caughtUp(context, new Map(tips), ready))
}

/**
 * Waits until orderers and peers are healthy, every channel is led and every gateway peer sees the others, while contracts may
 * still be on their way.
 */
export const awaitNodes: Action = async (context) => {
  const nodes = runningNodes(context.network.wanted).filter(isLedgerNode)
  await soon(context, channelsLed, calmLookMs)
  await soon(context, peersMet, calmLookMs)
  await whileStarting(
    context,
    nodes.map(({ id }) => id),
    () => assertNodesReady(context),
  )
}

async function readyNow(context: ActionContext): Promise<ObservedNetwork | undefined> {
  try {
    return await assertReady(context, freshLook(context))
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'NODE_NOT_READY') return undefined
    throw error
  }
}

/** What was seen before the contracts' transactions, unless these took long. */
function freshLook({ network }: ActionContext): ObservedNetwork | undefined {
  const look = network.takeLook('before-contracts')
  return look && network.shared.clock.now() - look.at < freshMs ? look : undefined
}

async function readySoon(context: ActionContext, running: readonly string[]): Promise<ObservedNetwork> {
  // What mostly comes last is that the contracts listen and that the peers meet.
  await soon(context, contractsListen)
  await soon(context, peersMet)
  return whileStarting(context, running, () => assertReady(context))
}

/**
 * To ask for one thing alone, again and again, costs a tenth of what a look at all there is costs the nodes. Whatever is wrong
 * is found out by that look.
 */
async function soon(
  context: ActionContext,
  isThere: (context: ActionContext) => Promise<boolean>,
  everyMs = lookMs,
): Promise<void> {
  const { network, signal } = context
  const { clock } = network.shared
  const end = clock.monotonic() + soonMs
  while (!(await isThere(context).catch(() => false)) && clock.monotonic() < end) {
    await clock.sleep(everyMs, { signal })
  }
}

/** A long chain may take its time, as long as it grows. @returns the last look */
async function caughtUp(
  context: ActionContext,
  tips: ReadonlyMap<string, number>,
  ready: ObservedNetwork,
): Promise<ObservedNetwork> {
  const { network, signal } = context
  const { clock } = network.shared
  const reached = new Map<string, number>()
  let patientUntil = clock.monotonic() + stalledMs
  for (let seen = ready; ; seen = await observeNetwork(network, context.hosts)) {
    const behind = laggards(network, seen.channels, tips)
    const [first] = behind
    if (!first) return seen
    for (const { id, height } of behind) {
      if (height > (reached.get(id) ?? -1)) patientUntil = clock.monotonic() + stalledMs
      reached.set(id, height)
    }
    if (clock.monotonic() > patientUntil) {
      const detail = `it has ${first.height} of ${first.tip} blocks of channel ${first.channel}, and gets no more`
      throw new PlatformError('NODE_NOT_READY', { node: first.node, detail })
    }
    await clock.sleep(lookMs, { signal })
  }
}

function laggards(network: NetworkContext, channels: ObservedNetwork['channels'], tips: ReadonlyMap<string, number>) {
  return network.record.spec.channels.flatMap((channel) => {
    const tip = tips.get(channel.name) ?? 0
    return channelNodes(network.wanted, channel, 'peer')
      .filter(({ power }) => power === 'running')
      .map((node) => ({ node, height: channels[channel.name]?.peers[node.id]?.height ?? 0 }))
      .filter(({ height }) => height < tip)
      .map(({ node, height }) => ({
        id: `${channel.name}/${node.id}`,
        node: nodeRef(node),
        channel: channel.name,
        height,
        tip,
      }))
  })
}

async function assertReady({ network, hosts }: ActionContext, earlier?: ObservedNetwork): Promise<ObservedNetwork> {
  const observed = await observeNetwork(network, hosts, earlier)
  const left = plan(network.wanted, observed).steps
  if (left.length === 0 || left.some(({ kind }) => kind !== 'await-ready')) return observed
  throw notReady(network, observed, network.record.nodes)
}

async function assertNodesReady({ network, hosts }: ActionContext): Promise<void> {
  const observed = await observeNetwork(network, hosts)
  if (areOrderersAndPeersReady(network.wanted, observed)) {
    network.keepLook('before-contracts', observed)
    return
  }
  throw notReady(network, observed, network.record.nodes.filter(isLedgerNode))
}

/** Says what is waited for: a node, or something of a channel. */
function notReady(network: NetworkContext, observed: ObservedNetwork, nodes: readonly NodeRecord[]): PlatformError {
  const stateOf = ({ id }: NodeRecord) => observed.nodes[id]?.state ?? 'absent'
  const waiting = nodes.find((node) => !['running', 'stopped'].includes(stateOf(node)))
  const channel = Object.entries(observed.channels).find(([, state]) => !state.discovered)?.[0]
  const detail = waiting
    ? `node ${nodeRef(waiting)} is ${stateOf(waiting)}`
    : channel
      ? `peers of channel ${channel} do not all see each other yet`
      : 'a channel has no leader yet'
  return new PlatformError('NODE_NOT_READY', { node: network.record.name, detail })
}
