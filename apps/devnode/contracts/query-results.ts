/** Results that a contract reads in portions: ranges, queries, histories. */
import { timestamp as timestampOf } from '@cello/fabric/codec'
import { ledger, peer } from '@hyperledger/fabric-protos'
import type { Results } from '../simulation/simulator.ts'
import type { KeyChange } from '../state/world-state.ts'

/** Results a message between peer and contract (core/chaincode/chaincode_support.go, `MaxResultLimit`). */
const portionSize = 100

/** Encoded results, one at a time. */
export interface ResultSource extends Disposable {
  next(): Uint8Array | undefined
  readonly bookmark: string
}

/** What is left of an opened query. */
export interface OpenQuery extends Disposable {
  /** An encoded `protos.QueryResponse`; after the one that says there is no more, the query is closed. */
  portion(): Uint8Array
}

export interface QueryOptions {
  readonly id: string
  readonly source: ResultSource
  /** One page was asked for, and its bookmark is told. */
  readonly isPage: boolean
  /** Results at most, over all portions. */
  readonly limit: number
  readonly onClose: () => void
}

/** As Fabric portions results (core/chaincode/query_response_generator.go). */
export function openQuery({ id, source, isPage, limit, onClose }: QueryOptions): OpenQuery {
  let pending: Uint8Array[] = []
  let count = 0
  const close = () => {
    onClose()
    source[Symbol.dispose]()
  }
  const cut = (): Uint8Array[] => {
    const portion = pending
    pending = []
    return portion
  }
  const last = (): Uint8Array => {
    const bookmark = source.bookmark
    close()
    return encode(id, cut(), false, isPage ? { bookmark, count } : undefined)
  }
  return {
    [Symbol.dispose]: close,
    portion() {
      for (;;) {
        if (count >= limit) return last()
        const result = source.next()
        if (!result) return last()
        const full = !isPage && pending.length === portionSize ? cut() : undefined
        pending.push(result)
        count++
        if (full) return encode(id, full, true)
      }
    },
  }
}

/** The answer to closing a query, open or not. */
export const closedQuery = (id: string): Uint8Array => encode(id, [], false)

interface PageEnd {
  readonly bookmark: string
  readonly count: number
}

function encode(id: string, results: readonly Uint8Array[], hasMore: boolean, page?: PageEnd): Uint8Array {
  const response = new peer.QueryResponse()
  response.setId(id)
  response.setHasMore(hasMore)
  response.setResultsList(
    results.map((bytes) => {
      const result = new peer.QueryResultBytes()
      result.setResultbytes(bytes)
      return result
    }),
  )
  if (page) {
    const metadata = new peer.QueryResponseMetadata()
    metadata.setBookmark(page.bookmark)
    metadata.setFetchedRecordsCount(page.count)
    response.setMetadata(metadata.serializeBinary())
  }
  return response.serializeBinary()
}

/** Keys with their values, as `queryresult.KV`. */
export function keyValues(namespace: string, results: Results): ResultSource {
  return {
    get bookmark() {
      return results.bookmark
    },
    next() {
      const found = results.next()
      if (!found) return undefined
      const pair = new ledger.queryresult.KV()
      pair.setNamespace(namespace)
      pair.setKey(found.key)
      pair.setValue(found.value)
      return pair.serializeBinary()
    },
    [Symbol.dispose]: () => results[Symbol.dispose](),
  }
}

/** Changes of a key, as `queryresult.KeyModification`. */
export function keyChanges(changes: Iterable<KeyChange>): ResultSource {
  const iterator = changes[Symbol.iterator]()
  return {
    bookmark: '',
    next() {
      const { done, value } = iterator.next()
      return done ? undefined : encodeChange(value)
    },
    [Symbol.dispose]: () => void iterator.return?.(),
  }
}

function encodeChange({ txId, value, timestamp }: KeyChange): Uint8Array {
  const change = new ledger.queryresult.KeyModification()
  change.setTxId(txId)
  if (value === undefined) change.setIsDelete(true)
  else change.setValue(value)
  const time = timestampOf(new Date(0))
  time.setSeconds(timestamp.seconds)
  time.setNanos(timestamp.nanos)
  change.setTimestamp(time)
  return change.serializeBinary()
}
