import type { Clock } from '@cello/kit'
import type { Driver, ObservedNode } from '@cello/ports'

interface Snapshot {
  readonly at: number
  /** Undefined: the host did not answer. */
  readonly nodes: ReadonlyMap<string, ObservedNode> | undefined
}

/** One list call per host serves every network on it: those who ask within `maxAgeMs` share it. */
export class HostSnapshots {
  readonly #clock: Clock
  readonly #driver: (hostId: string) => Driver
  readonly #last = new Map<string, Snapshot>()
  readonly #asking = new Map<string, Promise<Snapshot>>()
  readonly #next = new Map<string, Promise<Snapshot>>()

  constructor(clock: Clock, driver: (hostId: string) => Driver) {
    this.#clock = clock
    this.#driver = driver
  }

  /** The host's nodes by id, not older than `maxAgeMs`; undefined when the host does not answer. */
  async nodes(hostId: string, maxAgeMs: number): Promise<ReadonlyMap<string, ObservedNode> | undefined> {
    const last = this.#last.get(hostId)
    if (last && this.#clock.monotonic() - last.at <= maxAgeMs) return last.nodes
    const asking = this.#asking.get(hostId)
    if (!asking) return (await this.#ask(hostId)).nodes
    // What is under way began before this was asked: with maxAge 0 it may be too old, so all who wait share the one after it.
    return (await (maxAgeMs > 0 ? asking : this.#askNext(hostId, asking))).nodes
  }

  #askNext(hostId: string, asking: Promise<Snapshot>): Promise<Snapshot> {
    const next = this.#next.get(hostId) ?? asking.then(() => this.#askAfter(hostId))
    this.#next.set(hostId, next)
    return next
  }

  #askAfter(hostId: string): Promise<Snapshot> {
    this.#next.delete(hostId)
    return this.#ask(hostId)
  }

  #ask(hostId: string): Promise<Snapshot> {
    const at = this.#clock.monotonic()
    const asked = this.#driver(hostId)
      .observe({ signal: AbortSignal.timeout(10_000) })
      .then(
        (nodes) => ({ at, nodes: new Map(nodes.map((node) => [node.id, node])) }),
        () => ({ at, nodes: undefined }),
      )
      .then((snapshot) => {
        if ((this.#last.get(hostId)?.at ?? -1) <= at) this.#last.set(hostId, snapshot)
        if (this.#asking.get(hostId) === asked) this.#asking.delete(hostId)
        return snapshot
      })
    this.#asking.set(hostId, asked)
    return asked
  }
}
