/** Operations and their steps: the record of a change, for people. The engine never reads it to decide what to do. */
export const operationStates = [
  'queued',
  'running',
  'waiting',
  'succeeded',
  'failed',
  'cancelled',
  'superseded',
] as const
export type OperationState = (typeof operationStates)[number]

/** The allowed moves: feeds the type, the SQL check, docs/states.md and the screens. */
export const operationMoves = {
  queued: ['running', 'cancelled', 'superseded'],
  running: ['waiting', 'succeeded', 'failed', 'cancelled', 'superseded'],
  waiting: ['running', 'cancelled', 'superseded'],
  succeeded: [],
  // A retry of a failed operation is the same operation going on.
  failed: ['running', 'superseded'],
  cancelled: [],
  superseded: [],
} as const satisfies Record<OperationState, readonly OperationState[]>

export const stepStates = ['pending', 'running', 'done', 'failed', 'dropped'] as const
export type StepState = (typeof stepStates)[number]

export const operationKinds = [
  'create-network',
  'change-network',
  'start-network',
  'stop-network',
  'restart-network',
  'delete-network',
  'start-node',
  'stop-node',
  'restart-node',
  'delete-node',
  'repair-network',
  'install-fabric',
] as const
export type OperationKind = (typeof operationKinds)[number]

/** One unit of a plan: data, never a closure. `key` names what it acts on; (kind, key) is unique in a plan. */
export interface Step {
  readonly kind: StepKind
  readonly key: string
  /** Steps that must be done before, as `kind/key`. */
  readonly needs: readonly string[]
  /** For people: `start orderer Orderer/orderer0`. */
  readonly title: string
}

export const stepKinds = [
  'make-identities',
  'make-genesis',
  'ensure-node',
  'stop-node',
  'remove-node',
  'join-orderer',
  'leave-orderer',
  'join-peer',
  'update-channel',
  'install-package',
  'approve-contract',
  'commit-contract',
  'await-ready',
  'forget-network',
] as const
export type StepKind = (typeof stepKinds)[number]

/** `kind/key`: how steps name each other. */
export function stepId(step: Pick<Step, 'kind' | 'key'>): string {
  return `${step.kind}/${step.key}`
}

/** Something that was refused, or that stays behind because a ledger cannot undo it. */
export interface PlanNote {
  readonly kind: 'refused' | 'residue' | 'waiting'
  /** What it is about: `channel/main`, `node/Org1/peer0`. */
  readonly subject: string
  readonly message: string
  /** The nearest possible act, or what to do next. */
  readonly next?: string
}

export interface Plan {
  readonly steps: readonly Step[]
  readonly notes: readonly PlanNote[]
}
