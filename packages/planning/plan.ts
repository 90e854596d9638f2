import type { ObservedNetwork, Plan, PlanNote } from '@cello/model'
import { planChannel } from './plan-channels.ts'
import { contractResidue, planContract } from './plan-contracts.ts'
import { isSilent, isWantedUp, planIdentities, planNodes, planRemovals, silence } from './plan-nodes.ts'
import { isReady } from './readiness.ts'
import { Draft, nodeTitle } from './steps.ts'
import type { WantedNetwork } from './wanted.ts'

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
    planWaits(draft)
  }
  return { steps: draft.steps, notes }
}

/**
 * The last step is a look at all there is. Where contracts are deployed on new nodes, orderers and peers are looked at beside
 * that too: what is wrong with them is found while the first blocks are waited for, and so is what the last look needs.
 */
function planWaits(draft: Draft): void {
  const { id } = draft.wanted
  const nodes = draft.planned('ensure-node', 'join-orderer', 'join-peer', 'update-channel', 'install-package')
  const contracts = draft.planned('approve-contract', 'commit-contract')
  const isLong = draft.planned('join-peer').length > 0 && contracts.length > 0
  if (isLong) draft.add('await-nodes', id, 'wait until orderers and peers see each other', nodes)
  // A look taken beside what takes nodes away would see them still there, and they would be taken away again.
  const goings = draft.planned('stop-node', 'leave-orderer', 'remove-node')
  const others = [...nodes, ...contracts, ...goings, ...(isLong ? [`await-nodes/${id}`] : [])]
  draft.add('await-ready', id, 'wait until every node sees the others', others)
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
