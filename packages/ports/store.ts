import type { Secret } from '@cello/kit'
import type {
  HostRequest,
  NetworkSpec,
  NodeRecord,
  OperationKind,
  OperationState,
  OperationSubject,
  Plan,
  RuntimeKind,
  Step,
  StepProgress,
  StepState,
} from '@cello/model'
import type { ProgramRef } from './driver.ts'
import type { IdentitySubject } from './ledger.ts'

/**
 * What is remembered. Each method is one transaction and durable when it returns; correctness rests on unique constraints
 * and single conditional statements. `suites/store.ts` judges every store.
 *
 * Writes made in the name of a claim take `fence` and change nothing (STALE_FENCE) when the claim has moved on.
 */
export interface Store extends AsyncDisposable {
  readonly hosts: HostStore
  readonly networks: NetworkStore
  readonly identities: IdentityStore
  readonly artifacts: ArtifactStore
  readonly packages: PackageStore
  readonly operations: OperationStore
  readonly transactions: TransactionStore
  readonly claims: ClaimStore
  readonly requests: RequestStore
  readonly history: HistoryStore
  /** Free of errors, or the reason. Used by `/readyz`. */
  check(): Promise<{ readonly ok: boolean; readonly detail?: string }>
}

export interface Page<T> {
  readonly items: readonly T[]
  /** Give it as `cursor` to go on; absent at the end. */
  readonly next?: string | undefined
}

export interface PageRequest {
  readonly limit: number
  readonly cursor?: string | undefined
}

export interface HostRecord {
  readonly id: string
  readonly name: string
  readonly driver: string
  /** What only the driver reads. */
  readonly settings: Readonly<Record<string, unknown>>
  /** `fabric` version chosen by `fabric use`. */
  readonly fabricVersion?: string | undefined
  readonly createdAt: number
}

export interface HostStore {
  list(): Promise<HostRecord[]>
  get(id: string): Promise<HostRecord | undefined>
  byName(name: string): Promise<HostRecord | undefined>
  /** The one that is there, or the given one. */
  ensure(host: HostRecord): Promise<HostRecord>
  /** @throws NOT_FOUND; STALE_FENCE */
  setFabricVersion(id: string, version: string | undefined, fence?: number): Promise<void>
  /** Ports allotted on the host. */
  ports(hostId: string): Promise<ReadonlySet<number>>
}

/** What a network's nodes are, fixed at creation. */
export interface RuntimeRecord {
  readonly kind: RuntimeKind
  readonly version: string
  /** By program name, as the driver of the network's host keeps them. */
  readonly programs: Readonly<Record<string, { readonly digest: string; readonly entry: string }>>
}

export interface NetworkRecord {
  readonly id: string
  readonly name: string
  readonly spec: NetworkSpec
  readonly runtime: RuntimeRecord
  readonly hostId: string
  readonly power: 'running' | 'stopped'
  readonly deleting: boolean
  /** Raised by each change of what is wanted. */
  readonly generation: number
  /** The last generation that was seen whole. */
  readonly observedGeneration: number
  readonly createdAt: number
  readonly nodes: readonly NodeRecord[]
}

export interface NewOperation {
  readonly id: string
  readonly kind: OperationKind
  /** Who asked. */
  readonly actor: string
  readonly at: number
}

/** What a change of a network writes, in one transaction, beside its operation; older open operations become `superseded`. */
export interface NetworkChange {
  readonly networkId: string
  /** @throws PRECONDITION_FAILED when the network has moved on. Absent: any. */
  readonly expectedGeneration?: number | undefined
  readonly spec?: NetworkSpec | undefined
  readonly power?: 'running' | 'stopped' | undefined
  readonly deleting?: true | undefined
  /** New rows, and rows whose power, incarnation or removed mark changes; by id. */
  readonly nodes?: readonly NodeRecord[] | undefined
  readonly operation: NewOperation
}

