import { PlatformError } from '@cello/model'
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
 * Brings the configuration to what is wanted. Of the consenters one is added or removed at a time, and only while all of
 * the present ones are active: another change with one of them down could cost the quorum for good.
 */
export const updateChannel: Action = async (context) => {
  const { network, signal } = context
  const [channel] = keyParts(context.step)
  const wanted = channelFacts(network, channel)
  await whileStarting(context, wanted.consenters, async () => {
    for (const consenters of await consenterMoves(context, channel, wanted.consenters)) {
      await network.session.updateChannel({ ...wanted, consenters }, { signal })
    }
  })
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
  if (added.length + removed.length > 0) await assertAllActive(context, channel, present)
  const moves: string[][] = []
  for (const id of added) moves.push((present = [...present, id]))
  for (const id of removed) moves.push((present = present.filter((other) => other !== id)))
  return moves.length > 0 ? moves : [[...wanted]]
}

async function assertAllActive(context: ActionContext, channel: string, consenters: readonly string[]): Promise<void> {
  for (const nodeId of consenters) {
    const seen = await context.network.session.observeOrderer(nodeId, context)
    const state = seen.channels.find(({ name }) => name === channel)
    if (state?.status !== 'active') {
      const node = context.network.node(nodeId)
      const detail = `orderer ${node.organization}/${node.name} is ${state?.status ?? 'not on it'}`
      throw new PlatformError('QUORUM_AT_RISK', { channel, detail })
    }
  }
}
