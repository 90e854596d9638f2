import { type common, msp } from '@hyperledger/fabric-protos'
import { FabricError } from '../errors.ts'
import { applicationOrganizationGroup, ordererOrganizationGroup } from './channel-group.ts'
import { channelMspIds, mspIdOf, organizationGroups } from './channel-msps.ts'
import type { ApplicationOrganization, HostPort, MspSpec, OrdererOrganization } from './channel-spec.ts'
import { copyConfig, groupAt, groupNames, openValue, setValue } from './config-group.ts'
import * as values from './config-values.ts'
import { checkBftConsenters } from './consenter-check.ts'
import { checkMsp, checkRevocationLists, checkTrust } from './msp-check.ts'
import { changeMsp, decodeMsp } from './msp-value.ts'
import { readChannelConfig } from './read-channel-config.ts'
import { checkAnchorPeers, checkEndpoints, checkKey } from './spec-check.ts'

const { valueNames } = values

/** Adds an organization with peers. @throws FabricError ALREADY_DONE if the name is taken, INVALID. */
export function addApplicationOrganization(config: common.Config, added: ApplicationOrganization): common.Config {
  checkMsp(added.msp)
  checkAnchorPeers(added.anchorPeers ?? [])
  return addOrganization(config, groupNames.application, added.name, applicationOrganizationGroup(added))
}

/** Adds an organization with orderers. @throws FabricError ALREADY_DONE if the name is taken, INVALID. */
export function addOrdererOrganization(config: common.Config, added: OrdererOrganization): common.Config {
  checkMsp(added.msp)
  checkEndpoints(added.endpoints ?? [])
  return addOrganization(config, groupNames.orderer, added.name, ordererOrganizationGroup(added))
}

/** Takes an organization's peers off the channel. @throws FabricError NOT_FOUND. */
export function removeApplicationOrganization(config: common.Config, name: string): common.Config {
  return removeOrganization(config, groupNames.application, name)
}

/** Takes an organization's orderers off the channel; its consenters are removed separately, before. @throws FabricError NOT_FOUND, INVALID. */
export function removeOrdererOrganization(config: common.Config, name: string): common.Config {
  const rest = removeOrganization(config, groupNames.orderer, name)
  const { consensus } = readChannelConfig(rest)
  if (consensus.type === 'BFT') checkBftConsenters(consensus.consenters, channelMspIds(rest))
  return rest
}

/** Replaces an organization's anchor peers; none removes the value. @throws FabricError NOT_FOUND, INVALID. */
export function setAnchorPeers(config: common.Config, organization: string, peers: readonly HostPort[]): common.Config {
  checkAnchorPeers(peers)
  const copy = copyConfig(config)
  const group = groupAt(copy, [groupNames.application, organization])
  if (peers.length === 0) group.getValuesMap().del(valueNames.anchorPeers)
  else setValue(group, valueNames.anchorPeers, values.anchorPeers(peers))
  return copy
}

/** Replaces where an organization's orderers answer (`host:port`); none removes the value. @throws FabricError NOT_FOUND, INVALID. */
export function setOrdererEndpoints(
  config: common.Config,
  organization: string,
  endpoints: readonly string[],
): common.Config {
  checkEndpoints(endpoints)
  const copy = copyConfig(config)
  const group = groupAt(copy, [groupNames.orderer, organization])
  if (endpoints.length === 0) group.getValuesMap().del(valueNames.endpoints)
  else setValue(group, valueNames.endpoints, values.addresses(endpoints))
  return copy
}

/**
 * Changes the named lists of an organization's MSP (roots, revocation lists, …) wherever on the channel that MSP is, with
 * peers or with orderers. @throws FabricError NOT_FOUND if it is nowhere, UNKNOWN_FIELDS, INVALID.
 */
export function updateMsp(
  config: common.Config,
  mspId: string,
  change: Partial<Omit<MspSpec, 'mspId'>>,
): common.Config {
  checkRevocationLists(mspId, change.revocationLists ?? [])
  const copy = copyConfig(config)
  const groups = organizationGroups(copy).filter((group) => mspIdOf(group) === mspId)
  if (groups.length === 0) throw new FabricError('NOT_FOUND', `No organization of the channel has the MSP id ${mspId}`)
  for (const group of groups) {
    const changed = changeMsp(openValue(group, valueNames.msp, msp.MSPConfig), change)
    const trusted = decodeMsp(changed)
    if (trusted && (change.rootCertificates || change.intermediateCertificates || change.nodeOus)) checkTrust(trusted)
    setValue(group, valueNames.msp, changed)
  }
  return copy
}

function addOrganization(
  config: common.Config,
  parent: string,
  name: string,
  group: common.ConfigGroup,
): common.Config {
  checkKey('organization', name)
  const copy = copyConfig(config)
  const siblings = groupAt(copy, [parent]).getGroupsMap()
  if (siblings.has(name)) throw new FabricError('ALREADY_DONE', `The channel has an organization '${name}' already`)
  siblings.set(name, group)
  return copy
}

function removeOrganization(config: common.Config, parent: string, name: string): common.Config {
  const copy = copyConfig(config)
  groupAt(copy, [parent, name])
  groupAt(copy, [parent]).getGroupsMap().del(name)
  return copy
}
