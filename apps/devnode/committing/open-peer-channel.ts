/** One channel of a peer, opened: blocks go in one after the other, and the state follows them. */
import { setTimeout } from 'node:timers/promises'
import type { ChannelConfig } from '../config/channel-config.ts'
import { type BlockParts, readBlockParts } from '../ledger/block-parts.ts'
import type { BlockStore } from '../ledger/block-store.ts'
import type { Lifecycle } from '../lifecycle/lifecycle.ts'
import type { PrivateExchange } from '../neighbours/private-exchange.ts'
import { openSimulator } from '../simulation/open-simulator.ts'
import type { PrivateStore } from '../state/private-store.ts'
import type { StateReader, WorldState } from '../state/world-state.ts'
import type { Traces } from '../trace/trace.ts'
import { checkBlock } from '../validation/check-block.ts'
import { type ValidatedBlock, validateBlock } from '../validation/validate-block.ts'
import { commitHash } from './commit-hash.ts'
import { type CommitLock, commitLock } from './commit-lock.ts'
import { committedBlock } from './committed-block.ts'
import { collectionNames } from './contract-collections.ts'
import { type Listeners, listenersOf } from './listeners.ts'
import type { CommittedBlock, PeerChannel } from './peer-channel.ts'
import { settledIds } from './private-writes.ts'
import { type Reconciling, reconcilePrivate } from './reconcile-private.ts'
import { catchUp, latestConfig, privateChanges } from './replay.ts'
import { stateUpdate } from './state-update.ts'
import { commitHashOf, storedBlock } from './stored-block.ts'
import { findPrivate } from './wanted-private.ts'

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

/** Milliseconds that a running commit gets when the peer stops. */
const graceMs = 1_000

/** Blocks after which endorsed private values that were never committed are forgotten: Fabric's retention. */
const transientBlocks = 1_000

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

interface Now {
  readonly config: ChannelConfig
  readonly tip: Pick<BlockParts, 'number' | 'hash'>
  readonly commitHash: Uint8Array
}

function running(
  name: string,
  start: Now,
  stores: ChannelStores,
  options: PeerChannelOptions,
): PeerChannel & AsyncDisposable {
  const { store, state, privateData } = stores
  const lock = commitLock()
  const listeners = listenersOf((error) => options.onListenerFailure?.(name, error))
  const reconciling = reconcilePrivate({
    ...{ ...stores, channel: name, lock },
    exchange: () => options.privateExchange?.(),
    onFailure: (error) => options.onListenerFailure?.(name, error),
  })
  const chain = growingChain(start, stores, options, { name, lock, listeners, reconciling })
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
      const onClose = await lock.share()
      const { richQueries } = options
      const collections = (reader: StateReader, contract: string) =>
        collectionNames({ config: chain.now.config, state: reader, lifecycle: options.lifecycle() }, contract)
      try {
        return await openSimulator({ state, txId, richQueries, collections, onClose, ...(trace ? { trace } : {}) })
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

interface GrowingChain {
  readonly now: Now
  readonly isReady: boolean
  commit(block: Uint8Array): Promise<void>
  close(): Promise<void>
}

interface Surroundings {
  readonly name: string
  readonly lock: CommitLock
  readonly listeners: Listeners
  readonly reconciling: Reconciling
}

/** Takes blocks one after the other, until one could not be stored or applied. */
function growingChain(
  start: Now,
  stores: ChannelStores,
  options: PeerChannelOptions,
  { name, lock, listeners, reconciling }: Surroundings,
): GrowingChain {
  let now = start
  let isReady = true
  let committing: Promise<unknown> = Promise.resolve()
  const stop = () => {
    isReady = false
    listeners.wake()
  }
  const fail = (error: unknown): never => {
    stop()
    options.onFailure(name, error)
    throw error
  }
  const take = async (bytes: Uint8Array): Promise<void> => {
    if (!isReady) throw new Error(`channel ${name} has stopped`)
    const began = performance.now()
    const parts = readBlockParts(bytes)
    checkBlock(parts, now.tip, now.config)
    const next = await decide(bytes, parts, now, stores, options).catch(fail)
    const decided = performance.now()
    await stores.store.append(next.bytes).catch(fail)
    const stored = performance.now()
    const letGo = await lock.alone()
    const alone = performance.now()
    try {
      // Where the peer has stopped in the meantime, its next start applies the block.
      if (isReady) next.apply()
      now = next.now
    } catch (error) {
      fail(error)
    } finally {
      letGo()
    }
    const end = performance.now()
    const took = { all: end - began, storing: stored - decided, applying: end - alone }
    listeners.tell({ ...next.committed, took })
  }
  return {
    get now() {
      return now
    },
    get isReady() {
      return isReady
    },
    commit(block) {
      const done = committing.then(() => take(block))
      committing = done.catch(() => undefined)
      return done
    },
    async close() {
      stop()
      // A commit may wait for a contract that never answers.
      await Promise.race([committing, setTimeout(graceMs, undefined, { ref: false })])
    },
  }
}

interface Decided {
  /** The block as it will be stored. */
  readonly bytes: Uint8Array
  readonly now: Now
  readonly committed: CommittedBlock
  /** Private values of this organization are not here. */
  readonly hasMissing: boolean
  /** Brings the state up to it, once it is stored. */
  apply(): void
}

/** The verdicts over a block, and its private values stored: done before the block itself is, so that no crash loses them. */
async function decide(
  bytes: Uint8Array,
  parts: BlockParts,
  now: Now,
  stores: ChannelStores,
  options: PeerChannelOptions,
): Promise<Decided> {
  const { state, privateData } = stores
  const { richQueries, traces, mspId } = options
  const sources = { config: now.config, state, lifecycle: options.lifecycle() }
  const validated: ValidatedBlock = await validateBlock(parts, { ...sources, richQueries, traces })
  const { transactions, pending, next } = validated
  const codes = Uint8Array.from(transactions, ({ code }) => code)
  const hash = parts.number === 1 || now.commitHash.length > 0 ? commitHash(codes, pending, now.commitHash) : undefined
  const stored = storedBlock(bytes, parts.metadata, { codes, ...(hash ? { commitHash: hash } : {}) })
  const { found: privateWrites, missing } = await findPrivate(parts.number, transactions, {
    ...{ sources: { ...sources, privateData, mspId }, channel: now.config.channel },
    ...(options.privateExchange ? { exchange: options.privateExchange } : {}),
  })
  privateData.commit(parts.number, privateWrites)
  if (missing.length > 0) privateData.miss(parts.number, missing)
  const decided = { parts, transactions, pending }
  return {
    bytes: stored,
    hasMissing: missing.length > 0,
    now: { config: next ?? now.config, tip: parts, commitHash: hash ?? now.commitHash },
    committed: committedBlock(now.config.channel, parts.number, stored, transactions),
    apply() {
      state.apply(stateUpdate(decided, privateChanges(decided, privateWrites, { ...sources, privateData })))
      const settled = settledIds(transactions)
      const isTime = parts.number % transientBlocks === 0 && parts.number > 0
      if (settled.length > 0 || isTime) privateData.forget(settled, isTime ? parts.number - transientBlocks : 0)
    },
  }
}
