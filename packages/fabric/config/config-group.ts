import { common } from '@hyperledger/fabric-protos'
import type { Message } from 'google-protobuf'
import { decode } from '../codec/decode.ts'
import { assertNoUnknownFields, classOf, decodeLossless, type MessageClass } from '../codec/index.ts'
import { FabricError } from '../errors.ts'
import type { PolicySet } from './channel-spec.ts'
import { encodePolicy } from './policy-spec.ts'

/** Names that Fabric gives to groups, values and the policy that guards them. */
export const groupNames = { orderer: 'Orderer', application: 'Application' } as const
export const adminsPolicy = 'Admins'
/** Guard of the global orderer addresses, which lie in the channel group but belong to the orderers. */
export const ordererAdminsPolicy = '/Channel/Orderer/Admins'

/** An empty group, guarded by the administrators as configtxgen does. */
export function newGroup(): common.ConfigGroup {
  const group = new common.ConfigGroup()
  group.setModPolicy(adminsPolicy)
  return group
}

/**
 * Sets a value's content. An existing entry keeps its version and guard, so that an update counts as a change of content
 * only; a new one is guarded by `modPolicy`. @throws FabricError UNKNOWN_FIELDS if the old content holds something that
 * the new one cannot, so that it would be lost unseen.
 */
export function setValue(
  group: common.ConfigGroup,
  name: string,
  content: Message,
  modPolicy: string = adminsPolicy,
): void {
  const value = group.getValuesMap().get(name) ?? newValue(modPolicy)
  assertNoUnknownFields(value.getValue_asU8(), classOf(content), name)
  value.setValue(content.serializeBinary())
  group.getValuesMap().set(name, value)
}

/** A value's content for reading: unknown fields may be missing from it, so it must not be written back. */
export function readValue<M extends Message>(
  group: common.ConfigGroup | undefined,
  name: string,
  type: MessageClass<M>,
) {
  const value = group?.getValuesMap().get(name)
  return value ? decode(type, value.getValue_asU8()) : undefined
}

/**
 * A value's content for changing and writing back; a new message if the group has no such value.
 * @throws FabricError UNKNOWN_FIELDS if writing it back would lose something.
 */
export function openValue<M extends Message>(group: common.ConfigGroup, name: string, type: MessageClass<M>): M {
  const value = group.getValuesMap().get(name)
  return value ? decodeLossless(value.getValue_asU8(), type) : new type()
}

/** Sets one policy; an existing entry keeps its version and guard. */
export function setPolicyEntry(group: common.ConfigGroup, name: string, policy: common.Policy): void {
  const entry = group.getPoliciesMap().get(name) ?? newPolicy()
  entry.setPolicy(policy)
  group.getPoliciesMap().set(name, entry)
}

/** Sets each policy of the set. @throws FabricError INVALID on a rule that cannot be read. */
export function setPolicySet(group: common.ConfigGroup, policies: PolicySet): void {
  for (const [name, spec] of Object.entries(policies)) setPolicyEntry(group, name, encodePolicy(spec))
}

/** The channel group of a config. @throws FabricError INVALID if there is none. */
export function channelGroupOf(config: common.Config): common.ConfigGroup {
  const group = config.getChannelGroup()
  if (!group) throw new FabricError('INVALID', 'The config has no channel group')
  return group
}

/** The group at a path below the channel group. @throws FabricError NOT_FOUND naming the missing part. */
export function groupAt(config: common.Config, path: readonly string[]): common.ConfigGroup {
  return path.reduce((group, name) => {
    const child = group.getGroupsMap().get(name)
    if (!child) throw new FabricError('NOT_FOUND', `The config has no group '${name}' in /Channel/${path.join('/')}`)
    return child
  }, channelGroupOf(config))
}

/** A deep copy: edits are made on copies, never on what the caller holds. */
export function copyConfig(config: common.Config): common.Config {
  return decode(common.Config, config.serializeBinary())
}

function newValue(modPolicy: string): common.ConfigValue {
  const value = new common.ConfigValue()
  value.setModPolicy(modPolicy)
  return value
}

function newPolicy(): common.ConfigPolicy {
  const policy = new common.ConfigPolicy()
  policy.setModPolicy(adminsPolicy)
  return policy
}
