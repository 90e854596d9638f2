import { createFieldSorter } from 'pouchdb-selector-core'
import type { StateEntry, StateReader } from '../state/world-state.ts'
import { couchError } from './couch-error.ts'
import { goJson, isJsonObject, type JsonObject, jsonObjectOf } from './go-json.ts'
import { type MangoQuery, type MangoSort, parseMangoQuery } from './mango-query.ts'
import { fieldOf, fieldPath, matchesMango } from './mango-selector.ts'
import type { Page } from './simulator.ts'
import type { QueryFinding } from './state-flavour.ts'

interface Row {
  readonly entry: StateEntry
  readonly doc: JsonObject
}

/**
 * A Mango query over the JSON objects of a namespace, in the order of keys where it asks for no other. Without indexes it
 * reads all of the namespace.
 * @throws Error in the words of Fabric and CouchDB
 */
export function richQuery(state: StateReader, namespace: string, text: string, page?: Page): QueryFinding {
  const query = parseMangoQuery(text)
  const after = page?.bookmark ? readBookmark(page.bookmark) : undefined
  const found = query.sort
    ? sortedRows(rowsOf(state, namespace, query, ''), query.sort, after)
    : rowsOf(state, namespace, query, after ? `${String(after._id)}\0` : '')
  const rows = skipped(found, after ? 0 : query.skip)
  if (page === undefined) return { entries: entriesOf(rows, query), bookmark: '' }
  const shown = [...taken(rows, page.size)]
  const last = shown.at(-1)
  return { entries: entriesOf(shown, query), bookmark: last ? bookmarkOf(last, query) : page.bookmark || 'nil' }
}

function* rowsOf(state: StateReader, namespace: string, { selector }: MangoQuery, start: string): Generator<Row> {
  for (const entry of state.range(namespace, { start, end: '' })) {
    // A value that is no JSON object is a document without fields, with an attachment.
    const doc = { ...jsonObjectOf(entry.value), _id: entry.key }
    if (matchesMango(doc, selector)) yield { entry, doc }
  }
}

/** A document without one of the fields is not in the index that CouchDB would sort by. */
function sortedRows(rows: Iterable<Row>, { fields, isDescending }: MangoSort, after: JsonObject | undefined): Row[] {
  const compare = createFieldSorter(fields.map((field) => ({ [field]: 'asc' })))
  const sign = isDescending ? -1 : 1
  const sorted = [...rows]
    .filter(({ doc }) => fields.every((field) => fieldOf(doc, field) !== undefined))
    .sort((left, right) => sign * compare(left, right))
  return after ? sorted.filter((row) => sign * compare(row, { doc: after }) > 0) : sorted
}

function* skipped(rows: Iterable<Row>, count: number): Generator<Row> {
  let left = count
  for (const row of rows) {
    if (left > 0) left -= 1
    else yield row
  }
}

/** @param count 0: all */
function* taken(rows: Iterable<Row>, count: number): Generator<Row> {
  let shown = 0
  for (const row of rows) {
    yield row
    shown += 1
    if (shown === count) return
  }
}

function* entriesOf(rows: Iterable<Row>, { fields }: MangoQuery): Generator<StateEntry> {
  for (const { entry, doc } of rows) yield { ...entry, value: shownValue(entry, doc, fields) }
}

function shownValue(entry: StateEntry, doc: JsonObject, fields: readonly string[] | undefined): Uint8Array {
  const { _id, ...own } = doc
  if (fields) return Buffer.from(goJson(projected(own, fields)))
  return jsonObjectOf(entry.value) ? Buffer.from(goJson(own)) : entry.value
}

function projected(doc: JsonObject, fields: readonly string[]): JsonObject {
  const shown: Record<string, unknown> = {}
  for (const name of fields) {
    const value = fieldOf(doc, name)
    if (value === undefined) continue
    const path = fieldPath(name)
    let into = shown
    for (const field of path.slice(0, -1)) {
      const inner: Record<string, unknown> = isJsonObject(into[field]) ? { ...into[field] } : {}
      into[field] = inner
      into = inner
    }
    into[path.at(-1) ?? name] = value
  }
  return shown
}

/** Where a page ended: its last key, and what it was sorted by. CouchDB's own bookmarks are as opaque. */
function bookmarkOf({ entry, doc }: Row, { sort }: MangoQuery): string {
  const place = { ...projected(doc, sort?.fields ?? []), _id: entry.key }
  return Buffer.from(JSON.stringify(place)).toString('base64url')
}

function readBookmark(bookmark: string): JsonObject | undefined {
  if (bookmark === 'nil') return undefined
  const place = jsonObjectOf(Buffer.from(bookmark, 'base64url'))
  if (typeof place?._id !== 'string')
    throw couchError('invalid_bookmark', `Invalid bookmark value: ${JSON.stringify(bookmark)}`)
  return place
}
