import { common } from '@hyperledger/fabric-protos'
import type { ApplicationOrganization, ChannelSpec, OrdererOrganization, OrganizationSpec } from './channel-spec.ts'
import { groupNames, newGroup, ordererAdminsPolicy, setPolicyEntry, setPolicySet, setValue } from './config-group.ts'
import * as values from './config-values.ts'
import { bftBlockValidation, bftConsenters, consensusType } from './consensus-value.ts'
import {
  defaultApplicationPolicies,
  defaultChannelPolicies,
  defaultOrdererOrganizationPolicies,
  defaultOrdererPolicies,
  defaultOrganizationPolicies,
} from './default-policies.ts'
import { encodeMsp } from './msp-value.ts'
import { encodeSignaturePolicy } from './policy-spec.ts'
import { checkChannelSpec, checkConfigFits } from './spec-check.ts'

const { valueNames } = values

/**
 * The config of a channel that was never ordered on: sequence 0, all versions 0, as configtxgen writes it.
 * @throws FabricError INVALID naming what Fabric would refuse in the spec.
 */
export function initialConfig(spec: ChannelSpec): common.Config {
  checkChannelSpec(spec)
  const channel = newGroup()
  setPolicySet(channel, { ...defaultChannelPolicies, ...spec.policies })
  setValue(channel, valueNames.hashingAlgorithm, values.hashingAlgorithm())
  setValue(channel, valueNames.blockDataHashing, values.blockDataHashing())
  const { addresses } = spec.orderer
  if (addresses && addresses.length > 0) {
    setValue(channel, valueNames.ordererAddresses, values.addresses(addresses), ordererAdminsPolicy)
  }
  setCapabilitiesUnlessNone(channel, spec.capabilities.channel)
  channel.getGroupsMap().set(groupNames.orderer, ordererGroup(spec))
  channel.getGroupsMap().set(groupNames.application, applicationGroup(spec))
  const config = new common.Config()
  config.setChannelGroup(channel)
  checkConfigFits(config, spec.orderer.batch.absoluteMaxBytes)
  return config
}

/** The group of an organization with peers, for a new channel or to be added to one. */
export function applicationOrganizationGroup(organization: ApplicationOrganization): common.ConfigGroup {
  const group = organizationGroup(organization, defaultOrganizationPolicies(organization.msp.mspId))
  const anchors = organization.anchorPeers ?? []
  if (anchors.length > 0) setValue(group, valueNames.anchorPeers, values.anchorPeers(anchors))
  return group
}

/** The group of an organization with orderers, for a new channel or to be added to one. */
export function ordererOrganizationGroup(organization: OrdererOrganization): common.ConfigGroup {
  const group = organizationGroup(organization, defaultOrdererOrganizationPolicies(organization.msp.mspId))
  const endpoints = organization.endpoints ?? []
  if (endpoints.length > 0) setValue(group, valueNames.endpoints, values.addresses(endpoints))
  return group
}

function organizationGroup(organization: OrganizationSpec, defaults: NonNullable<OrganizationSpec['policies']>) {
  const group = newGroup()
  setPolicySet(group, { ...defaults, ...organization.policies })
  setValue(group, valueNames.msp, encodeMsp(organization.msp))
  return group
}

function ordererGroup(spec: ChannelSpec): common.ConfigGroup {
  const { batch, consensus, maxChannels, organizations, policies } = spec.orderer
  const group = newGroup()
  setPolicySet(group, { ...defaultOrdererPolicies, ...policies })
  setValue(group, valueNames.batchSize, values.batchSize(batch))
  setValue(group, valueNames.batchTimeout, values.batchTimeout(batch.timeout))
  setValue(group, valueNames.channelRestrictions, values.channelRestrictions(maxChannels ?? 0))
  setCapabilitiesUnlessNone(group, spec.capabilities.orderer)
  if (consensus.type === 'BFT') {
    const consenters = bftConsenters(consensus.consenters)
    setValue(group, valueNames.consenters, consenters)
    const validation = bftBlockValidation(consenters.getConsenterMappingList())
    setPolicyEntry(group, 'BlockValidation', encodeSignaturePolicy(validation))
  }
  setValue(group, valueNames.consensusType, consensusType(consensus))
  for (const each of organizations) group.getGroupsMap().set(each.name, ordererOrganizationGroup(each))
  return group
}

function applicationGroup(spec: ChannelSpec): common.ConfigGroup {
  const { organizations, policies } = spec.application
  const group = newGroup()
  setPolicySet(group, { ...defaultApplicationPolicies, ...policies })
  if (spec.acls && Object.keys(spec.acls).length > 0) setValue(group, valueNames.acls, values.acls(spec.acls))
  setCapabilitiesUnlessNone(group, spec.capabilities.application)
  for (const each of organizations) group.getGroupsMap().set(each.name, applicationOrganizationGroup(each))
  return group
}

function setCapabilitiesUnlessNone(group: common.ConfigGroup, names: readonly string[]): void {
  if (names.length > 0) setValue(group, valueNames.capabilities, values.capabilities(names))
}
