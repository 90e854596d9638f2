import { PlatformError } from '@cello/model'
import type { Page } from '@cello/ports'

type Key = readonly (string | number)[]

/** The place after a row, as text that says nothing to a caller. */
function encodeCursor(key: Key): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

/** @throws INVALID_REQUEST where it is not one of ours. */
function decodeCursor(cursor: string): unknown[] {
  let key: unknown
  try {
    key = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch (error) {
    throw badCursor(error)
  }
  if (!Array.isArray(key)) throw badCursor()
  return key
}

/** The name that the page goes on after. */
export function nameCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined
  const [name] = decodeCursor(cursor)
  if (typeof name !== 'string') throw badCursor()
  return name
}

/** The time and id that the page goes on after. */
export function ageCursor(cursor: string | undefined): { readonly at: number; readonly id: string } | undefined {
  if (cursor === undefined) return undefined
  const [at, id] = decodeCursor(cursor)
  if (typeof at !== 'number' || typeof id !== 'string') throw badCursor()
  return { at, id }
}

/** A page from rows of which one more than `limit` was asked for. */
export function toPage<Row, T>(
  rows: readonly Row[],
  limit: number,
  options: { readonly key: (row: Row) => Key; readonly map: (row: Row) => T },
): Page<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const items = shown.map(options.map)
  return rows.length > limit && last !== undefined ? { items, next: encodeCursor(options.key(last)) } : { items }
}

function badCursor(cause?: unknown): PlatformError {
  return new PlatformError('INVALID_REQUEST', { detail: 'the cursor is not one that a page gave' }, { cause })
}
