import type {
  HostRequest,
  NetworkSpec,
  NodeKind,
  NodeRecord,
  OperationKind,
  OperationState,
  OperationSubject,
  Plan,
  StepKind,
  StepProgress,
  StepState,
} from '@cello/model'
import type {
  HostRecord,
  IdentitySubject,
  OperationError,
  PackageRecord,
  ProgramRef,
  RuntimeRecord,
  StepRecord,
  TransactionRecord,
} from '@cello/ports'
import type { Generated } from 'kysely'

/** JSON text of a T. The mark exists for the compiler alone. */
export type JsonText<T> = string & { readonly [of]?: T }
declare const of: unique symbol

/** Rows as SQLite keeps them: JSON as text, truth as 0 or 1, bytes as buffers. migrations/ is what they follow. */
export interface Tables {
  hosts: HostRow
  networks: NetworkRow
  nodes: NodeRow
  ports: PortRow
  identities: IdentityRow
  artifacts: ArtifactRow
  packages: PackageRow
  operations: OperationRow
  steps: StepRow
  events: EventRow
  transactions: TransactionRow
  claims: ClaimRow
  requests: RequestRow
  seal: { id: number; proof: Uint8Array }
}

export interface HostRow {
  id: string
  name: string
  driver: string
  settings: JsonText<HostRecord['settings']>
  fabric_version: string | null
  created_at: number
}

export interface NetworkRow {
  id: string
  name: string
  spec: JsonText<NetworkSpec>
  runtime: JsonText<RuntimeRecord>
  host_id: string
  power: 'running' | 'stopped'
  deleting: number
  generation: number
  observed_generation: number
  created_at: number
}

export interface NodeRow {
  id: string
  network_id: string
  organization: string
  name: string
  kind: NodeKind
  host_id: string
  power: 'running' | 'stopped'
  incarnation: number
  contract: JsonText<NonNullable<NodeRecord['contract']>> | null
  removed: number
  created_at: number
}

export interface PortRow {
  host_id: string
  port: number
  node_id: string
  name: string
}

export interface IdentityRow {
  id: string
  network_id: string
  organization: string
  subject: IdentitySubject
  certificate: string
  custody: 'held' | 'own'
  sealed_key: Uint8Array | null
  created_at: number
}

export interface ArtifactRow {
  network_id: string
  kind: 'genesis'
  name: string
  digest: string
  bytes: Uint8Array
}

export interface PackageRow {
  digest: string
  name: string
  version: string
  language: 'node'
  entry: string
  bytes: number
  metadata: JsonText<PackageRecord['metadata']>
  created_at: number
  modules: JsonText<ProgramRef> | null
}

export interface OperationRow {
  id: string
  kind: OperationKind
  state: OperationState
  subject_kind: OperationSubject['kind']
  subject_id: string
  subject_name: string
  generation: number
  request: JsonText<HostRequest> | null
  target: string | null
  actor: string
  created_at: number
  ended_at: number | null
  error: JsonText<OperationError> | null
  notes: JsonText<Plan['notes']>
}

export interface StepRow {
  operation_id: string
  kind: StepKind
  key: string
  position: number
  title: string
  needs: JsonText<readonly string[]>
  state: StepState
  attempts: number
  started_at: number | null
  ended_at: number | null
  error: JsonText<OperationError> | null
  progress: JsonText<StepProgress> | null
}

export interface EventRow {
  seq: Generated<number>
  operation_id: string
  at: number
  kind: 'planned' | 'step' | 'state'
  state: OperationState
  step: JsonText<StepRecord> | null
  error: JsonText<OperationError> | null
}

export interface TransactionRow {
  id: string
  network_id: string
  channel: string
  tx_id: string
  purpose: string
  about: JsonText<NonNullable<TransactionRecord['about']>> | null
  envelope: Uint8Array
  result: Uint8Array | null
  state: 'prepared' | 'valid' | 'invalid'
  status: string | null
  block: number | null
  created_at: number
  ended_at: number | null
}

export interface ClaimRow {
  id: number
  owner: string | null
  fence: number
  expires_at: number
}

export interface RequestRow {
  actor: string
  key: string
  hash: string
  at: number
  status: number | null
  headers: JsonText<Readonly<Record<string, string>>> | null
  body: string | null
}
