/** A contract's ranges, queries and histories, as core/chaincode/handler.go answers them. */
import { peer } from '@hyperledger/fabric-protos'
import type { Page } from '../simulation/simulator.ts'
import { closedQuery, keyChanges, keyValues } from './query-results.ts'
import { closingOnFailure, type ShimTransaction } from './shim-transaction.ts'
import { type RequestHandler, unmarshalled } from './state-requests.ts'

export interface QueryLimits {
  /** Results at most that one query gives (`ledger.state.totalQueryLimit`). */
  readonly total: number
  /** Histories are given. */
  readonly history: boolean
}

/** Handlers of what gives more than one result. */
export function queryHandlers(limits: QueryLimits) {
  const range: RequestHandler = (payload, transaction) => {
    const request = unmarshalled(peer.GetStateByRange, payload)
    const metadata = metadataOf(request.getMetadata_asU8())
    const collection = request.getCollection()
    const [start, end] = [request.getStartkey(), request.getEndkey()]
    const { namespace } = transaction
    const page = pageOf(collection, metadata)
    const limit = limitOf(limits.total, metadata)
    const simulator = simulatorFor(transaction, collection)
    const results =
      collection === ''
        ? simulator.range(namespace, start, end, page)
        : simulator.private.range(namespace, collection, start, end)
    return transaction.startQuery({ source: keyValues(namespace, results), isPage: page !== undefined, limit })
  }

  const query: RequestHandler = (payload, transaction) => {
    const request = unmarshalled(peer.GetQueryResult, payload)
    const metadata = metadataOf(request.getMetadata_asU8())
    const collection = request.getCollection()
    const { namespace } = transaction
    const page = pageOf(collection, metadata)
    const limit = limitOf(limits.total, metadata)
    const simulator = simulatorFor(transaction, collection)
    const results =
      collection === ''
        ? simulator.query(namespace, request.getQuery(), page)
        : simulator.private.query(namespace, collection, request.getQuery())
    return transaction.startQuery({ source: keyValues(namespace, results), isPage: page !== undefined, limit })
  }

  const history: RequestHandler = (payload, transaction) => {
    if (!limits.history) throw new Error('history database is not enabled')
    const key = unmarshalled(peer.GetHistoryForKey, payload).getKey()
    const changes = transaction.simulator().history(transaction.namespace, key)
    return transaction.startQuery({ source: keyChanges(changes), isPage: false, limit: limits.total })
  }

  return { range, query, history, next, close }
}

const next: RequestHandler = (payload, transaction) => {
  const open = transaction.query(unmarshalled(peer.QueryStateNext, payload).getId())
  if (!open) throw new Error('query iterator not found')
  return closingOnFailure(open)
}

const close: RequestHandler = (payload, transaction) => {
  const id = unmarshalled(peer.QueryStateClose, payload).getId()
  transaction.query(id)?.[Symbol.dispose]()
  return closedQuery(id)
}

function simulatorFor(transaction: ShimTransaction, collection: string) {
  if (collection !== '') transaction.access.checkRead(collection)
  return transaction.simulator()
}

function metadataOf(bytes: Uint8Array): peer.QueryMetadata | undefined {
  return bytes.length === 0 ? undefined : unmarshalled(peer.QueryMetadata, bytes)
}

/** Private data has no pages. */
function pageOf(collection: string, metadata: peer.QueryMetadata | undefined): Page | undefined {
  const [size, bookmark] = [metadata?.getPagesize() ?? 0, metadata?.getBookmark() ?? '']
  return collection !== '' || (size === 0 && bookmark === '') ? undefined : { size, bookmark }
}

function limitOf(totalLimit: number, metadata: peer.QueryMetadata | undefined): number {
  const size = metadata?.getPagesize() ?? 0
  return size > 0 && size < totalLimit ? size : totalLimit
}