export interface NetworkStore {
  /** @throws NAME_TAKEN; NOT_FOUND for a package of the document; PORT_TAKEN when a port was allotted to another in between (allot again). */
  create(network: NetworkRecord, operation: NewOperation): Promise<void>
  /**
   * @returns the network as it is now, and the operations that this ended
   * @throws NOT_FOUND (a package of the document, too), NETWORK_DELETING, PRECONDITION_FAILED, PORT_TAKEN
   */
  change(change: NetworkChange): Promise<{ readonly network: NetworkRecord; readonly superseded: readonly string[] }>
  get(id: string): Promise<NetworkRecord | undefined>
  byName(name: string): Promise<NetworkRecord | undefined>
  list(page: PageRequest): Promise<Page<NetworkRecord>>
  ids(): Promise<string[]>
  /** Digests of the programs that networks run, by their runtimes; without those of their contracts. */
  programs(): Promise<string[]>
  /** Records that this generation was seen whole, and ends its operations as `succeeded`. */
  observed(id: string, generation: number, at: number, fence: number): Promise<void>
  /** Deletes a removed node's row, its identities with it, and gives its ports back. */
  forgetNode(nodeId: string, fence: number): Promise<void>
  /** Deletes the network and all rows that hang on it, but operations. */
  forget(id: string, at: number, fence: number): Promise<void>
}

export interface IdentityRecord {
  readonly id: string
  readonly networkId: string
  readonly organization: string
  readonly subject: IdentitySubject
  readonly certificate: string
  /** `held`: the key is sealed here. `own`: it never was. */
  readonly custody: 'held' | 'own'
  readonly createdAt: number
}

export interface IdentityStore {
  /** Keeps those whose (network, organization, subject) is new, all or none of them; the ones kept before stay. Keys are sealed before they are written. @returns all as kept. */
  keep(identities: readonly (IdentityRecord & { readonly key?: Secret | undefined })[]): Promise<IdentityRecord[]>
  list(networkId: string): Promise<IdentityRecord[]>
  find(networkId: string, organization: string, subject: IdentitySubject): Promise<IdentityRecord | undefined>
  /** @throws NOT_FOUND where no key is held. */
  key(networkId: string, organization: string, subject: IdentitySubject): Promise<Secret>
}

/** Things made once and only referred to afterwards: genesis blocks by channel name. */
export interface ArtifactStore {
  /** Keeps it unless there is one of that kind and name; @returns the one that is kept. */
  keep(artifact: {
    readonly networkId: string
    readonly kind: 'genesis'
    readonly name: string
    readonly bytes: Uint8Array
  }): Promise<Uint8Array>
  get(networkId: string, kind: 'genesis', name: string): Promise<Uint8Array | undefined>
  names(networkId: string, kind: 'genesis'): Promise<string[]>
}

/** An uploaded contract, built. */
export interface PackageRecord {
  /** SHA-256 of the built folder as the driver keeps programs. */
  readonly digest: string
  readonly name: string
  readonly version: string
  readonly language: 'node'
  /** Path in the folder that the contract server starts from. */
  readonly entry: string
  /** Kept modules of the packages that it runs on: its nodes start from them. Absent where it brings packages of its own. */
  readonly modules?: ProgramRef | undefined
  readonly bytes: number
  readonly createdAt: number
  /** META-INF files. */
  readonly metadata: Readonly<Record<string, string>>
}

/** Which packages that nobody uses stay. */
export interface PackageRetention {
  /** Those that were kept, or kept again, at this time or later; milliseconds since 1970, UTC. */
  readonly keptBefore: number
  /** Of those that were kept before it, the newest so many of each name. */
  readonly keepNewest: number
}

