import { type common, orderer } from '@hyperledger/fabric-protos'
import { FabricError } from '../errors.ts'
import type { BatchSettings, ChannelCapabilities } from './channel-spec.ts'
import {
  channelGroupOf,
  copyConfig,
  groupAt,
  groupNames,
  openValue,
  ordererAdminsPolicy,
  setPolicyEntry,
  setValue,
} from './config-group.ts'
import * as values from './config-values.ts'
import { encodePolicy, type PolicySpec } from './policy-spec.ts'
import { readChannelConfig } from './read-channel-config.ts'
import {
  checkBatch,
  checkBftBatch,
  checkCapabilityNames,
  checkConfigFits,
  checkEndpoints,
  checkKey,
} from './spec-check.ts'

const { valueNames } = values

// Every edit takes a config and gives a changed copy. Values that it does not name keep their bytes; the one it changes is
// decoded and encoded again only if nothing would be lost (UNKNOWN_FIELDS otherwise).

/** Changes the named batch settings. BFT does not look at the time-out: see `BatchSettings`. @throws FabricError INVALID, UNKNOWN_FIELDS. */
export function setBatch(config: common.Config, batch: Partial<BatchSettings>): common.Config {
  const copy = copyConfig(config)
  const group = groupAt(copy, [groupNames.orderer])
  const seen = readChannelConfig(config)
  const { timeout, ...size } = { ...seen.batch, ...batch }
  checkBatch({ timeout, ...size })
  if (seen.consensus.type === 'BFT') checkBftBatch({ timeout, ...size })
  const message = openValue(group, valueNames.batchSize, orderer.BatchSize)
  message.setMaxMessageCount(size.maxMessageCount)
  message.setAbsoluteMaxBytes(size.absoluteMaxBytes)
  message.setPreferredMaxBytes(size.preferredMaxBytes)
  setValue(group, valueNames.batchSize, message)
  const wait = openValue(group, valueNames.batchTimeout, orderer.BatchTimeout)
  wait.setTimeout(timeout)
  setValue(group, valueNames.batchTimeout, wait)
  if (size.absoluteMaxBytes < seen.batch.absoluteMaxBytes) checkConfigFits(copy, size.absoluteMaxBytes)
  return copy
}

/**
 * Replaces the capabilities of one group. Fabric takes them down as well as up, although blocks made under a higher one may then
 * be read otherwise. A name that a node's own version lacks (V3_0 at a peer of 2.5) stops that node for good, even if the
 * orderers take it: all nodes are to be upgraded before. @throws FabricError INVALID for a name that no Fabric knows.
 */
export function setCapabilities(
  config: common.Config,
  group: keyof ChannelCapabilities,
  names: readonly string[],
): common.Config {
  checkCapabilityNames(group, names)
  const copy = copyConfig(config)
  setValue(groupAt(copy, groupPath(group)), valueNames.capabilities, values.capabilities(names))
  return copy
}

/** Where a policy lies: a top group, or an organization in one. */
export interface PolicyPlace {
  readonly group: keyof ChannelCapabilities
  readonly organization?: string
}

/** Sets or adds one policy. @throws FabricError INVALID, NOT_FOUND. */
export function setPolicy(config: common.Config, place: PolicyPlace, name: string, policy: PolicySpec): common.Config {
  checkKey('policy', name)
  const copy = copyConfig(config)
  setPolicyEntry(groupAt(copy, placePath(place)), name, encodePolicy(policy))
  return copy
}

/** configtxgen makes no group without these. Orderers let them be removed, and then take and give nothing on that channel. */
const indispensable = ['Readers', 'Writers', 'Admins']

/**
 * Removes one policy; a policy that is not there is no error.
 * @throws FabricError NOT_FOUND for the group, INVALID for Readers, Writers and Admins.
 */
export function removePolicy(config: common.Config, place: PolicyPlace, name: string): common.Config {
  if (indispensable.includes(name))
    throw new FabricError('INVALID', `The policy '${name}' cannot be removed, only changed`)
  const copy = copyConfig(config)
  groupAt(copy, placePath(place)).getPoliciesMap().del(name)
  return copy
}

/** Replaces all access control lists; none removes the value. */
export function setAcls(config: common.Config, acls: Readonly<Record<string, string>>): common.Config {
  const copy = copyConfig(config)
  const group = groupAt(copy, [groupNames.application])
  if (Object.keys(acls).length === 0) group.getValuesMap().del(valueNames.acls)
  else setValue(group, valueNames.acls, values.acls(acls))
  return copy
}

/** Replaces the global orderer addresses; none removes the value, as channel capability V3_0 wants. */
export function setOrdererAddresses(config: common.Config, addresses: readonly string[]): common.Config {
  checkEndpoints(addresses)
  const copy = copyConfig(config)
  const group = channelGroupOf(copy)
  if (addresses.length === 0) group.getValuesMap().del(valueNames.ordererAddresses)
  else setValue(group, valueNames.ordererAddresses, values.addresses(addresses), ordererAdminsPolicy)
  return copy
}

function groupPath(group: keyof ChannelCapabilities): string[] {
  return group === 'channel' ? [] : [groupNames[group]]
}

function placePath({ group, organization }: PolicyPlace): string[] {
  return [...groupPath(group), ...(organization === undefined ? [] : [organization])]
}
