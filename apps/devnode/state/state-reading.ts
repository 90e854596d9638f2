import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { KeyChange, KeyRange, StateEntry, StateReader, StateValue, WorldState } from './world-state.ts'

type Row = Record<string, SQLOutputValue>
type Reading = Pick<WorldState, 'get' | 'range' | 'history' | 'transaction' | 'blockByHash'> & {
  readonly page: ReadPage
}

/** Some entries of a namespace from a key on, before `end`, read at once. */
export type ReadPage = (namespace: string, from: string, end: string, size: number) => Page

export interface Page {
  readonly entries: readonly StateEntry[]
  /** The least key that may come after them; absent: these were the last. */
  readonly next?: string
}

/** Pages of a range start small, since most ranges are, and grow, but not past so many bytes as the last one lets expect. */
const firstPage = 16
const largestPage = 1024
const pageBytes = 1 << 20
const historyPage = 16

/** The reads of a world state. No statement is left open in between: a block may be applied at any time. */
export function readingOf(database: DatabaseSync): Reading {
  const value = database.prepare('SELECT value, block, place, metadata FROM state WHERE namespace = ? AND key = ?')
  const transaction = database.prepare('SELECT block, place, code FROM transactions WHERE tx_id = ?')
  const block = database.prepare('SELECT number FROM blocks WHERE hash = ?')
  const page = pagesOf(database)
  return {
    page,
    get(namespace, key) {
      const row = value.get(namespace, key)
      return row && valueOf(row)
    },
    range: rangesOf(page),
    history: historiesOf(database),
    transaction(txId) {
      const row = transaction.get(txId)
      return row && { block: Number(row.block), transaction: Number(row.place), code: Number(row.code) }
    },
    blockByHash(hash) {
      const row = block.get(hash)
      return row && Number(row.number)
    },
  }
}

function pagesOf(database: DatabaseSync): ReadPage {
  const select = 'SELECT key, value, block, place, metadata FROM state WHERE namespace = ? AND key >= ?'
  const toEnd = database.prepare(`${select} ORDER BY key LIMIT ?`)
  const toKey = database.prepare(`${select} AND key < ? ORDER BY key LIMIT ?`)
  return (namespace, from, end, size) => {
    const rows = end === '' ? toEnd.all(namespace, from, size) : toKey.all(namespace, from, end, size)
    const entries = rows.map(entryOf)
    const last = entries.length < size ? undefined : entries.at(-1)
    return last ? { entries, next: `${last.key}\0` } : { entries }
  }
}

/** Reads page by page: nothing is held open in between. */
export function rangesOf(page: ReadPage): StateReader['range'] {
  return function* range(namespace: string, { start, end, limit = Number.POSITIVE_INFINITY }: KeyRange) {
    let from = start
    let left = limit
    for (let size = firstPage; ; ) {
      const { entries, next } = page(namespace, from, end, Math.min(size, left))
      for (const entry of entries) {
        if (left <= 0) return
        left -= 1
        yield entry
      }
      if (next === undefined || left <= 0) return
      size = nextSize(size, entries)
      from = next
    }
  }
}

function historiesOf(database: DatabaseSync): Reading['history'] {
  const older = database.prepare(`SELECT tx_id, block, place, value, seconds, nanos FROM history
    WHERE namespace = ? AND key = ? AND (block, place) < (?, ?) ORDER BY block DESC, place DESC LIMIT ${historyPage}`)
  return function* history(namespace: string, key: string) {
    let before = { block: Number.MAX_SAFE_INTEGER, transaction: 0 }
    for (;;) {
      const changes = older.all(namespace, key, before.block, before.transaction).map(changeOf)
      yield* changes
      if (changes.length < historyPage) return
      before = changes.at(-1)?.version ?? before
    }
  }
}

function nextSize(size: number, entries: readonly StateEntry[]): number {
  const bytes = entries.reduce((sum, { value }) => sum + value.length, 1)
  const fitting = Math.max(1, Math.ceil((pageBytes * entries.length) / bytes))
  return Math.min(size * 2, fitting, largestPage)
}

const versionOf = (row: Row): StateValue['version'] => ({ block: Number(row.block), transaction: Number(row.place) })

const valueOf = (row: Row): StateValue => ({
  value: row.value instanceof Uint8Array ? row.value : new Uint8Array(),
  version: versionOf(row),
  ...(row.metadata instanceof Uint8Array && { metadata: row.metadata }),
})

const entryOf = (row: Row): StateEntry => ({ key: String(row.key), ...valueOf(row) })

const changeOf = (row: Row): KeyChange => ({
  txId: String(row.tx_id),
  version: versionOf(row),
  ...(row.value instanceof Uint8Array && { value: row.value }),
  timestamp: { seconds: Number(row.seconds), nanos: Number(row.nanos) },
})
