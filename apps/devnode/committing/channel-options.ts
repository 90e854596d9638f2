import type { BlockStore } from '../ledger/block-store.ts'
import type { Lifecycle } from '../lifecycle/lifecycle.ts'
import type { PrivateExchange } from '../neighbours/private-exchange.ts'
import type { PrivateStore } from '../state/private-store.ts'
import type { WorldState } from '../state/world-state.ts'
import type { Traces } from '../trace/trace.ts'

export interface PeerChannelOptions {
  /** Of the peer's own organization. */
  readonly mspId: string
  /** Whose definitions count; asked for when it is needed. */
  readonly lifecycle: () => Pick<Lifecycle, 'definition'>
  /** The state database is such as Fabric's CouchDB. */
  readonly richQueries: boolean
  readonly traces?: Traces
  /** Asked for private values that were endorsed elsewhere; when it is needed: it may be opened after the channels. */
  readonly privateExchange?: () => Pick<PrivateExchange, 'fetch'> | undefined
  /** Told once when a block could not be stored or applied: the channel takes nothing more until the peer starts again. */
  readonly onFailure: (channel: string, error: unknown) => void
  /** Told what a listener threw. */
  readonly onListenerFailure?: (channel: string, error: unknown) => void
}

export interface ChannelStores {
  readonly store: BlockStore
  readonly state: WorldState
  readonly privateData: PrivateStore
}
