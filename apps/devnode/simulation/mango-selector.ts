/**
 * CouchDB's selectors. What is compared, and how, is the library's; how conditions are combined is written here, since
 * CouchDB pushes negations down to the fields: a field that is missing matches nothing but `$exists: false`.
 */
import { matchesSelector } from 'pouchdb-selector-core'
import { couchError } from './couch-error.ts'
import { isJsonObject, type JsonObject } from './go-json.ts'

const compared = new Set([
  '$eq',
  '$ne',
  '$gt',
  '$gte',
  '$lt',
  '$lte',
  '$in',
  '$mod',
  '$regex',
  '$type',
  '$size',
  '$all',
])

/** @throws Error in the words of CouchDB where an operator or its argument is wrong */
export const matchesMango = (document: JsonObject, selector: JsonObject): boolean => matches(document, selector, false)

function matches(value: unknown, condition: unknown, isNegated: boolean): boolean {
  if (!isJsonObject(condition)) return compare(value, '$eq', condition, isNegated)
  const parts = Object.entries(condition)
  const part = ([name, argument]: [string, unknown]): boolean => matchesPart(value, name, argument, isNegated)
  // Not all of them is one that is not.
  return isNegated ? parts.some(part) : parts.every(part)
}

function matchesPart(value: unknown, name: string, argument: unknown, isNegated: boolean): boolean {
  if (!name.startsWith('$')) return matches(fieldOf(value, name), fieldCondition(argument), isNegated)
  switch (name) {
    case '$and':
      return combine(value, listOf(name, argument), isNegated, isNegated)
    case '$or':
      return combine(value, listOf(name, argument), !isNegated, isNegated)
    case '$nor':
      return combine(value, listOf(name, argument), isNegated, !isNegated)
    case '$not':
      return matches(value, argument, !isNegated)
    default:
      return compare(value, name, argument, isNegated)
  }
}

/** An empty object is a value, not a selector of everything, once it stands under a field. */
const fieldCondition = (argument: unknown): unknown =>
  isJsonObject(argument) && Object.keys(argument).length === 0 ? { $eq: argument } : argument

function combine(value: unknown, conditions: readonly unknown[], isAny: boolean, isNegated: boolean): boolean {
  const one = (condition: unknown): boolean => matches(value, condition, isNegated)
  return isAny ? conditions.some(one) : conditions.every(one)
}

function compare(value: unknown, operator: string, argument: unknown, isNegated: boolean): boolean {
  if (operator === '$exists') return (value !== undefined) === (argument !== isNegated)
  const holds = holdsFor(value, operator, argument)
  return value !== undefined && holds !== isNegated
}

function holdsFor(value: unknown, operator: string, argument: unknown): boolean {
  switch (operator) {
    case '$nin':
      return !holdsFor(value, '$in', listOf(operator, argument))
    case '$elemMatch':
      return Array.isArray(value) && value.some((each) => matches(each, argument, false))
    case '$allMatch':
      return Array.isArray(value) && value.length > 0 && value.every((each) => matches(each, argument, false))
    case '$keyMapMatch':
      return isJsonObject(value) && Object.keys(value).some((key) => matches(key, argument, false))
    case '$beginsWith':
      return typeof value === 'string' && typeof argument === 'string' && value.startsWith(argument)
    default:
      return comparesTo(value, operator, argument)
  }
}

function comparesTo(value: unknown, operator: string, argument: unknown): boolean {
  if (!compared.has(operator)) throw couchError('invalid_operator', `Invalid operator: ${operator}`)
  if (operator === '$in' || operator === '$all' || operator === '$mod') listOf(operator, argument)
  if (value === undefined) return false
  try {
    return matchesSelector({ value }, { value: { [operator]: argument } })
  } catch (cause) {
    throw badArgument(operator, argument, cause)
  }
}

function listOf(operator: string, argument: unknown): readonly unknown[] {
  if (!Array.isArray(argument)) throw badArgument(operator, argument)
  return argument
}

const badArgument = (operator: string, argument: unknown, cause?: unknown): Error =>
  couchError('bad_arg', `Bad argument for operator ${operator}: ${JSON.stringify(argument)}`, cause)

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
