/** Whether a config update may be made, and what the config is then: Fabric's rules (common/configtx), in its words. */
import { decode } from '@cello/fabric/codec'
import { common } from '@hyperledger/fabric-protos'
import type { Memberships } from '../msp/identity.ts'
import type { Policy } from '../policies/policy.ts'
import { findPolicy, type PolicyTree, treeAt } from '../policies/policy-tree.ts'
import { type SignedData, signersOf, updateSignatures } from '../policies/signed-data.ts'
import { type ConfigElement, type ConfigElements, checkName, elementsOf, groupOf } from './elements.ts'

/** A channel as it is before the update. */
export interface CurrentConfig {
  readonly channel: string
  readonly elements: ConfigElements
  readonly policies: PolicyTree
  readonly memberships: Memberships
}

/**
 * The channel group after the update. @throws Error with Fabric's sentence: a version that has moved, a policy that the
 * signatures do not satisfy, an update that changes nothing …
 */
export function applyUpdate(current: CurrentConfig, envelope: common.ConfigUpdateEnvelope): common.ConfigGroup {
  const update = decode(common.ConfigUpdate, envelope.getConfigUpdate_asU8())
  if (update.getChannelId() !== current.channel) {
    throw new Error(`ConfigUpdate for channel '${update.getChannelId()}' but envelope for channel '${current.channel}'`)
  }
  const readSet = withReason('error mapping ReadSet', () => elementsOf(update.getReadSet()))
  withReason('error validating ReadSet', () => checkReadSet(readSet, current.elements))
  const writeSet = withReason('error mapping WriteSet', () => elementsOf(update.getWriteSet()))
  const delta = changesOf(readSet, writeSet)
  withReason('error validating DeltaSet', () => checkDelta(delta, current, updateSignatures(envelope)))
  const proposed = new Map([...current.elements, ...delta])
  for (const key of writeSet.keys()) {
    if (!proposed.has(key)) throw new Error(`full config did not verify: writeset contained key ${key}`)
  }
  return groupOf(proposed)
}

/** Runs `check`; its error gets `what` in front, as Fabric wraps errors. */
export function withReason<T>(what: string, check: () => T): T {
  try {
    return check()
  } catch (error) {
    throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

function checkReadSet(readSet: ConfigElements, existing: ConfigElements): void {
  for (const [key, { message }] of readSet) {
    const found = existing.get(key)?.message.getVersion()
    if (found === undefined) {
      throw new Error(`existing config does not contain element for ${key} but was in the read set`)
    }
    if (found !== message.getVersion()) {
      throw new Error(
        `proposed update requires that key ${key} be at version ${message.getVersion()}, but it is currently at version ${found}`,
      )
    }
  }
}

function changesOf(readSet: ConfigElements, writeSet: ConfigElements): ConfigElements {
  const changed = [...writeSet].filter(([key, { message }]) => {
    const read = readSet.get(key)
    return read?.message.getVersion() !== message.getVersion()
  })
  return new Map(changed)
}

function checkDelta(delta: ConfigElements, current: CurrentConfig, signatures: readonly SignedData[]): void {
  if (delta.size === 0) throw new Error('delta set was empty -- update would have no effect')
  const signers = signersOf(signatures, current.memberships)
  for (const [key, element] of delta) {
    withReason(`invalid mod_policy for element ${key}`, () => checkModPolicy(element.message.getModPolicy()))
    const existing = current.elements.get(key)
    checkVersion(key, element, existing)
    if (!existing) continue
    const policy = modPolicyOf(existing, current.policies)
    if (!policy) throw new Error(`unexpected missing policy ${existing.message.getModPolicy()} for item ${key}`)
    const refusal = policy(signers)
    if (refusal !== undefined) throw new Error(`policy for ${key} not satisfied: ${refusal}`)
  }
}

/** What is new has version 0; what is there moves by one. New elements are covered by the group around them, which changes too. */
function checkVersion(key: string, element: ConfigElement, existing: ConfigElement | undefined): void {
  const version = element.message.getVersion()
  if (!existing) {
    if (version === 0) return
    throw new Error(`attempted to set key ${key} to version ${version}, but key does not exist`)
  }
  const now = existing.message.getVersion()
  if (version !== now + 1) {
    throw new Error(`attempt to set key ${key} to version ${version}, but key is at version ${now}`)
  }
}

function checkModPolicy(modPolicy: string): void {
  if (modPolicy === '') throw new Error('mod_policy not set')
  for (const [index, part] of modPolicy.replace(/^\//, '').split('/').entries()) {
    withReason(`path element at ${index} is invalid`, () => checkName(part))
  }
}

/** A relative mod_policy is looked up in the element's own group: for a group that is the group itself. */
function modPolicyOf({ kind, name, path, message }: ConfigElement, policies: PolicyTree): Policy | undefined {
  const modPolicy = message.getModPolicy()
  if (modPolicy === '' || modPolicy.startsWith('/') || path.length === 0) return findPolicy(policies, modPolicy)
  const inside = kind === 'Group' ? [...path.slice(1), name] : path.slice(1)
  const tree = treeAt(policies, inside)
  return tree && findPolicy(tree, modPolicy)
}
