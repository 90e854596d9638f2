import { type DeploymentSpec, type NodeRecord, type ObservedDefinition, stepId } from '@cello/model'
import { isSameDefinition } from './same-definition.ts'
import { type Draft, nodeTitle } from './steps.ts'

/** The contract that a node serves: as the document wants it, and as the ledger has it. */
interface Served {
  /** `channel/contract`. */
  readonly prefix: string
  /** Absent: the document no longer names it. */
  readonly wanted: DeploymentSpec | undefined
  /** Absent: nothing is committed, or it could not be asked. */
  readonly committed: ObservedDefinition | undefined
}

function servedBy({ wanted, observed }: Draft, { contract }: NodeRecord): Served | undefined {
  if (!contract) return undefined
  const { channel, name } = contract
  return {
    prefix: `${channel}/${name}`,
    wanted: wanted.spec.channels.find((one) => one.name === channel)?.contracts.find((one) => one.name === name),
    committed: observed.channels[channel]?.contracts?.[name]?.committed,
  }
}

/**
 * A node that a change takes away goes on serving until the ledger calls another. Should it end before, it is started again:
 * the change may have failed for good, and then nothing of it is in force.
 */
export function planServingNodes(draft: Draft, channel: string, contract: string): void {
  for (const node of draft.wanted.nodes) {
    if (!node.removed || node.power === 'stopped') continue
    if (node.contract?.channel !== channel || node.contract.name !== contract) continue
    const { state } = draft.stateOf(node)
    // Of one that is absent nothing is left to start: what it was is known to its host alone.
    if ((state === 'exited' || state === 'stopped') && isCalled(draft, node)) {
      draft.add('ensure-node', node.id, `start ${nodeTitle(node)}`)
    }
  }
}

/** Whether calls go to this node though it is no longer wanted: nothing newer of its contract is in force for its organization. */
function isCalled(draft: Draft, node: NodeRecord): boolean {
  const { prefix, wanted, committed } = servedBy(draft, node) ?? {}
  if (!wanted || !committed) return false
  return !isSameDefinition(wanted, committed) || draft.has(`approve-contract/${prefix}/${node.organization}`)
}

/** Whether the definition that the ledger has may still be served by this node: the one that is wanted is not committed yet. */
export function isServing(draft: Draft, node: NodeRecord): boolean {
  const { prefix, wanted, committed } = servedBy(draft, node) ?? {}
  if (!wanted || draft.has(`commit-contract/${prefix}`)) return false
  return committed === undefined || !isSameDefinition(wanted, committed)
}

/**
 * What makes the ledger call the nodes that take this one's place: the commit, which waits for them; or, where only the
 * package is another one and nothing is committed, the approval of that, and that it is installed and runs.
 */
export function successorSteps(draft: Draft, node: NodeRecord): string[] {
  const { prefix = '' } = servedBy(draft, node) ?? {}
  const commit = `commit-contract/${prefix}`
  if (draft.has(commit)) return [commit]
  const { channel, name } = node.contract ?? {}
  const successors = draft.wanted.nodes.filter(
    ({ removed, contract }) => !removed && contract?.channel === channel && contract?.name === name,
  )
  return [
    `approve-contract/${prefix}/${node.organization}`,
    ...draft.planned('install-package').filter((id) => id.startsWith(`install-package/${prefix}/`)),
    ...successors.map(({ id }) => stepId({ kind: 'ensure-node', key: id })),
  ]
}
