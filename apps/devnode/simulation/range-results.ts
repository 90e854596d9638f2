import type { StateEntry, StateReader } from '../state/world-state.ts'
import type { KeyRead, RangeRead } from './key-value-set.ts'
import { gatherRangeReads, queryReadsDegree } from './range-reads.ts'
import type { Page, Results } from './simulator.ts'
import type { StateFlavour } from './state-flavour.ts'

export interface RangeQuery {
  readonly namespace: string
  readonly start: string
  readonly end: string
  readonly page?: Page
}

/** A range's entries one by one, and after them where the next page would begin. */
export interface RangeCursor {
  next(): StateEntry | undefined
  bookmark(): string
}

export function rangeCursor(state: StateReader, query: RangeQuery, flavour: StateFlavour): RangeCursor {
  const { namespace, start, end, page } = query
  const size = page && page.size > 0 ? page.size : Number.POSITIVE_INFINITY
  const entries = state.range(namespace, { start: page?.bookmark || start, end })[Symbol.iterator]()
  let taken = 0
  let ahead: IteratorResult<StateEntry> | undefined
  const advance = (): IteratorResult<StateEntry> => {
    const now = ahead ?? entries.next()
    ahead = undefined
    return now
  }
  return {
    next() {
      if (taken >= size) return undefined
      const { value, done } = advance()
      if (done) return undefined
      taken += 1
      return { ...value, value: flavour.given(value.value) }
    },
    bookmark() {
      ahead ??= entries.next()
      return flavour.rangeBookmark(ahead.done ? undefined : ahead.value.key, end)
    },
  }
}

/** Of a query's results, the next one. */
export function nextOf(entries: Iterator<StateEntry>): StateEntry | undefined {
  const { value, done } = entries.next()
  return done ? undefined : value
}

/** Records what a range query reads, as it is read: how far it went matters to the phantom check. */
export interface RangeRecord {
  add(read: KeyRead): void
  exhaust(): void
  result(): RangeRead
}

export function recordRange(start: string, end: string): RangeRecord {
  const reads = gatherRangeReads(queryReadsDegree)
  let last = ''
  let isExhausted = false
  return {
    add(read) {
      reads.add(read)
      last = read.key
    },
    exhaust() {
      isExhausted = true
      last = end
    },
    result: () => ({ start, end: last, isExhausted, ...reads.finish() }),
  }
}

export interface EntryResults extends Results {
  next(): StateEntry | undefined
}

/** @param onRead told of each entry that is handed out, and of the end @param onEnd told once how many there were */
export function resultsOf(
  cursor: RangeCursor,
  onRead: (entry: StateEntry | undefined) => void,
  onEnd: (keys: number) => void,
): EntryResults {
  let keys = 0
  let isEnded = false
  const end = (): void => {
    if (!isEnded) onEnd(keys)
    isEnded = true
  }
  return {
    next() {
      const entry = cursor.next()
      onRead(entry)
      if (entry === undefined) {
        end()
        return undefined
      }
      keys += 1
      return entry
    },
    get bookmark() {
      return cursor.bookmark()
    },
    [Symbol.dispose]: end,
  }
}
