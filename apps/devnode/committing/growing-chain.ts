/** Takes blocks one after the other: checked, stored for good, then applied. */
import { setTimeout } from 'node:timers/promises'
import { readBlockParts } from '../ledger/block-parts.ts'
import { checkBlock } from '../validation/check-block.ts'
import type { ChannelStores, PeerChannelOptions } from './channel-options.ts'
import { decideBlock, type Now } from './decide-block.ts'
import type { Listeners } from './listeners.ts'
import type { Reconciling } from './reconcile-private.ts'

/** Milliseconds that a running commit gets when the peer stops. */
const graceMs = 1_000

export interface GrowingChain {
  readonly now: Now
  readonly isReady: boolean
  readonly commit: (block: Uint8Array) => Promise<void>
  readonly close: () => Promise<void>
}

export interface Surroundings {
  readonly name: string
  readonly listeners: Listeners
  readonly reconciling: Reconciling
}

/** Takes blocks one after the other, until one could not be stored or applied. */
export function growingChain(
  start: Now,
  stores: ChannelStores,
  options: PeerChannelOptions,
  { name, listeners, reconciling }: Surroundings,
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
    const next = await decideBlock({ bytes, parts }, now, stores, options).catch(fail)
    const decided = performance.now()
    await stores.store.append(next.bytes).catch(fail)
    const stored = performance.now()
    try {
      // Where the peer has stopped in the meantime, its next start applies the block.
      if (isReady) next.apply()
      now = next.now
    } catch (error) {
      fail(error)
    }
    if (next.hasMissing) reconciling.hurry()
    const end = performance.now()
    const took = { all: end - began, storing: stored - decided, applying: end - stored }
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
      // A commit may wait for the private values of others.
      await Promise.race([committing, setTimeout(graceMs, undefined, { ref: false })])
    },
  }
}
