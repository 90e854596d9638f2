/**
 * CouchDB's selectors. How two values compare is the library's; how conditions are combined is written here, since CouchDB
 * pushes negations down to the fields: a field that is missing matches nothing but `$exists: false`.
 */
import { matchesSelector } from 'pouchdb-selector-core'
import { isJsonObject, type JsonObject } from './go-json.ts'

/** @param selector checked by `checkSelector` */
export function matchesMango(document: JsonObject, selector: JsonObject): boolean {
  return Object.keys(selector).length === 0 || matches(document, selector, false)
}

/** An empty object is a value here: only as a whole selector does it match everything. */
function matches(value: unknown, condition: unknown, isNegated: boolean): boolean {
  const parts = isJsonObject(condition) ? Object.entries(condition) : []
  if (parts.length === 0) return matchesOperator(value, '$eq', condition, isNegated)
  const part = ([name, argument]: [string, unknown]): boolean => matchesPart(value, name, argument, isNegated)
  // Not all of them is one that is not.
  return isNegated ? parts.some(part) : parts.every(part)
}

function matchesPart(value: unknown, name: string, argument: unknown, isNegated: boolean): boolean {
  switch (name) {
    case '$and':
      return combine(value, argument, isNegated, isNegated)
    case '$or':
      return combine(value, argument, !isNegated, isNegated)
    case '$nor':
      return combine(value, argument, isNegated, !isNegated)
    case '$not':
      return matches(value, argument, !isNegated)
    default:
      if (name.startsWith('$')) return matchesOperator(value, name, argument, isNegated)
      return matches(fieldOf(value, name), argument, isNegated)
  }
}

function combine(value: unknown, conditions: unknown, isAny: boolean, isNegated: boolean): boolean {
  const one = (condition: unknown): boolean => matches(value, condition, isNegated)
  return isAny ? listOf(conditions).some(one) : listOf(conditions).every(one)
}

function matchesOperator(value: unknown, operator: string, argument: unknown, isNegated: boolean): boolean {
  if (operator === '$exists') return (value !== undefined) === (argument !== isNegated)
  if (value === undefined) return false
  const holds = operators[operator]?.(value, argument) ?? compares(value, operator, argument)
  return holds !== isNegated
}

const operators: Readonly<Record<string, (value: unknown, argument: unknown) => boolean>> = {
  $in: isAmong,
  $nin: (value, argument) => !isAmong(value, argument),
  $elemMatch: (value, argument) => Array.isArray(value) && value.some((each) => matches(each, argument, false)),
  $allMatch: (value, argument) =>
    Array.isArray(value) && value.length > 0 && value.every((each) => matches(each, argument, false)),
  $keyMapMatch: (value, argument) =>
    isJsonObject(value) && Object.keys(value).some((key) => matches(key, argument, false)),
  $beginsWith: (value, argument) => typeof value === 'string' && value.startsWith(String(argument)),
}

/** Of a list, one of its values is enough. */
function isAmong(value: unknown, argument: unknown): boolean {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  return listOf(argument).some((wanted) => values.some((each) => compares(each, '$eq', wanted)))
}

const compares = (value: unknown, operator: string, argument: unknown): boolean =>
  matchesSelector({ value }, { value: { [operator]: argument } })

const listOf = (argument: unknown): readonly unknown[] => (Array.isArray(argument) ? argument : [])

/** @param name with dots between the fields, a backslash before a dot that is part of one */
export function fieldOf(value: unknown, name: string): unknown {
  let found = value
  for (const field of fieldPath(name)) {
    if (Array.isArray(found)) found = found[Number(field)]
    else found = isJsonObject(found) && Object.hasOwn(found, field) ? found[field] : undefined
  }
  return found
}

export const fieldPath = (name: string): readonly string[] =>
  name.split(/(?<!\\)\./).map((field) => field.replace(/\\([.$])/g, '$1'))
