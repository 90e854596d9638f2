import type { StateEntry, StateReader } from '../state/world-state.ts'
import type { Page, Results } from './simulator.ts'

/** What differs between a peer whose state database is LevelDB and one with CouchDB. */
export interface StateFlavour {
  /** Before a key is read. @throws Error in Fabric's words */
  checkKey(key: string): void
  /** Before it is written; an empty value deletes. @throws Error in Fabric's words */
  checkWrite(key: string, value: Uint8Array): void
  /** A value as this database gives it back. */
  given(value: Uint8Array): Uint8Array
  /** The bookmark of a page of a range. @param next the key after the page, where there is one */
  rangeBookmark(next: string | undefined, end: string): string
  /** What a query finds, in its order. @throws Error in Fabric's words */
  query(state: StateReader, namespace: string, query: string, page?: Page): QueryFinding
}

export interface QueryFinding extends Pick<Results, 'bookmark'> {
  readonly entries: Iterable<StateEntry>
}

const asItIs = (): void => {}

export const levelDb: StateFlavour = {
  checkKey: asItIs,
  checkWrite: asItIs,
  given: (value) => value,
  rangeBookmark: (next) => next ?? '',
  query(_state, _namespace, _query, page) {
    throw new Error(`${page ? 'ExecuteQueryWithMetadata' : 'ExecuteQuery'} not supported for leveldb`)
  },
}