export interface PackageStore {
  /** One that is there is as new again as the record says, and is otherwise left as it is. */
  keep(record: PackageRecord): Promise<PackageRecord>
  get(digest: string): Promise<PackageRecord | undefined>
  list(page: PageRequest): Promise<Page<PackageRecord>>
  /** Digests of the programs of all packages: their own, and kept modules. */
  programs(): Promise<string[]>
  /** Takes out those that no document of a network names and no contract node was made for, but what the retention keeps. @returns how many */
  sweep(retention: PackageRetention): Promise<number>
}

export interface OperationRecord {
  readonly id: string
  readonly kind: OperationKind
  readonly state: OperationState
  readonly subject: OperationSubject
  /** Of the network; 0 for a host, which has none. */
  readonly generation: number
  /** What is wanted of the host; a network has its document. */
  readonly request?: HostRequest | undefined
  readonly actor: string
  readonly createdAt: number
  readonly endedAt?: number | undefined
  readonly error?: OperationError | undefined
  readonly notes: Plan['notes']
  readonly steps: readonly StepRecord[]
}

export interface OperationError {
  readonly code: string
  readonly message: string
  readonly next: string
  /** The end of the log of the node that it is about. */
  readonly lastLines?: readonly string[] | undefined
}

export interface StepRecord extends Step {
  readonly state: StepState
  /** Tries begun. */
  readonly attempts: number
  readonly startedAt?: number | undefined
  readonly endedAt?: number | undefined
  readonly error?: OperationError | undefined
  readonly progress?: StepProgress | undefined
}

/** What is streamed of an operation; `seq` rises through the whole store. */
export interface OperationEvent {
  readonly seq: number
  readonly operationId: string
  readonly at: number
  readonly kind: 'planned' | 'step' | 'state'
  /** The operation's state; for `step` also the step. */
  readonly state: OperationState
  readonly step?: StepRecord | undefined
  readonly error?: OperationError | undefined
}

export interface OperationStore {
  get(id: string): Promise<OperationRecord | undefined>
  list(
    page: PageRequest & { readonly networkId?: string; readonly hostId?: string; readonly open?: boolean },
  ): Promise<Page<OperationRecord>>
  /** Open operations (queued, running, waiting, failed) of a network's generations, newest first. */
  open(networkId: string): Promise<OperationRecord[]>
  /** Those of a generation that say what may be worked on, newest first: all but repairs that have ended. */
  ofGeneration(networkId: string, generation: number): Promise<OperationRecord[]>
  /**
   * Records an operation that no change of the document asked for: a repair. It takes the place of repairs that failed.
   * @returns false where the network's generation is another by now
   * @throws NOT_FOUND, STALE_FENCE
   */
  begin(networkId: string, generation: number, operation: NewOperation, fence: number): Promise<boolean>
  /**
   * Records what is wanted of a host. Where an operation of this id is there, or one that asks the same goes on, that one is
   * returned; open ones of the same target that ask for something else become superseded. @throws NOT_FOUND
   */
  beginOnHost(
    hostId: string,
    operation: NewOperation & { readonly request: HostRequest },
  ): Promise<{ readonly operation: OperationRecord; readonly superseded: readonly string[] }>
  /** Ids of operations of hosts that go on. */
  onHosts(): Promise<string[]>
  /** Merges a plan into the journal: new steps are added as pending, pending ones that are no longer planned become dropped. The state becomes running. */
  planned(id: string, plan: Plan, at: number, fence: number): Promise<void>
  /** Records what an operation would have done that was cancelled before it was planned, all of it dropped. One that has steps, or goes on, is left as it is. */
  dropped(id: string, plan: Plan, at: number, fence: number): Promise<void>
  /** Records a step's move; none begins once its operation has ended. @throws NOT_FOUND, STALE_FENCE, OPERATION_ENDED */
  step(id: string, step: Pick<StepRecord, 'kind' | 'key' | 'state' | 'error'>, at: number, fence: number): Promise<void>
  /** Records how far a step is, for who watches. @throws NOT_FOUND, STALE_FENCE */
  progress(
    id: string,
    step: Pick<StepRecord, 'kind' | 'key'> & { readonly progress: StepProgress },
    at: number,
    fence: number,
  ): Promise<void>
  /** A move as `operationMoves` allows; @returns false when it is not allowed from where it is. `fence` is absent for a user's cancel or retry. */
  move(
    id: string,
    state: OperationState,
    at: number,
    options?: { readonly error?: OperationError; readonly fence?: number },
  ): Promise<boolean>
  /** After `seq`, oldest first, at most `limit`. */
  events(after: number, options: { readonly operationId?: string; readonly limit: number }): Promise<OperationEvent[]>
  /** Calls back after events were written by this process: a hint to read them. */
  onEvent(listener: () => void): Disposable
}

