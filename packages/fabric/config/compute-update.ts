import { common } from '@hyperledger/fabric-protos'
import type { Map as ProtoMap } from 'google-protobuf'
import { equalBytes } from '../codec/index.ts'
import { FabricError } from '../errors.ts'
import { channelGroupOf } from './config-group.ts'

interface GroupDelta {
  readonly readSet: common.ConfigGroup
  readonly writeSet: common.ConfigGroup
  readonly isChanged: boolean
}

interface MemberDelta<Member> {
  readonly read: Map<string, Member>
  readonly write: Map<string, Member>
  /** Unchanged members at their version: they enter both sets only when the group itself changes. */
  readonly same: Map<string, Member>
  readonly isMembershipChanged: boolean
}

/**
 * The update that leads from one config to another: what must still be at its version (read set) and what becomes of it
 * (write set), as Fabric's `configtxlator compute_update` computes it. Versions in `updated` are not looked at.
 * @throws FabricError INVALID if a config has no channel group or the two do not differ.
 */
export function computeUpdate(channelId: string, original: common.Config, updated: common.Config): common.ConfigUpdate {
  const delta = groupDelta(channelGroupOf(original), channelGroupOf(updated))
  if (!delta.isChanged) throw new FabricError('INVALID', 'The two configs do not differ', { channel: channelId })
  const update = new common.ConfigUpdate()
  update.setChannelId(channelId)
  update.setReadSet(delta.readSet)
  update.setWriteSet(delta.writeSet)
  return update
}

function groupDelta(original: common.ConfigGroup, updated: common.ConfigGroup): GroupDelta {
  const policies = entryDelta(original.getPoliciesMap(), updated.getPoliciesMap(), policyKind)
  const values = entryDelta(original.getValuesMap(), updated.getValuesMap(), valueKind)
  const groups = groupsDelta(original.getGroupsMap(), updated.getGroupsMap())
  const members = [policies, values, groups]
  const version = original.getVersion()
  const readSet = groupOf(version)
  const isGroupChanged =
    members.some((each) => each.isMembershipChanged) || original.getModPolicy() !== updated.getModPolicy()
  if (!isGroupChanged && members.every((each) => each.write.size === 0)) {
    return { readSet, writeSet: groupOf(version), isChanged: false }
  }
  const writeSet = groupOf(isGroupChanged ? version + 1 : version)
  if (isGroupChanged) writeSet.setModPolicy(updated.getModPolicy())
  const reads = <Member>({ read, same }: MemberDelta<Member>) => [...read, ...(isGroupChanged ? same : [])]
  const writes = <Member>({ write, same }: MemberDelta<Member>) => [...write, ...(isGroupChanged ? same : [])]
  fill(readSet.getPoliciesMap(), reads(policies))
  fill(writeSet.getPoliciesMap(), writes(policies))
  fill(readSet.getValuesMap(), reads(values))
  fill(writeSet.getValuesMap(), writes(values))
  fill(readSet.getGroupsMap(), reads(groups))
  fill(writeSet.getGroupsMap(), writes(groups))
  return { readSet, writeSet, isChanged: true }
}

/** How values and policies differ only in their content. */
interface EntryKind<Entry> {
  isSame(a: Entry, b: Entry): boolean
  /** An entry with only its version: how an unchanged one is named. */
  atVersion(version: number): Entry
  /** A copy of the entry at another version. */
  withVersion(entry: Entry, version: number): Entry
}

const valueKind: EntryKind<common.ConfigValue> = {
  isSame: (a, b) => a.getModPolicy() === b.getModPolicy() && equalBytes(a.getValue_asU8(), b.getValue_asU8()),
  atVersion(version) {
    const value = new common.ConfigValue()
    value.setVersion(version)
    return value
  },
  withVersion(entry, version) {
    const value = valueKind.atVersion(version)
    value.setModPolicy(entry.getModPolicy())
    value.setValue(entry.getValue_asU8())
    return value
  },
}

const policyKind: EntryKind<common.ConfigPolicy> = {
  isSame: (a, b) => a.getModPolicy() === b.getModPolicy() && isSamePolicy(a.getPolicy(), b.getPolicy()),
  atVersion(version) {
    const policy = new common.ConfigPolicy()
    policy.setVersion(version)
    return policy
  },
  withVersion(entry, version) {
    const policy = policyKind.atVersion(version)
    policy.setModPolicy(entry.getModPolicy())
    policy.setPolicy(entry.getPolicy())
    return policy
  },
}

function isSamePolicy(a: common.Policy | undefined, b: common.Policy | undefined): boolean {
  if (!a || !b) return a === b
  return a.getType() === b.getType() && equalBytes(a.getValue_asU8(), b.getValue_asU8())
}

function entryDelta<Entry extends { getVersion(): number }>(
  original: ProtoMap<string, Entry>,
  updated: ProtoMap<string, Entry>,
  kind: EntryKind<Entry>,
): MemberDelta<Entry> {
  const write = new Map<string, Entry>()
  const same = new Map<string, Entry>()
  for (const [name, before] of original.entries()) {
    const after = updated.get(name)
    if (!after) continue
    if (kind.isSame(before, after)) same.set(name, kind.atVersion(before.getVersion()))
    else write.set(name, kind.withVersion(after, before.getVersion() + 1))
  }
  for (const [name, added] of updated.entries()) {
    if (!original.has(name)) write.set(name, kind.withVersion(added, 0))
  }
  return { read: new Map(), write, same, isMembershipChanged: isMembershipChanged(original, updated) }
}

function groupsDelta(
  original: ProtoMap<string, common.ConfigGroup>,
  updated: ProtoMap<string, common.ConfigGroup>,
): MemberDelta<common.ConfigGroup> {
  const read = new Map<string, common.ConfigGroup>()
  const write = new Map<string, common.ConfigGroup>()
  const same = new Map<string, common.ConfigGroup>()
  for (const [name, before] of original.entries()) {
    const after = updated.get(name)
    if (!after) continue
    const delta = groupDelta(before, after)
    if (!delta.isChanged) same.set(name, delta.readSet)
    else {
      read.set(name, delta.readSet)
      write.set(name, delta.writeSet)
    }
  }
  for (const [name, added] of updated.entries()) if (!original.has(name)) write.set(name, newGroupDelta(added))
  return { read, write, same, isMembershipChanged: isMembershipChanged(original, updated) }
}

/** A new group is written whole, everything in it at version 0. */
function newGroupDelta(added: common.ConfigGroup): common.ConfigGroup {
  const { writeSet } = groupDelta(new common.ConfigGroup(), added)
  writeSet.setVersion(0)
  writeSet.setModPolicy(added.getModPolicy())
  return writeSet
}

function isMembershipChanged(original: ProtoMap<string, unknown>, updated: ProtoMap<string, unknown>): boolean {
  return original.getLength() !== updated.getLength() || [...original.keys()].some((name) => !updated.has(name))
}

function groupOf(version: number): common.ConfigGroup {
  const group = new common.ConfigGroup()
  group.setVersion(version)
  return group
}

function fill<Member>(target: ProtoMap<string, Member>, members: readonly [name: string, member: Member][]): void {
  for (const [name, member] of members) target.set(name, member)
}
