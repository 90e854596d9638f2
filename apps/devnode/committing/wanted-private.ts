/** Private writes that belong to this organization: which a block has, and which are here. */
import type { FoundPrivate, PrivateExchange, WantedPrivate } from '../neighbours/private-exchange.ts'
import { sha256 } from '../simulation/hashed-set.ts'
import { decodePrivateSets, type NamespaceSet } from '../simulation/rwset.ts'
import type { PrivatePlace, PrivateStore } from '../state/private-store.ts'
import { type CollectionSources, isMember } from './contract-collections.ts'

export interface PrivateSources extends Omit<CollectionSources, 'config'> {
  readonly privateData: PrivateStore
  /** The peer's own organization. */
  readonly mspId: string
}

interface WritingTransaction {
  readonly index: number
  readonly txId: string
  /** Absent where it is invalid. */
  readonly sets?: readonly NamespaceSet[]
}

/** What the block's valid transactions wrote privately in collections of this organization. */
function wantedOf(
  block: number,
  transactions: readonly WritingTransaction[],
  sources: PrivateSources,
): WantedPrivate[] {
  return transactions.flatMap(({ index, txId, sets = [] }) =>
    sets.flatMap(({ namespace, collections }) =>
      collections
        .filter(({ privateHash }) => privateHash.length > 0)
        .filter(({ collection }) => isMember(sources, namespace, collection, sources.mspId))
        .map(({ collection, privateHash }) => {
          return { block, transaction: index, txId, namespace, collection, hash: privateHash }
        }),
    ),
  )
}

/** Those that were endorsed here, or given to this peer when they were endorsed elsewhere. */
function endorsedHere(wanted: readonly WantedPrivate[], { privateData }: PrivateSources): FoundPrivate[] {
  return wanted.flatMap((one) => {
    const sets = privateData.endorsed(one.txId).flatMap(decodePrivateSets)
    const found = sets.find(({ namespace, collection, writes }) => {
      return namespace === one.namespace && collection === one.collection && isBehind(writes, one)
    })
    return found ? [{ ...one, writes: found.writes }] : []
  })
}

export const isBehind = (writes: Uint8Array, { hash }: WantedPrivate): boolean =>
  Buffer.compare(sha256(writes), hash) === 0

export const isSame = (a: PrivatePlace, b: PrivatePlace): boolean =>
  a.transaction === b.transaction && a.namespace === b.namespace && a.collection === b.collection

const without = (wanted: readonly WantedPrivate[], found: readonly PrivatePlace[]): WantedPrivate[] =>
  wanted.filter((one) => !found.some((other) => isSame(one, other)))

/** Milliseconds that a commit waits for private values from elsewhere: what comes later is filled in. */
const fetchMs = 2_000
/** Milliseconds that commits do not wait any more after one that waited in vain: a silent neighbour must not hold up a chain. */
const hurryMs = 10_000
const hurryUntil = new WeakMap<Pick<PrivateExchange, 'fetch'>, number>()

async function fetched(
  channel: string,
  wanted: readonly WantedPrivate[],
  exchange: Pick<PrivateExchange, 'fetch'> | undefined,
): Promise<readonly FoundPrivate[]> {
  if (!exchange || Date.now() < (hurryUntil.get(exchange) ?? 0)) return []
  const signal = AbortSignal.timeout(fetchMs)
  try {
    return await exchange.fetch(channel, wanted, signal)
  } catch {
    return [] // they are missing, and asked for again
  } finally {
    if (signal.aborted) hurryUntil.set(exchange, Date.now() + hurryMs)
  }
}

export interface PrivateSearch {
  readonly channel: string
  readonly sources: PrivateSources
  readonly exchange?: () => Pick<PrivateExchange, 'fetch'> | undefined
}

/** The private values of a block that belong here: as they were endorsed here, or as a neighbour has them. */
export async function findPrivate(
  block: number,
  transactions: readonly WritingTransaction[],
  { channel, sources, exchange }: PrivateSearch,
): Promise<{ readonly found: readonly FoundPrivate[]; readonly missing: readonly WantedPrivate[] }> {
  const wanted = wantedOf(block, transactions, sources)
  const here = endorsedHere(wanted, sources)
  const elsewhere = without(wanted, here)
  const given = elsewhere.length > 0 ? await fetched(channel, elsewhere, exchange?.()) : []
  const good = elsewhere.flatMap((one) => {
    const gift = given.find((other) => isSame(other, one) && isBehind(other.writes, one))
    return gift ? [{ ...one, writes: gift.writes }] : []
  })
  const found = [...here, ...good]
  return { found, missing: without(wanted, found) }
}
