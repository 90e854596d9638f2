import { PlatformError } from '@cello/model'
import type { PageRequest } from '@cello/ports'

/** A page as it is answered. */
export interface PageView<T> {
  items: T[]
  next?: string | undefined
}

/**
 * One page of a list that is held whole. `keyOf` is unique and the list stands in its order, so a page goes on rightly when
 * items before it come or go. @throws INVALID_REQUEST for a cursor that no page gave.
 */
export function pageOfList<T>(items: readonly T[], keyOf: (item: T) => string, page: PageRequest): PageView<T> {
  const sorted = items.map((item) => ({ item, key: keyOf(item) })).sort((a, b) => (a.key < b.key ? -1 : 1))
  const after = page.cursor === undefined ? undefined : readCursor(page.cursor)
  const rest = after === undefined ? sorted : sorted.filter(({ key }) => key > after)
  const shown = rest.slice(0, page.limit)
  const last = shown.at(-1)
  return {
    items: shown.map(({ item }) => item),
    ...(rest.length > page.limit && last ? { next: writeCursor(last.key) } : {}),
  }
}

/** Text that says nothing to a caller. */
export function writeCursor(key: string): string {
  return Buffer.from(`k${key}`).toString('base64url')
}

/** @throws INVALID_REQUEST */
export function readCursor(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString('utf8')
  if (!text.startsWith('k')) {
    throw new PlatformError('INVALID_REQUEST', { detail: 'the cursor is not one that a page gave' })
  }
  return text.slice(1)
}
