import type { Clock } from '@cello/kit'
import type { Driver, HostWork, Ledger, ProgramRef, Store } from '@cello/ports'

/** What the orchestration is given at its start: everything that it does goes through these. */
export interface OrchestrationContext {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  /** The driver of a host. @throws PlatformError NOT_FOUND */
  driver(hostId: string): Driver
  /** The ledger of a kind of runtime. */
  ledger(kind: Ledger['kind']): Ledger
  /** The program that contracts are started with: Node itself. */
  contractRuntime(hostId: string): Promise<ProgramRef>
  /** Absent: hosts take no operations of their own. */
  readonly hostWork?: HostWork | undefined
}

/** pino's order: facts first, then a constant sentence. */
export interface Log {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}
