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

/** States in which something is still to come by itself. */
export const goingOnStates = ['queued', 'running', 'waiting'] as const satisfies readonly OperationState[]

/** Whether something is still to come of the operation by itself. */
export function isGoingOn({ state }: { readonly state: OperationState }): boolean {
  return goingOnStates.some((one) => one === state)
}

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
  'use-fabric',
] as const
export type OperationKind = (typeof operationKinds)[number]

/** What an operation changes. The name is that of its time: the subject may be gone. */
export interface OperationSubject {
  readonly kind: (typeof subjectKinds)[number]
  readonly id: string
  readonly name: string
}

export const subjectKinds = ['network', 'host'] as const

/**
 * The key under which the work of an operation is queued: its network, since a network has one plan; an operation of a host
 * has a key of its own, so that a long download holds up nothing else on the host.
 */
export function workKey({ id, subject }: { readonly id: string; readonly subject: OperationSubject }): string {
  return subject.kind === 'network' ? subject.id : hostOperationKey(id)
}

/** The key of an operation of a host. */
export function hostOperationKey(id: string): string {
  return `${hostWorkPrefix}${id}`
}

/** The operation of a host that a key stands for; undefined for the key of a network. */
export function hostOperationOf(key: string): string | undefined {
  return key.startsWith(hostWorkPrefix) ? key.slice(hostWorkPrefix.length) : undefined
}

const hostWorkPrefix = 'operation/'

/** One unit of a plan: data, never a closure. `key` names what it acts on; (kind, key) is unique in a plan. */
export interface Step {
  readonly kind: StepKind
  readonly key: string
  /** Steps that must be done before, as `kind/key`. */
  readonly needs: readonly string[]
  /** For people: `start orderer Orderer/orderer0`. */
  readonly title: string
}

export const networkStepKinds = [
  'make-identities',
  'make-genesis',
  'ensure-node',
  'stop-node',
  'remove-node',
  'join-orderer',
  'leave-orderer',
  'join-peer',
  'update-channel',
  'await-nodes',
  'install-package',
  'approve-contract',
  'commit-contract',
  'await-ready',
  'forget-network',
] as const
export type NetworkStepKind = (typeof networkStepKinds)[number]

/** Whether plans of networks have such steps. */
export function isNetworkStep(kind: StepKind): kind is NetworkStepKind {
  return (networkStepKinds as readonly StepKind[]).includes(kind)
}

export const hostStepKinds = [
  'fetch-archive',
  'check-digest',
  'unpack-archive',
  'check-programs',
  'place-release',
  'choose-release',
] as const
export type HostStepKind = (typeof hostStepKinds)[number]

/** Whether operations of hosts have such steps: every kind belongs to one or the other. */
export function isHostStep(kind: StepKind): kind is HostStepKind {
  return !isNetworkStep(kind)
}

export const stepKinds = [...networkStepKinds, ...hostStepKinds] as const
export type StepKind = (typeof stepKinds)[number]

/** How far a step is that moves many bytes. `bytesTotal` is absent where nobody said how many there are. */
export interface StepProgress {
  readonly bytesDone: number
  readonly bytesTotal?: number | undefined
}

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
