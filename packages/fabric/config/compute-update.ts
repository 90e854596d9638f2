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
  const policies = memberDelta(original.getPoliciesMap(), updated.getPoliciesMap(), policyKind)
  const values = memberDelta(original.getValuesMap(), updated.getValuesMap(), valueKind)
  const groups = memberDelta(original.getGroupsMap(), updated.getGroupsMap(), groupKind)
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
  const fill = <Member>(of: (group: common.ConfigGroup) => ProtoMap<string, Member>, delta: MemberDelta<Member>) => {
    const same = isGroupChanged ? delta.same : []
    for (const [name, member] of [...delta.read, ...same]) of(readSet).set(name, member)
    for (const [name, member] of [...delta.write, ...same]) of(writeSet).set(name, member)
  }
  fill((group) => group.getPoliciesMap(), policies)
  fill((group) => group.getValuesMap(), values)
  fill((group) => group.getGroupsMap(), groups)
  return { readSet, writeSet, isChanged: true }
}

/** What becomes of the members of one kind. */
interface MemberKind<Member> {
  /** Of a member that both configs have: how it is named unchanged, or what is read and written. */
  change(before: Member, after: Member): { readonly same: Member } | { readonly read?: Member; readonly write: Member }
  added(member: Member): Member
}

/** A value or a policy, but for its content. */
interface Entry {
  getVersion(): number
  setVersion(version: number): unknown
  getModPolicy(): string
  setModPolicy(name: string): unknown
}

/** Values and policies differ in their content alone. */
function entryKind<Member extends Entry>(
  make: () => Member,
  content: { isSame(a: Member, b: Member): boolean; copy(from: Member, to: Member): void },
): MemberKind<Member> {
  // How an unchanged one is named.
  const atVersion = (version: number) => {
    const entry = make()
    entry.setVersion(version)
    return entry
  }
  const withVersion = (entry: Member, version: number) => {
    const copy = atVersion(version)
    copy.setModPolicy(entry.getModPolicy())
    content.copy(entry, copy)
    return copy
  }
  return {
    change: (before, after) =>
      before.getModPolicy() === after.getModPolicy() && content.isSame(before, after)
        ? { same: atVersion(before.getVersion()) }
        : { write: withVersion(after, before.getVersion() + 1) },
    added: (entry) => withVersion(entry, 0),
  }
}

const valueKind = entryKind(() => new common.ConfigValue(), {
  isSame: (a, b) => equalBytes(a.getValue_asU8(), b.getValue_asU8()),
  copy: (from, to) => to.setValue(from.getValue_asU8()),
})

const policyKind = entryKind(() => new common.ConfigPolicy(), {
  isSame: (a, b) => isSamePolicy(a.getPolicy(), b.getPolicy()),
  copy: (from, to) => to.setPolicy(from.getPolicy()),
})

function isSamePolicy(a: common.Policy | undefined, b: common.Policy | undefined): boolean {
  if (!a || !b) return a === b
  return a.getType() === b.getType() && equalBytes(a.getValue_asU8(), b.getValue_asU8())
}

const groupKind: MemberKind<common.ConfigGroup> = {
  change(before, after) {
    const { isChanged, readSet, writeSet } = groupDelta(before, after)
    return isChanged ? { read: readSet, write: writeSet } : { same: readSet }
  },
  added: newGroupDelta,
}

function memberDelta<Member>(
  original: ProtoMap<string, Member>,
  updated: ProtoMap<string, Member>,
  kind: MemberKind<Member>,
): MemberDelta<Member> {
  const [read, write, same] = [new Map<string, Member>(), new Map<string, Member>(), new Map<string, Member>()]
  for (const [name, before] of original.entries()) {
    const after = updated.get(name)
    if (!after) continue
    const change = kind.change(before, after)
    if ('same' in change) same.set(name, change.same)
    else {
      if (change.read) read.set(name, change.read)
      write.set(name, change.write)
    }
  }
  for (const [name, added] of updated.entries()) if (!original.has(name)) write.set(name, kind.added(added))
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
