/** A config group as the flat map that update rules work on: one element for each group, value and policy. */
import type { common } from '@hyperledger/fabric-protos'

export type ElementKind = 'Group' | 'Value' | 'Policy'

export interface ConfigElement {
  readonly kind: ElementKind
  readonly name: string
  /** Names of the groups around it, from `Channel` on; empty for the channel group itself. */
  readonly path: readonly string[]
  readonly message: common.ConfigGroup | common.ConfigValue | common.ConfigPolicy
}

/** Elements by key: `[Value]  /Channel/Orderer/BatchSize`, in Fabric's own spelling, since errors show it. */
export type ConfigElements = ReadonlyMap<string, ConfigElement>

const longestName = 249
const labels: Readonly<Record<ElementKind, string>> = { Group: '[Group]  ', Value: '[Value]  ', Policy: '[Policy] ' }

export const channelGroupName = 'Channel'

/** The elements of a whole channel group, or of a part of one in a read or write set. @throws Error on an illegal name */
export function elementsOf(channel: common.ConfigGroup | undefined): ConfigElements {
  const elements = new Map<string, ConfigElement>()
  if (channel) addGroup(elements, channelGroupName, [], channel)
  return elements
}

/** The group that the elements make, from the groups' own lists of what they hold. @throws Error where one is missing */
export function groupOf(elements: ConfigElements): common.ConfigGroup {
  // Old configs had no mod_policy in places; from orderer capabilities on Fabric writes one whenever it rewrites.
  const fillsModPolicies = elements.has(keyOf('Value', [channelGroupName, 'Orderer'], 'Capabilities'))
  return rebuild(elements, channelGroupName, [], fillsModPolicies)
}

export function keyOf(kind: ElementKind, path: readonly string[], name: string): string {
  return `${labels[kind]}/${[...path, name].join('/')}`
}

/** @throws Error when `name` cannot name a config element */
export function checkName(name: string): void {
  if (name === '') throw new Error('config ID illegal, cannot be empty')
  if (name.length > longestName) throw new Error(`config ID illegal, cannot be longer than ${longestName}`)
  if (name === '.' || name === '..') throw new Error(`name '${name}' for config ID is not allowed`)
  if (!/^[a-zA-Z0-9.-]+$/.test(name)) throw new Error(`config ID '${name}' contains illegal characters`)
}

/** @throws Error when `channel` cannot name a channel */
export function checkChannelName(channel: string): void {
  if (channel === '') throw new Error('channel ID illegal, cannot be empty')
  if (channel.length > longestName) throw new Error(`channel ID illegal, cannot be longer than ${longestName}`)
  if (!/^[a-z][a-z0-9.-]*$/.test(channel)) throw new Error(`'${channel}' contains illegal characters`)
}

function addGroup(elements: Map<string, ConfigElement>, name: string, path: readonly string[], group: common.ConfigGroup) {
  add(elements, { kind: 'Group', name, path, message: group })
  const inside = [...path, name]
  for (const [childName, child] of group.getGroupsMap().entries()) addGroup(elements, childName, inside, child)
  for (const [valueName, message] of group.getValuesMap().entries()) {
    add(elements, { kind: 'Value', name: valueName, path: inside, message })
  }
  for (const [policyName, message] of group.getPoliciesMap().entries()) {
    add(elements, { kind: 'Policy', name: policyName, path: inside, message })
  }
}

function add(elements: Map<string, ConfigElement>, element: ConfigElement): void {
  try {
    checkName(element.name)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`illegal characters in key: ${labels[element.kind]}: ${reason}`, { cause: error })
  }
  elements.set(keyOf(element.kind, element.path, element.name), element)
}

function rebuild(elements: ConfigElements, name: string, path: readonly string[], fills: boolean): common.ConfigGroup {
  const listed = messageAt<common.ConfigGroup>(elements, 'Group', path, name)
  const group = listed.cloneMessage()
  const inside = [...path, name]
  for (const child of listed.getGroupsMap().keys()) {
    group.getGroupsMap().set(child, rebuild(elements, child, inside, fills))
  }
  for (const key of listed.getValuesMap().keys()) {
    const value = messageAt<common.ConfigValue>(elements, 'Value', inside, key).cloneMessage()
    if (fills && value.getModPolicy() === '') value.setModPolicy('Admins')
    group.getValuesMap().set(key, value)
  }
  for (const key of listed.getPoliciesMap().keys()) {
    const policy = messageAt<common.ConfigPolicy>(elements, 'Policy', inside, key).cloneMessage()
    if (fills && policy.getModPolicy() === '') policy.setModPolicy('Admins')
    group.getPoliciesMap().set(key, policy)
  }
  if (fills && group.getModPolicy() === '') group.setModPolicy('Admins')
  return group
}

function messageAt<M extends ConfigElement['message']>(
  elements: ConfigElements,
  kind: ElementKind,
  path: readonly string[],
  name: string,
): M {
  const key = keyOf(kind, path, name)
  const element = elements.get(key)
  if (!element) throw new Error(`missing ${kind.toLowerCase()} at path: ${key}`)
  // The key's label says which message it is: `add` is the only one that writes them.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return element.message as M
}
