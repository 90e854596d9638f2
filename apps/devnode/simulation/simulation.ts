import type { StateReader, StateSnapshot } from '../state/world-state.ts'
import type { TraceSink } from '../trace/trace.ts'
import type { SetBuilder } from './set-builder.ts'
import type { SimulationRules } from './simulation-rules.ts'
import type { StateFlavour } from './state-flavour.ts'

export interface SimulatorOptions {
  readonly state: Omit<StateSnapshot, keyof Disposable>
  /** Named in refusals. */
  readonly txId: string
  /** The state database answers rich queries, and has CouchDB's rules for keys and values. */
  readonly richQueries: boolean
  /**
   * Names of a contract's collections, the implicit ones of organizations among them; undefined where it is not defined.
   * Asked once for each contract whose private data is touched; what it reads is recorded.
   */
  collections(reader: StateReader, namespace: string): readonly string[] | undefined
  readonly trace?: TraceSink
  /** Called once. */
  onClose(): void
}

/** What all parts of one simulation share. */
export interface Simulation extends SimulatorOptions {
  readonly flavour: StateFlavour
  readonly rules: SimulationRules
  readonly sets: SetBuilder
  readonly reader: StateReader
}

export function refuseMetadata(): never {
  throw new Error('key-level endorsement policies are not supported by the devnode')
}
