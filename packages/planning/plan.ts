import type { ChannelSpec, ObservedNetwork, Plan, PlanNote } from '@cello/model'
import { planChannel } from './plan-channels.ts'
import { contractResidue, planContract } from './plan-contracts.ts'
import { isSilent, isWantedUp, planIdentities, planNodes, planRemovals, silence } from './plan-nodes.ts'
import { quorumOf } from './quorum.ts'
import { Draft, nodeTitle } from './steps.ts'
import { channelNodes, type WantedNetwork } from './wanted.ts'

/**
 * What is left to do until the network is as it is wanted: a pure function, equal for equal input. No steps means that it
 * is so. Steps that need nothing that is planned can start at once.
 */
export function plan(wanted: WantedNetwork, observed: ObservedNetwork): Plan {
  const draft = new Draft(wanted, observed)
  if (wanted.deleting) return planDeletion(draft)
  const notes: PlanNote[] = []
  planIdentities(draft)
  notes.push(...planNodes(draft))
  if (wanted.power === 'running') notes.push(...planLedgers(draft))
  notes.push(...planRemovals(draft))
  const isWaiting = wanted.nodes.some((node) => isWantedUp(draft, node) && isSilent(draft, node))
  const isRefused = notes.some(({ kind }) => kind === 'refused')
  if (wanted.power === 'running' && !isWaiting && !isRefused && (draft.steps.length > 0 || !isReady(draft))) {
    const others = draft.planned(
      'ensure-node',
      'join-orderer',
      'join-peer',
      'update-channel',
      'commit-contract',
      'install-package',
      'approve-contract',
    )
    draft.add('await-ready', wanted.id, 'wait until every node sees the others', others)
  }
  return { steps: draft.steps, notes }
}

/** An observation of a network of which nothing is there yet. */
export function emptyObservation(networkId: string, at: number): ObservedNetwork {
  return { networkId, at, identities: { organizations: [], nodes: [] }, genesis: [], nodes: {}, channels: {} }
}

function planLedgers(draft: Draft): PlanNote[] {
  return draft.wanted.spec.channels.flatMap((channel) => {
    const notes = planChannel(draft, channel)
    for (const contract of channel.contracts) planContract(draft, channel, contract)
    return [...notes, ...contractResidue(draft, channel)]
  })
}

/** Nothing is forgotten before every host has said that nothing of the network is left there. */
function planDeletion(draft: Draft): Plan {
  const silent = draft.wanted.nodes.filter((node) => isSilent(draft, node))
  for (const node of draft.wanted.nodes.filter((candidate) => !silent.includes(candidate))) {
    draft.add('remove-node', node.id, `remove ${nodeTitle(node)}`)
  }
  if (silent.length === 0) {
    draft.add('forget-network', draft.wanted.id, `forget network ${draft.wanted.name}`, draft.planned('remove-node'))
  }
  return { steps: draft.steps, notes: silent.map(silence) }
}

/** Whether every node that should run is healthy, each channel has a leader, and its gateway peers see each other. */
export function isReady(draft: Draft): boolean {
  const { wanted } = draft
  const healthy = wanted.nodes
    .filter((node) => isWantedUp(draft, node))
    .every((node) => draft.stateOf(node).state === 'running')
  return healthy && wanted.spec.channels.every((channel) => isChannelReady(draft, channel))
}

/** A channel whose orderers were stopped by their owner below the quorum has no leader to wait for. */
function isChannelReady(draft: Draft, channel: ChannelSpec): boolean {
  const { wanted, observed } = draft
  const seen = observed.channels[channel.name]
  const isUpIn = (kind: 'orderer' | 'peer') =>
    channelNodes(wanted, channel, kind).filter((node) => isWantedUp(draft, node)).length
  if (!seen) return isUpIn('orderer') + isUpIn('peer') === 0
  const consenters = channelNodes(wanted, channel, 'orderer').length
  const canBeLed = isUpIn('orderer') >= quorumOf(channel.consensus.type, consenters)
  const isLed = Object.values(seen.orderers).some(({ leads }) => leads !== false)
  return (isLed || !canBeLed) && (seen.discovered || isUpIn('peer') === 0)
}