/** A transaction that must happen once: written with its envelope before it is sent. */
export interface TransactionRecord {
  readonly id: string
  readonly networkId: string
  readonly channel: string
  readonly txId: string
  /** `invoke`, or the step that it belongs to, as `kind/key`. */
  readonly purpose: string
  /** For `invoke`: contract and function. Never the arguments. */
  readonly about?: { readonly contract: string; readonly function: string } | undefined
  readonly envelope: Uint8Array
  /** What the contract answered when it was endorsed. */
  readonly result?: Uint8Array | undefined
  readonly state: 'prepared' | 'valid' | 'invalid'
  readonly status?: string | undefined
  readonly block?: number | undefined
  readonly createdAt: number
  readonly endedAt?: number | undefined
}

export interface TransactionStore {
  prepare(record: TransactionRecord): Promise<void>
  finish(
    id: string,
    outcome: { readonly valid: boolean; readonly status: string; readonly block: number; readonly at: number },
  ): Promise<void>
  get(id: string): Promise<TransactionRecord | undefined>
  pending(networkId: string, purpose?: string): Promise<TransactionRecord[]>
  list(networkId: string, page: PageRequest): Promise<Page<TransactionRecord>>
}

/** One process's hold on all keys, for now: one row, one heartbeat. A new claim raises the fence. */
export interface ClaimStore {
  /** Takes the claim if it is free, expired or ours; @returns its fence, or undefined while another holds it. */
  take(owner: string, now: number, ttlMs: number): Promise<number | undefined>
  /** @returns false when the claim was lost. */
  renew(owner: string, fence: number, now: number, ttlMs: number): Promise<boolean>
  release(owner: string, fence: number): Promise<void>
}

/** Which of what has ended may be forgotten. */
export interface Retention {
  /** Milliseconds since 1970: what ended later stays. */
  readonly endedBefore: number
  /** Of each network and host that is there so many of the newest stay, however old they are. */
  readonly keepNewest: number
}

/** Operations and transactions that are over. */
export interface HistoryStore {
  /**
   * Takes out what the retention lets go, with its steps. Never what goes on, what can be retried, a cancel of the generation
   * that is wanted, or a transaction whose end is not known. @returns how many
   */
  sweep(retention: Retention): Promise<{ readonly operations: number; readonly transactions: number }>
}

/** Idempotency-Key: the first answer is kept and given again, for a day. */
export interface RequestStore {
  /** `new`: go on, then `finish`. @throws IDEMPOTENCY_MISMATCH, IDEMPOTENCY_IN_FLIGHT. */
  begin(request: {
    readonly key: string
    readonly actor: string
    readonly hash: string
    readonly at: number
  }): Promise<
    'new' | { readonly status: number; readonly body: string; readonly headers: Readonly<Record<string, string>> }
  >
  finish(request: {
    readonly key: string
    readonly actor: string
    readonly status: number
    readonly body: string
    readonly headers: Readonly<Record<string, string>>
  }): Promise<void>
  /** The request failed before it had an effect: the key is free again. */
  abandon(request: { readonly key: string; readonly actor: string }): Promise<void>
}
