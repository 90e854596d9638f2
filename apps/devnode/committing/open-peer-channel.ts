/** One channel of a peer, opened: blocks go in one after the other, and the state follows them. */
import { readBlockParts } from '../ledger/block-parts.ts'
import { openSimulator } from '../simulation/open-simulator.ts'
import type { StateReader } from '../state/world-state.ts'
import type { ChannelStores, PeerChannelOptions } from './channel-options.ts'
import { collectionNames } from './contract-collections.ts'
import type { Now } from './decide-block.ts'
import { growingChain } from './growing-chain.ts'
import { listenersOf } from './listeners.ts'
import type { PeerChannel } from './peer-channel.ts'
import { reconcilePrivate } from './reconcile-private.ts'
import { catchUp, latestConfig } from './replay.ts'
import { commitHashOf } from './stored-block.ts'

/** Brings the state up to the blocks. The stores are the channel's from here on. @throws Error naming what cannot be read */
export async function openPeerChannel(
  name: string,
  stores: ChannelStores,
  options: PeerChannelOptions,
): Promise<PeerChannel & AsyncDisposable> {
  await catchUp(stores, options.lifecycle)
  const { store, state } = stores
  const tip = readBlockParts(await store.read(store.height - 1))
  const config = latestConfig(name, state)
  return running(name, { config, tip, commitHash: commitHashOf(tip.metadata) }, stores, options)
}

function running(
  name: string,
  start: Now,
  stores: ChannelStores,
  options: PeerChannelOptions,
): PeerChannel & AsyncDisposable {
  const { store, state, privateData } = stores
  const listeners = listenersOf((error) => options.onListenerFailure?.(name, error))
  const reconciling = reconcilePrivate({
    ...stores,
    channel: name,
    exchange: () => options.privateExchange?.(),
    onFailure: (error) => options.onListenerFailure?.(name, error),
  })
  const chain = growingChain(start, stores, options, { name, listeners, reconciling })
  return {
    name,
    store,
    state,
    privateData,
    get config() {
      return chain.now.config
    },
    get height() {
      return chain.now.tip.number + 1
    },
    get isReady() {
      return chain.isReady
    },
    async simulate(txId, trace) {
      const snapshot = state.snapshot()
      const onClose = () => snapshot[Symbol.dispose]()
      const { richQueries } = options
      const collections = (reader: StateReader, contract: string) =>
        collectionNames({ config: chain.now.config, state: reader, lifecycle: options.lifecycle() }, contract)
      try {
        const simulated = { state: snapshot, txId, richQueries, collections, onClose }
        return await openSimulator({ ...simulated, ...(trace ? { trace } : {}) })
      } catch (error) {
        onClose()
        throw error
      }
    },
    commit: chain.commit,
    changed: (signal) => (chain.isReady ? listeners.changed(signal) : Promise.resolve()),
    onCommit: listeners.add,
    async [Symbol.asyncDispose]() {
      await chain.close()
      await reconciling[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
      state[Symbol.dispose]()
      privateData[Symbol.dispose]()
    },
  }
}
