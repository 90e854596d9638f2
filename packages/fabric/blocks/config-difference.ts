import { isDeepStrictEqual } from 'node:util'
import type { common } from '@hyperledger/fabric-protos'
import { decodeJson } from '../config/json/index.ts'
import type { ConfigItemChange } from './config-record.ts'

/** One item that differs between two configs, with what it holds in each as plain JSON. */
export interface ConfigDifference extends ConfigItemChange {
  readonly before?: unknown
  readonly after?: unknown
}

/**
 * What differs between two configs of a channel, in path order. Versions are left out, since they only count changes; of
 * a group the item itself differs by its modification policy alone, or by being there.
 * @throws FabricError UNKNOWN_FIELDS where a config is of a newer Fabric
 */
export function configDifferences(before: common.Config, after: common.Config): readonly ConfigDifference[] {
  const old = itemsOf(before)
  const now = itemsOf(after)
  const paths = [...new Set([...old.keys(), ...now.keys()])].sort()
  return paths.flatMap((key): ConfigDifference[] => {
    const was = old.get(key)
    const is = now.get(key)
    const { path, kind } = is ?? was ?? { path: key, kind: 'value' }
    if (was && is) {
      if (isDeepStrictEqual(was.content, is.content)) return []
      return [{ path, kind, change: 'changed', before: was.content, after: is.content }]
    }
    if (is) return [{ path, kind, change: 'added', after: is.content }]
    return was ? [{ path, kind, change: 'removed', before: was.content }] : []
  })
}

interface Item {
  readonly path: string
  readonly kind: ConfigItemChange['kind']
  readonly content: unknown
}

function itemsOf(config: common.Config): ReadonlyMap<string, Item> {
  const found = new Map<string, Item>()
  const json = record(decodeJson('common.Config', config.serializeBinary()))
  collect('/Channel', json['channel_group'], found)
  return found
}

function collect(path: string, group: unknown, found: Map<string, Item>): void {
  const { groups, values, policies, version: _version, ...content } = record(group)
  found.set(`${path} group`, { path, kind: 'group', content })
  for (const [kind, members] of [
    ['value', values],
    ['policy', policies],
  ] as const) {
    for (const [name, member] of Object.entries(record(members))) {
      const { version: _held, ...held } = record(member)
      found.set(`${path}/${name} ${kind}`, { path: `${path}/${name}`, kind, content: held })
    }
  }
  for (const [name, child] of Object.entries(record(groups))) collect(`${path}/${name}`, child, found)
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
