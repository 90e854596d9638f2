/** The values of a file and of variables by key, each a known one; as Fabric's viper reads them. */
import { parse } from 'yaml'
import type { KeyRule, KeyRules } from './key-rule.ts'

/** Text of each key that is set, or the texts of a list. Keys in the table's spelling. */
export type KeyValues = ReadonlyMap<string, string | readonly string[]>

export interface KeySource {
  /** The file's content. */
  readonly yaml: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Of the variables: `ORDERER`, `CORE`. */
  readonly prefix: string
  readonly rules: KeyRules
}

/** @throws Error naming every key or variable that is unknown, or refused for its value */
export function readKeys({ yaml, env, prefix, rules }: KeySource): KeyValues {
  const complaints: string[] = []
  const values = new Map([...fromFile(yaml, rules, complaints), ...fromVariables(env, prefix, rules, complaints)])
  for (const [key, value] of values) {
    const complaint = refusalOf(key, value, rules[key])
    if (complaint !== undefined) complaints.push(complaint)
  }
  if (complaints.length > 0) throw new Error(complaints.join('; '))
  return values
}

/** Fabric looks keys up in any case. */
function fromFile(yaml: string, rules: KeyRules, complaints: string[]): KeyValues {
  const keys = Object.keys(rules)
  const names = new Map(keys.map((key) => [key.toLowerCase(), key]))
  const open = openSections(keys, '.')
  const values = new Map<string, string | readonly string[]>()
  for (const [path, value] of leavesOf(documentOf(yaml), '')) {
    const key = names.get(path.toLowerCase())
    if (key !== undefined) values.set(key, value)
    else if (!isSection(path, names) && !open.some((section) => path.toLowerCase().startsWith(section))) {
      complaints.push(`${path} is no key of Fabric’s`)
    }
  }
  return values
}

/** What Cello writes is JSON, the part of YAML that is read in a fiftieth of the time. */
function documentOf(yaml: string): unknown {
  try {
    if (yaml.startsWith('{')) return JSON.parse(yaml)
  } catch {
    // It is YAML that begins like JSON.
  }
  return parse(yaml, { version: '1.1' })
}

/** A variable is a key in upper case with underscores; an empty one does not override, as in Fabric. */
function fromVariables(env: KeySource['env'], prefix: string, rules: KeyRules, complaints: string[]): KeyValues {
  const keys = Object.keys(rules)
  const names = new Map(keys.map((key) => [`${prefix}_${key.toUpperCase().replaceAll('.', '_')}`, key]))
  const open = openSections(keys, '_').map((section) => `${prefix}_${section}`.toUpperCase())
  const values = new Map<string, string | readonly string[]>()
  for (const [variable, value = ''] of Object.entries(env)) {
    if (!variable.startsWith(`${prefix}_`) || value === '') continue
    const key = names.get(variable)
    if (key !== undefined) values.set(key, isMaps(rules[key]) ? mapTexts(value) : listText(value))
    else if (!open.some((section) => variable.startsWith(section))) {
      complaints.push(`${variable} stands for no key of Fabric’s`)
    }
  }
  return values
}

/** Beginnings of what may be named freely, in lower case. */
function openSections(keys: readonly string[], separator: string): string[] {
  const sections = keys.filter((key) => key.endsWith('.*')).map((key) => key.slice(0, -1).toLowerCase())
  return sections.map((section) => section.replaceAll('.', separator))
}

function refusalOf(key: string, value: string | readonly string[], rule: KeyRule | undefined): string | undefined {
  if (rule?.rule !== 'fixed') return undefined
  const text = typeof value === 'string' ? value : value.join(',')
  if (rule.values.some((allowed) => allowed.toLowerCase() === text.toLowerCase())) return undefined
  const wanted = rule.values.filter((allowed) => allowed !== '').join(' or ') || 'empty'
  return `${key} is ${text}, and may only be ${wanted}: ${rule.why}`
}

/** An empty section (`Kafka:`) is a leaf to YAML and no key. */
function isSection(path: string, names: ReadonlyMap<string, string>): boolean {
  return [...names.keys()].some((name) => name.startsWith(`${path.toLowerCase()}.`))
}

function* leavesOf(value: unknown, path: string): Generator<[string, string | readonly string[]]> {
  if (Array.isArray(value)) yield [path, value.map(scalarText)]
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) yield* leavesOf(inner, path === '' ? key : `${path}.${key}`)
  } else if (path !== '') yield [path, scalarText(value)]
}

function scalarText(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : JSON.stringify(value)
}

const isMaps = (rule: KeyRule | undefined): boolean => rule?.rule === 'obeyed' && rule.kind === 'maps'

/** A list of sections in a variable is YAML. */
function mapTexts(value: string): readonly string[] {
  const list: unknown = parse(value, { version: '1.1' })
  return Array.isArray(list) ? list.map(scalarText) : [scalarText(list)]
}

/** `[a, b]` in a variable is a list. */
function listText(value: string): string | readonly string[] {
  const [, inner] = /^\[(.*)\]$/.exec(value) ?? []
  if (inner === undefined) return value
  return inner
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}
