/** Private values that a block's commit had to do without: asked for until they come, or nobody needs them any more. */
import { setTimeout as delay } from 'node:timers/promises'
import { readBlockParts } from '../ledger/block-parts.ts'
import type { BlockStore } from '../ledger/block-store.ts'
import type { FoundPrivate, PrivateExchange, WantedPrivate } from '../neighbours/private-exchange.ts'
import { decodeKeyValueSet, encodeKeyValueSet } from '../simulation/key-value-set.ts'
import { hashedKey, hashedNamespace } from '../state/collection-namespace.ts'
import type { PrivateStore } from '../state/private-store.ts'
import type { LatePrivateWrite, WorldState } from '../state/world-state.ts'
import { setsOf } from '../validation/block-transaction.ts'
import { readEnvelope } from '../validation/read-envelope.ts'
import { isBehind, isSame } from './wanted-private.ts'

export interface ReconcileOptions {
  readonly channel: string
  readonly store: Pick<BlockStore, 'read'>
  readonly state: WorldState
  readonly privateData: PrivateStore
  readonly exchange: () => Pick<PrivateExchange, 'fetch'> | undefined
  readonly onFailure: (error: unknown) => void
}

export interface Reconciling extends AsyncDisposable {
  /** There may be more missing than before. */
  hurry(): void
}

/** Milliseconds between passes: a neighbour may be known in a moment, or never. */
const pauseMs = { first: 250, most: 10_000 }
const growth = 1.5
/** Milliseconds for the neighbours to answer. */
const fetchMs = 10_000
/** Milliseconds that a running pass gets when the peer stops. */
const graceMs = 1_000
const pageLength = 50
/** Looked at for a page: those that nobody has are passed over. */
const listLength = 2_000

export function reconcilePrivate(options: ReconcileOptions): Reconciling {
  const stop = new AbortController()
  let wait = pauseMs.first
  let at = 0
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  const pass = async (): Promise<void> => {
    const missing = options.privateData.missing(listLength)
    if (missing.length === 0) return
    // What nobody has must not keep the others from being asked for.
    if (at >= missing.length) at = 0
    const page = missing.slice(at, at + pageLength)
    const settled = await settle(page, options, stop.signal)
    at += page.length - settled
    wait = settled > 0 ? pauseMs.first : Math.min(wait * growth, pauseMs.most)
    plan()
  }
  const plan = () => {
    if (stop.signal.aborted || timer) return
    timer = setTimeout(() => {
      timer = undefined
      running = pass().catch((error: unknown) => {
        options.onFailure(error)
        plan()
      })
    }, wait)
    timer.unref()
  }
  plan()
  return {
    hurry() {
      wait = pauseMs.first
      plan()
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      clearTimeout(timer)
      // It may wait for neighbours.
      await Promise.race([running, delay(graceMs, undefined, { ref: false })])
    },
  }
}

/** @returns how many need not be asked for again */
async function settle(page: readonly WantedPrivate[], options: ReconcileOptions, signal: AbortSignal): Promise<number> {
  const needed: Needed[] = []
  for (const one of page) needed.push({ ...one, keys: await currentKeys(one, options) })
  const wanted = needed.filter(({ keys }) => keys.size > 0)
  const patience = AbortSignal.any([signal, AbortSignal.timeout(fetchMs)])
  const exchange = wanted.length > 0 ? options.exchange() : undefined
  const given = (await exchange?.fetch(options.channel, wanted, patience)) ?? []
  const found = wanted.flatMap((one) => {
    const gift = given.find((other) => other.block === one.block && isSame(other, one) && isBehind(other.writes, one))
    return gift ? [{ ...one, writes: gift.writes }] : []
  })
  const useless = needed.filter(({ keys }) => keys.size === 0)
  if (found.length + useless.length === 0 || signal.aborted) return 0
  take(found, useless, options)
  return found.length + useless.length
}

interface Needed extends WantedPrivate {
  /** Hexadecimal hashes of keys whose newest value is this transaction's. */
  readonly keys: ReadonlySet<string>
}

async function currentKeys(one: WantedPrivate, { store, state }: ReconcileOptions): Promise<ReadonlySet<string>> {
  const envelope = readBlockParts(await store.read(one.block)).envelopes[one.transaction]
  const sets = envelope ? setsOf(readEnvelope(envelope)) : []
  const collections = sets.filter(({ namespace }) => namespace === one.namespace).flatMap((set) => set.collections)
  const written = collections.filter(({ collection }) => collection === one.collection)
  const keys = written.flatMap(({ hashedWrites }) => hashedWrites.map(({ keyHash }) => hex(keyHash)))
  return new Set(keys.filter((key) => isCurrent(one, key, state)))
}

function isCurrent({ namespace, collection, block, transaction }: WantedPrivate, key: string, state: WorldState) {
  const version = state.get(hashedNamespace(namespace, collection), key)?.version
  return version?.block === block && version.transaction === transaction
}

/** What was written again or purged since is neither kept nor shown. */
function take(
  found: readonly (Needed & FoundPrivate)[],
  useless: readonly WantedPrivate[],
  { state, privateData }: ReconcileOptions,
): void {
  const late: LatePrivateWrite[] = []
  for (const one of found) {
    const { block, transaction, namespace, collection } = one
    const set = decodeKeyValueSet(one.writes)
    const writes = set.writes.filter(({ key }) => one.keys.has(hashedKey(key)) && isCurrent(one, hashedKey(key), state))
    const kept = writes.length === set.writes.length ? one.writes : encodeKeyValueSet({ ...set, writes })
    privateData.commit(block, [{ transaction, namespace, collection, writes: kept }])
    for (const { key, value } of writes) {
      late.push({ contract: namespace, collection, key, value, version: { block, transaction } })
    }
  }
  for (const { block, transaction, namespace, collection } of useless) {
    privateData.commit(block, [{ transaction, namespace, collection, writes: new Uint8Array() }])
  }
  state.fillIn(late)
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
