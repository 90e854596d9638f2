import { list } from '@cello/kit'
import type { NodeState, OperationKind, OperationState } from '@cello/model'

export type NetworkState =
  | 'creating'
  | 'starting'
  | 'changing'
  | 'running'
  | 'degraded'
  | 'stopping'
  | 'stopped'
  | 'deleting'
  | 'failed'
  | 'unknown'

/** What a network's state follows from: what is wanted, and what was seen. */
export interface NetworkFacts {
  readonly deleting: boolean
  readonly power: 'running' | 'stopped'
  /** The generation that is wanted was seen whole. */
  readonly settled: boolean
  /** Some generation was seen whole. */
  readonly wasWhole: boolean
  /** The newest operation that goes on, waits or has failed. */
  readonly operation?:
    | { readonly kind: OperationKind; readonly state: OperationState; readonly message?: string | undefined }
    | undefined
  /** Absent: not looked at yet. By `Org1/peer0`, of the nodes that are wanted. */
  readonly nodes?:
    | readonly { readonly ref: string; readonly wantedUp: boolean; readonly state: NodeState }[]
    | undefined
  /** What is broken although each node may be well, in words. */
  readonly broken?: readonly string[] | undefined
}

interface Row {
  readonly state: NetworkState
  readonly when: (facts: NetworkFacts) => boolean
  readonly reason?: (facts: NetworkFacts) => string | undefined
}

const up: readonly NodeState[] = ['running', 'starting', 'unhealthy']
const gaveUp = (facts: NetworkFacts) =>
  facts.operation?.state === 'failed' || (!facts.settled && facts.operation === undefined)
const whyGaveUp = ({ operation }: NetworkFacts) =>
  operation === undefined ? 'its last operation was cancelled' : (operation.message ?? 'its last operation failed')

/** The states of a network: the first row that holds is its state. docs/states.md is made of it. */
export const networkStateTable: readonly Row[] = [
  {
    state: 'deleting',
    when: ({ deleting }) => deleting,
    reason: (facts) => (facts.operation?.state === 'failed' ? whyGaveUp(facts) : undefined),
  },
  { state: 'failed', when: (facts) => gaveUp(facts) && !facts.wasWhole, reason: whyGaveUp },
  { state: 'failed', when: (facts) => gaveUp(facts) && !someUp(facts), reason: whyGaveUp },
  { state: 'degraded', when: gaveUp, reason: whyGaveUp },
  { state: 'stopping', when: ({ settled, power }) => !settled && power === 'stopped' },
  { state: 'creating', when: ({ settled, wasWhole }) => !settled && !wasWhole },
  {
    state: 'starting',
    when: ({ settled, operation }) =>
      !settled && (operation?.kind === 'start-network' || operation?.kind === 'restart-network'),
  },
  { state: 'changing', when: ({ settled }) => !settled, reason: ({ operation }) => operation?.kind },
  { state: 'unknown', when: ({ nodes }) => nodes === undefined, reason: () => 'it was not looked at yet' },
  {
    state: 'unknown',
    when: ({ nodes = [] }) => nodes.length > 0 && nodes.every(({ state }) => state === 'unknown'),
    reason: () => 'its host does not answer',
  },
  { state: 'stopped', when: (facts) => facts.power === 'stopped' && !someUp(facts) },
  { state: 'stopping', when: ({ power }) => power === 'stopped' },
  { state: 'degraded', when: (facts) => limping(facts).length > 0, reason: (facts) => list(limping(facts)) },
  { state: 'running', when: () => true },
]

/** What the network is doing, and why where that is not plain. */
export function networkState(facts: NetworkFacts): { state: NetworkState; reason?: string | undefined } {
  const row = networkStateTable.find(({ when }) => when(facts))
  const reason = row?.reason?.(facts)
  return { state: row?.state ?? 'unknown', ...(reason === undefined ? {} : { reason }) }
}

function someUp({ nodes = [] }: NetworkFacts): boolean {
  return nodes.some(({ state }) => up.includes(state))
}

/** Nodes that should run and do not, each with what it does instead, and what is broken between nodes. */
function limping({ nodes = [], broken = [] }: NetworkFacts): string[] {
  const notUp = nodes.filter(({ wantedUp, state }) => wantedUp && state !== 'running')
  return [...notUp.map(({ ref, state }) => `${ref} is ${state}`), ...broken]
}
