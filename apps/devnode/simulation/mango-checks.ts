import { couchError } from './couch-error.ts'
import { isJsonObject, type JsonObject } from './go-json.ts'

type Check = (argument: unknown) => boolean

const isList: Check = (argument) => Array.isArray(argument)
const isText: Check = (argument) => typeof argument === 'string'
const isAnything: Check = () => true

/** What each operator's argument must be; those whose arguments hold conditions are looked into besides. */
const operators: Readonly<Record<string, Check>> = {
  $and: isList,
  $or: isList,
  $nor: isList,
  $not: isJsonObject,
  $in: isList,
  $nin: isList,
  $all: isList,
  $exists: (argument) => typeof argument === 'boolean',
  $type: isText,
  $beginsWith: isText,
  $regex: isPattern,
  $mod: (argument) => Array.isArray(argument) && argument.length === 2 && argument.every(Number.isInteger),
  $size: (argument) => Number.isInteger(argument) && Number(argument) >= 0,
  $elemMatch: isJsonObject,
  $allMatch: isJsonObject,
  $keyMapMatch: isJsonObject,
  $eq: isAnything,
  $ne: isAnything,
  $gt: isAnything,
  $gte: isAnything,
  $lt: isAnything,
  $lte: isAnything,
}

const holdConditions = new Set(['$and', '$or', '$nor', '$not', '$elemMatch', '$allMatch', '$keyMapMatch'])

/** @throws Error in CouchDB's words on an operator that it does not know, or an argument that the operator cannot take */
export function checkSelector(selector: JsonObject): void {
  for (const [name, argument] of Object.entries(selector)) {
    if (name.startsWith('$')) checkOperator(name, argument)
    if (!name.startsWith('$') || holdConditions.has(name)) checkInside(argument)
  }
}

function checkOperator(name: string, argument: unknown): void {
  const takes = operators[name]
  if (takes === undefined) throw couchError('invalid_operator', `Invalid operator: ${name}`)
  if (!takes(argument)) {
    throw couchError('bad_arg', `Bad argument for operator ${name}: ${JSON.stringify(argument)}`)
  }
}

function checkInside(argument: unknown): void {
  const conditions: readonly unknown[] = Array.isArray(argument) ? argument : [argument]
  for (const condition of conditions) {
    if (isJsonObject(condition)) checkSelector(condition)
  }
}

function isPattern(argument: unknown): boolean {
  if (typeof argument !== 'string') return false
  try {
    new RegExp(argument).test('')
    return true
  } catch {
    return false
  }
}
