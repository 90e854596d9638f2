import type { ObservedNetwork } from '@cello/model'
import { PlatformError } from '@cello/model'
import type { LedgerSession, NetworkRecord, Observations } from '@cello/ports'
import type { OrchestrationContext } from './context.ts'
import { Repairs, Tries } from './journal.ts'
import { NetworkContext } from './network-context.ts'
import { HostSnapshots } from './observe/host-snapshots.ts'
import { Stillness } from './observe/stillness.ts'

/** What this process knows of its networks beyond the store: sessions, the newest observations, tries. All of it can be lost. */
export class Networks implements Observations, AsyncDisposable {
  readonly shared: OrchestrationContext
  readonly hosts: HostSnapshots
  readonly tries = new Map<string, Tries>()
  readonly repairs: Repairs
  readonly stillness: Stillness
  /** Milliseconds since 1970, UTC. */
  readonly startedAt: number
  readonly #contexts = new Map<string, NetworkContext>()
  readonly #observed = new Map<string, ObservedNetwork>()
  readonly #cancellations = new Map<string, AbortController>()

  constructor(shared: OrchestrationContext) {
    this.shared = shared
    this.hosts = new HostSnapshots(shared.clock, (hostId) => shared.driver(hostId))
    this.startedAt = shared.clock.now()
    this.repairs = new Repairs(shared.clock)
    this.stillness = new Stillness({
      hosts: this.hosts,
      now: () => shared.clock.monotonic(),
      session: (networkId) => this.session(networkId),
    })
  }

  get(networkId: string): ObservedNetwork | undefined {
    return this.#observed.get(networkId)
  }

  triesOf(networkId: string): Tries {
    const tries = this.tries.get(networkId) ?? new Tries(this.shared.clock)
    this.tries.set(networkId, tries)
    return tries
  }

  /** The network's context, made on first use and brought up to the record. */
  async open(record: NetworkRecord): Promise<NetworkContext> {
    let network = this.#contexts.get(record.id)
    if (!network) {
      network = new NetworkContext(this.shared, record)
      this.#contexts.set(record.id, network)
    }
    await network.refresh(record)
    return network
  }

  /** A session to a network's nodes, for queries and transactions of users. @throws PlatformError NOT_FOUND */
  async session(networkId: string): Promise<LedgerSession> {
    const open = this.#contexts.get(networkId)
    if (open) {
      await open.refreshed()
      return open.session
    }
    const record = await this.shared.store.networks.get(networkId)
    if (!record) throw new PlatformError('NOT_FOUND', { noun: 'network', id: networkId })
    return (await this.open(record)).session
  }

  /** Keeps what was seen, for views. */
  keep(networkId: string, observed: ObservedNetwork): void {
    this.#observed.set(networkId, observed)
  }

  /** Looks whether the network is still as it was when it was last seen to be as it is wanted; if so, that observation counts as made now. */
  async isStill(record: NetworkRecord): Promise<boolean> {
    const seen = this.#observed.get(record.id)
    if (!seen || !(await this.stillness.holds(record, seen))) return false
    // A transaction whose end is not known yet is found out about in a whole look.
    if ((await this.shared.store.transactions.pending(record.id)).length > 0) return false
    this.#observed.set(record.id, { ...seen, at: this.shared.clock.now() })
    return true
  }

  /** The signal that a user's cancel of this operation fires, while its steps run. */
  cancellation(operationId: string): { readonly signal: AbortSignal; end(): void } {
    const controller = new AbortController()
    this.#cancellations.set(operationId, controller)
    return { signal: controller.signal, end: () => void this.#cancellations.delete(operationId) }
  }

  /** Stops the steps of an operation that run now; those that are done stay done. */
  cancel(operationId: string): void {
    this.#cancellations
      .get(operationId)
      ?.abort(new PlatformError('OPERATION_ENDED', { id: operationId, state: 'cancelled' }))
  }

  /** The network is gone: nothing of it is kept. */
  async drop(networkId: string): Promise<void> {
    const network = this.#contexts.get(networkId)
    this.#contexts.delete(networkId)
    this.#observed.delete(networkId)
    this.stillness.forget(networkId)
    this.tries.delete(networkId)
    this.repairs.wentWell(networkId)
    await network?.[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#contexts.keys()].map((id) => this.drop(id)))
  }
}
