import type { ObservedNetwork, Plan, PlanNote } from '@cello/model'
import { planChannel } from './plan-channels.ts'
import { contractResidue, planContract } from './plan-contracts.ts'
import { isWantedUp, planIdentities, planNodes, planRemovals } from './plan-nodes.ts'
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
  planRemovals(draft)
  const isSilent = wanted.nodes.some((node) => isWantedUp(draft, node) && draft.stateOf(node).state === 'unknown')
  if (wanted.power === 'running' && !isSilent && (draft.steps.length > 0 || !isReady(draft))) {
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

function planDeletion(draft: Draft): Plan {
  for (const node of draft.wanted.nodes) draft.add('remove-node', node.id, `remove ${nodeTitle(node)}`)
  draft.add('forget-network', draft.wanted.id, `forget network ${draft.wanted.name}`, draft.planned('remove-node'))
  return { steps: draft.steps, notes: [] }
}

/** Whether every node that should run is healthy, each channel has a leader, and its gateway peers see each other. */
export function isReady(draft: Draft): boolean {
  const { wanted, observed } = draft
  const healthy = wanted.nodes
    .filter((node) => isWantedUp(draft, node))
    .every((node) => draft.stateOf(node).state === 'running')
  return (
    healthy &&
    wanted.spec.channels.every((channel) => {
      const seen = observed.channels[channel.name]
      if (!seen) return false
      const orderers = channelNodes(wanted, channel, 'orderer').filter((node) => isWantedUp(draft, node))
      const isLed = orderers.length === 0 || Object.values(seen.orderers).some(({ leads }) => leads !== false)
      return isLed && seen.discovered
    })
  )
}
