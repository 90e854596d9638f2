/** A config group as the flat map that update rules work on: one element for each group, value and policy. */
import type { common } from '@hyperledger/fabric-protos'

type ElementKind = 'Group' | 'Value' | 'Policy'

interface Place {
  readonly name: string
  /** Names of the groups around it, from `Channel` on; empty for the channel group itself. */
  readonly path: readonly string[]
}

export type ConfigElement = Place &
  (
    | { readonly kind: 'Group'; readonly message: common.ConfigGroup }
    | { readonly kind: 'Value'; readonly message: common.ConfigValue }
    | { readonly kind: 'Policy'; readonly message: common.ConfigPolicy }
  )

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

function keyOf(kind: ElementKind, path: readonly string[], name: string): string {
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

function addGroup(
  elements: Map<string, ConfigElement>,
  name: string,
  path: readonly string[],
  group: common.ConfigGroup,
) {
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
  const listed = elementAt(elements, 'Group', path, name)
  if (listed.kind !== 'Group') throw new Error(`ConfigGroup not found at group path: ${name}`)
  const group = filled(listed.message.cloneMessage(), fills)
  const inside = [...path, name]
  for (const child of listed.message.getGroupsMap().keys()) {
    group.getGroupsMap().set(child, rebuild(elements, child, inside, fills))
  }
  for (const key of listed.message.getValuesMap().keys()) {
    const value = elementAt(elements, 'Value', inside, key)
    if (value.kind === 'Value') group.getValuesMap().set(key, filled(value.message.cloneMessage(), fills))
  }
  for (const key of listed.message.getPoliciesMap().keys()) {
    const policy = elementAt(elements, 'Policy', inside, key)
    if (policy.kind === 'Policy') group.getPoliciesMap().set(key, filled(policy.message.cloneMessage(), fills))
  }
  return group
}

function filled<M extends ConfigElement['message']>(message: M, fills: boolean): M {
  if (fills && message.getModPolicy() === '') message.setModPolicy('Admins')
  return message
}

function elementAt(elements: ConfigElements, kind: ElementKind, path: readonly string[], name: string): ConfigElement {
  const key = keyOf(kind, path, name)
  const element = elements.get(key)
  if (!element) throw new Error(`missing ${kind.toLowerCase()} at path: ${key}`)
  return element
}
