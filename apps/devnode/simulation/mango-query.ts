import { couchError } from './couch-error.ts'
import { isJsonObject, type JsonObject } from './go-json.ts'
import { checkSelector } from './mango-checks.ts'

/** A query as far as it counts: Fabric overrides `limit`, and no index is needed here, so `use_index` says nothing. */
export interface MangoQuery {
  readonly selector: JsonObject
  /** Absent: all of them. */
  readonly fields?: readonly string[]
  readonly sort?: MangoSort
  /** Of the first page. */
  readonly skip: number
}

export interface MangoSort {
  readonly fields: readonly string[]
  readonly isDescending: boolean
}

/** Keys of CouchDB's `_find` that change nothing here. */
const heedless = ['limit', 'bookmark', 'use_index', 'partition', 'r', 'conflicts', 'stale', 'update', 'stable']
const knownKeys = new Set(['selector', 'fields', 'sort', 'skip', 'execution_stats', 'allow_fallback', ...heedless])

/** @throws Error in the words of Fabric or CouchDB */
export function parseMangoQuery(text: string): MangoQuery {
  const query: unknown = JSON.parse(text)
  if (!isJsonObject(query)) {
    throw new Error('json: cannot unmarshal the query into Go value of type map[string]interface {}')
  }
  const fields = query.fields === undefined ? undefined : parseFields(query.fields)
  const selector = parseSelector(query.selector)
  const skip = parseSkip(query.skip)
  const sort = parseSort(query.sort)
  const unknown = Object.keys(query).find((key) => !knownKeys.has(key))
  if (unknown !== undefined) throw couchError('invalid_key', `Invalid key ${unknown} for this request.`)
  return { selector, skip, ...(fields && { fields }), ...(sort && { sort }) }
}

/** None is a list too: then only keys are asked for. */
function parseFields(fields: unknown): readonly string[] {
  if (!Array.isArray(fields)) throw new Error('fields definition must be an array')
  return fields.map((field: unknown) => {
    if (typeof field === 'string') return field
    throw couchError('invalid_field', `Invalid JSON for field spec: ${JSON.stringify(field)}`)
  })
}

function parseSelector(selector: unknown): JsonObject {
  if (selector === undefined) throw couchError('missing_required_key', 'Missing required key: selector')
  if (!isJsonObject(selector)) {
    throw couchError('invalid_selector_json', `Selector must be a JSON object, not: ${JSON.stringify(selector)}`)
  }
  checkSelector(selector)
  return selector
}

function parseSkip(skip: unknown): number {
  if (skip === undefined) return 0
  if (typeof skip === 'number' && Number.isInteger(skip) && skip >= 0) return skip
  throw couchError('invalid_non_neg_integer', `${JSON.stringify(skip)} is not an integer greater than or equal to zero`)
}

function parseSort(sort: unknown): MangoSort | undefined {
  if (sort === undefined) return undefined
  if (!Array.isArray(sort)) {
    throw couchError('invalid_sort_json', `Sort must be an array of sort specs, not: ${JSON.stringify(sort)}`)
  }
  const parts = sort.map(parseSortField)
  const isDescending = parts[0]?.direction === 'desc'
  if (parts.some(({ direction }) => (direction === 'desc') !== isDescending)) {
    throw couchError('unsupported_mixed_sort', 'Sorts currently only support a single direction for all fields.')
  }
  return parts.length === 0 ? undefined : { fields: parts.map(({ name }) => name), isDescending }
}

function parseSortField(field: unknown): { readonly name: string; readonly direction: unknown } {
  if (typeof field === 'string') return { name: field, direction: 'asc' }
  const [part, ...more] = isJsonObject(field) ? Object.entries(field) : []
  if (part === undefined || more.length > 0) {
    throw couchError('invalid_sort_field', `Invalid sort field: ${JSON.stringify(field)}`)
  }
  const [name, direction] = part
  if (direction !== 'asc' && direction !== 'desc') {
    throw couchError('invalid_sort_dir', `Invalid sort direction: ${JSON.stringify(field)}`)
  }
  return { name, direction }
}
