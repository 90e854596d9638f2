import { PlatformError } from '@cello/model'
import { quorumOf } from '@cello/planning'
import { type Action, type ActionContext, keyParts } from './action.ts'
import { channelFacts, genesisOf } from './channel-facts.ts'
import { whileStarting } from './wait-for-node.ts'

export const joinOrderer: Action = async (context) => {
  const { network, signal } = context
  const [channel, nodeId] = keyParts(context.step)
  const genesis = await genesisOf(network, channel)
  await whileStarting(context, [nodeId], () => network.session.joinOrderer(nodeId, channel, genesis, { signal }))
}

export const leaveOrderer: Action = async (context) => {
  const [channel, nodeId] = keyParts(context.step)
  await whileStarting(context, [nodeId], () => context.network.session.leaveOrderer(nodeId, channel, context))
}

export const joinPeer: Action = async (context) => {
  const { network, signal } = context
  const [channel, nodeId] = keyParts(context.step)
  const genesis = await genesisOf(network, channel)
  await whileStarting(context, [nodeId], () => network.session.joinPeer(nodeId, channel, genesis, { signal }))
}

/**
 * Brings the configuration to what is wanted. Of the consenters one is added or removed at a time, and only while all that
 * stay are active: another change with one of them down could cost the quorum for good. One that goes may be down.
 */
export const updateChannel: Action = async (context) => {
  const { network, signal } = context
  const [channel] = keyParts(context.step)
  const wanted = channelFacts(network, channel)
  for (let left = 1; left > 0; ) {
    // Looked at anew before each move: the one that was added last must be active before the next.
    left = await whileStarting(context, wanted.consenters, async () => {
      const [consenters = wanted.consenters, ...later] = await consenterMoves(context, channel, wanted.consenters)
      await network.session.updateChannel({ ...wanted, consenters }, { signal })
      return later.length
    })
  }
}

/** The sets of consenters to go through, each one change from the one before; the last is the wanted one. */
async function consenterMoves(context: ActionContext, channel: string, wanted: readonly string[]): Promise<string[][]> {
  const { network, signal } = context
  const { consenters } = await network.session.observeChannel(channel, { signal })
  const byAddress = new Map(
    network.record.nodes.map((node) => [`${network.wanted.addresses[node.id]}:${node.ports.service}`, node.id]),
  )
  let present = consenters.flatMap((address) => byAddress.get(address) ?? [])
  const added = wanted.filter((id) => !present.includes(id))
  const removed = present.filter((id) => !wanted.includes(id))
  const down = added.length + removed.length > 0 ? await downOf(context, channel, { present, wanted }) : []
  // Those that are down go first: with each one more beside them, more would have to be up.
  const first = removed.filter((id) => down.includes(id))
  const moves: string[][] = []
  const take = (id: string) => moves.push((present = present.filter((other) => other !== id)))
  for (const id of first) take(id)
  for (const id of added) moves.push((present = [...present, id]))
  for (const id of removed.filter((other) => !first.includes(other))) take(id)
  return moves.length > 0 ? moves : [[...wanted]]
}

interface Consenters {
  readonly present: readonly string[]
  readonly wanted: readonly string[]
}

/** Present consenters that are not active and go. @throws QUORUM_AT_RISK for one that stays, or when too few are active */
async function downOf(context: ActionContext, channel: string, { present, wanted }: Consenters): Promise<string[]> {
  const down: string[] = []
  for (const nodeId of present) {
    const status = await statusOf(context, channel, nodeId, wanted.includes(nodeId))
    if (status === 'active') continue
    const node = context.network.node(nodeId)
    const detail = `orderer ${node.organization}/${node.name} is ${status ?? 'not on it'}`
    if (wanted.includes(nodeId)) throw new PlatformError('QUORUM_AT_RISK', { channel, detail })
    down.push(nodeId)
  }
  const active = present.length - down.length
  const { type } = channelFacts(context.network, channel).consensus
  if (active >= quorumOf(type, present.length)) return down
  throw new PlatformError('QUORUM_AT_RISK', { channel, detail: `${active} of ${present.length} orderers are active` })
}

/** How the orderer takes part in the channel; one that has not seen yet that it is a consenter follows. One that goes need not answer. */
async function statusOf(
  context: ActionContext,
  channel: string,
  nodeId: string,
  isStaying: boolean,
): Promise<string | undefined> {
  try {
    const seen = await context.network.session.observeOrderer(nodeId, context)
    const found = seen.channels.find(({ name }) => name === channel)
    return found && (found.relation === 'consenter' ? found.status : found.relation)
  } catch (error) {
    context.signal.throwIfAborted()
    if (isStaying) throw error
    return 'not answering'
  }
}
