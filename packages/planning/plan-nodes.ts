import { domainOf, type NodeRecord, type PlanNote } from '@cello/model'
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
  const notes: PlanNote[] = []
  for (const node of draft.wanted.nodes) {
    if (node.removed) continue
    const { state, current } = draft.stateOf(node)
    if (state === 'unknown') {
      notes.push({
        kind: 'waiting',
        subject: `node/${node.organization}/${node.name}`,
        message: 'its host does not answer',
      })
    } else if (draft.wanted.power === 'stopped' || node.power === 'stopped') {
      if (state !== 'stopped' && state !== 'absent') draft.add('stop-node', node.id, `stop ${nodeTitle(node)}`)
    } else if (!current || !isUp(state)) {
      draft.add('ensure-node', node.id, `start ${nodeTitle(node)}`, [`make-identities/${node.organization}`])
    }
  }
  return notes
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

/** Whether the node is wanted up. */
export function isWantedUp(draft: Draft, node: NodeRecord): boolean {
  return !node.removed && node.power === 'running' && draft.wanted.power === 'running'
}
