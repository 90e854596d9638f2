import type {
  FabricReleaseView,
  getNetwork,
  getOperation,
  invokeContract,
  UnsuitableFabric,
  uploadPackage,
} from '@cello/usecases'

type Network = Awaited<ReturnType<typeof getNetwork>>
type Operation = Awaited<ReturnType<typeof getOperation>>
type Transaction = Awaited<ReturnType<typeof invokeContract>>
export type Package = Awaited<ReturnType<typeof uploadPackage>>

/** What happens on the way, told as it happens: one for people, one for programs. Disposing leaves the terminal as it was. */
export interface DemoReport extends Disposable {
  serving(server: {
    readonly url: string
    readonly dataDir: string
    readonly tokenFile: string
    readonly movedFrom?: number
  }): void
  /** Another server runs over this data directory. */
  running(url: string): void
  /** The Fabric that the network will run; where none is found it runs devnodes, whatever cannot be used. */
  fabric(
    release: Pick<FabricReleaseView, 'version' | 'source'> | undefined,
    unsuitable: readonly UnsuitableFabric[],
  ): void
  building(contract: string): void
  built(contract: Package): void
  accepted(network: Network): void
  /** The network of an earlier start. */
  found(network: Network): void
  /** Called often; the newest state of the operation that makes the network whole. */
  progress(operation: Operation | undefined): void
  /** The network is whole, and its contract is called. */
  calling(): void
  /** `ms` since the network's creation was accepted. */
  committed(transaction: Transaction, ms: number): void
  answered(result: string): void
  failed(error: unknown): void
  /** Everything was shown; the server goes on. */
  done(): void
  /** The server ends. @param hasNetworks whether networks are wanted up, which run on */
  stopped(hasNetworks: boolean): void
}
