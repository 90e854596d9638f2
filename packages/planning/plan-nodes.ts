import { domainOf, type NodeRecord, nodeRef, type PlanNote, stepId } from '@cello/model'
import { type Draft, nodeTitle } from './steps.ts'

/** Identities first: nothing of an organization can start without them. */
export function planIdentities(draft: Draft): void {
  const { wanted, observed } = draft
  for (const org of wanted.spec.organizations) {
    const nodes = wanted.nodes.filter(
      (node) => node.organization === org.name && node.kind !== 'contract' && !node.removed,
    )
    const complete =
      observed.identities.organizations.includes(org.name) &&
      nodes.every((node) => observed.identities.nodes.includes(node.id))
    if (!complete)
      draft.add('make-identities', org.name, `make the identities of ${org.name} (${domainOf(wanted.spec, org)})`)
  }
}

/** Every wanted node runs as it is specified, or is stopped as wanted. What does not answer is left alone: silence is not loss. */
export function planNodes(draft: Draft): PlanNote[] {
  const silent = draft.wanted.nodes.filter((node) => !node.removed && draft.stateOf(node).state === 'unknown')
  const answering = draft.wanted.nodes.filter((node) => !node.removed && draft.stateOf(node).state !== 'unknown')
  for (const node of answering) planPower(draft, node)
  return silent.map((node) => ({
    kind: 'waiting',
    subject: `node/${nodeRef(node)}`,
    message: 'its host does not answer',
  }))
}

function planPower(draft: Draft, node: NodeRecord): void {
  const { state, current } = draft.stateOf(node)
  const identities = `make-identities/${node.organization}`
  if (!isWantedUp(draft, node)) {
    if (isUp(state)) draft.add('stop-node', node.id, `stop ${nodeTitle(node)}`)
  } else if (!isUp(state)) {
    draft.add('ensure-node', node.id, `start ${nodeTitle(node)}`, [identities])
  } else if (!current) {
    // One running node at a time: two orderers down together can cost a channel its quorum.
    const before = draft.steps.findLast((step) => step.kind === 'ensure-node' && step.title.startsWith('restart'))
    draft.add('ensure-node', node.id, `restart ${nodeTitle(node)}`, [identities, ...(before ? [stepId(before)] : [])])
  }
}

/** Nodes that are no longer wanted go last: after the channel no longer counts on them. */
export function planRemovals(draft: Draft): void {
  for (const node of draft.wanted.nodes.filter(({ removed }) => removed)) {
    const needs =
      node.kind === 'contract'
        ? [`commit-contract/${node.contract?.channel}/${node.contract?.name}`]
        : [
            ...draft.planned('update-channel'),
            ...draft.planned('leave-orderer').filter((id) => id.endsWith(`/${node.id}`)),
          ]
    draft.add('remove-node', node.id, `remove ${nodeTitle(node)}`, needs)
  }
}

export function isUp(state: string): boolean {
  return state === 'running' || state === 'starting' || state === 'unhealthy'
}

/** Whether the node is wanted up and its host answers: what does not answer is not acted on, and not given up. */
export function isWithinReach(draft: Draft, node: NodeRecord): boolean {
  return isWantedUp(draft, node) && draft.stateOf(node).state !== 'unknown'
}

/** Whether the node is wanted up. */
export function isWantedUp(draft: Draft, node: NodeRecord): boolean {
  return !node.removed && node.power === 'running' && draft.wanted.power === 'running'
}
