/** One call that a contract is working on: what its requests are answered from. */
import { randomUUID } from 'node:crypto'
import type { peer } from '@hyperledger/fabric-protos'
import type { Simulator } from '../simulation/simulator.ts'
import type { Invocation } from './contract.ts'
import { type PrivateAccess, privateAccess } from './private-access.ts'
import { type OpenQuery, openQuery, type QueryOptions } from './query-results.ts'

export interface ShimTransaction extends Disposable {
  readonly invocation: Invocation
  readonly namespace: string
  readonly access: PrivateAccess
  /** @throws Error in Fabric's words where the call concerns no channel */
  simulator(): Simulator
  /** Starts a query and answers its first portion, encoded. */
  startQuery(options: Pick<QueryOptions, 'source' | 'isPage' | 'limit'>): Uint8Array
  query(id: string): OpenQuery | undefined
  /** A request is being answered; a contract may have one at a time. */
  isBusy: boolean
}

export interface TransactionOptions {
  readonly invocation: Invocation
  /** Of the contract's committed definition. */
  readonly collections: () => readonly peer.StaticCollectionConfig[]
}

export function openTransaction({ invocation, collections }: TransactionOptions): ShimTransaction {
  const queries = new Map<string, OpenQuery>()
  let isOver = false
  const access = privateAccess(invocation, collections)
  return {
    invocation,
    namespace: invocation.contract,
    access,
    isBusy: false,
    simulator() {
      if (!invocation.simulator || isOver) throw new Error('no ledger context')
      return invocation.simulator
    },
    startQuery(options) {
      const id = randomUUID()
      const query = openQuery({ ...options, id, onClose: () => queries.delete(id) })
      queries.set(id, query)
      return closingOnFailure(query)
    },
    query: (id) => queries.get(id),
    [Symbol.dispose]() {
      isOver = true
      for (const query of queries.values()) query[Symbol.dispose]()
    },
  }
}

/** The next portion; a query that fails is over. */
export function closingOnFailure(query: OpenQuery): Uint8Array {
  try {
    return query.portion()
  } catch (error) {
    query[Symbol.dispose]()
    throw error
  }
}
