import type { Clock } from '@cello/kit'
import type { RuntimeSpec } from '@cello/model'
import type { WantedNetwork } from '@cello/planning'
import type {
  Cancellable,
  Driver,
  HostRecord,
  Ledger,
  LedgerSession,
  NetworkRecord,
  Observations,
  PackageRecord,
  RuntimeRecord,
  Store,
  Wake,
} from '@cello/ports'
import type { FabricCatalogue } from './host/fabric-catalogue.ts'

/** Everything that commands and queries ask for. The server makes one; tests make it of fakes. */
export interface Context {
  readonly store: Store
  readonly observations: Observations
  readonly clock: Clock
  /** Called with the `workKey` of an operation: the id of a network, or the operation of a host itself. */
  readonly wake: Wake
  /** @throws HOST_UNREACHABLE, UNSUPPORTED for a driver that is not built in. */
  driver(host: HostRecord): Promise<Driver>
  /** @throws UNSUPPORTED */
  ledger(kind: RuntimeRecord['kind']): Ledger
  /** What nodes of such a network will be started from; copied to the host before it is answered. @throws FABRIC_NOT_FOUND, UNSUPPORTED */
  findRuntime(host: HostRecord, runtime: RuntimeSpec): Promise<RuntimeRecord>
  /** The first input of a plan. */
  wanted(network: NetworkRecord): Promise<WantedNetwork>
  /** Stops the steps of an operation that run now. */
  stopSteps(operationId: string): void
  readonly sessions: Sessions
  readonly contracts: ContractBuilder
  readonly fabric: FabricCatalogue
}

/** Open ledger sessions, one a network, shared by all who ask. */
export interface Sessions {
  /** @throws NOT_FOUND; NODE_NOT_READY while the identities of the network are not made. */
  session(networkId: string): Promise<LedgerSession>
}

/** Makes an uploaded folder into a program that contract nodes start from. */
export interface ContractBuilder {
  /** `archive`: tar.gz of the folder. @throws PACKAGE_INVALID, BUILD_FAILED, BUILD_NEEDS_NETWORK, ARCHIVE_REFUSED, STORAGE_FULL */
  build(archive: Uint8Array, options?: BuildOptions): Promise<PackageRecord>
}

export interface BuildOptions extends Cancellable {
  /** Instead of what package.json says. */
  readonly name?: string | undefined
  readonly version?: string | undefined
}
