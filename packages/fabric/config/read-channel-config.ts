import { common, msp, orderer, peer } from '@hyperledger/fabric-protos'
import { decode } from '../codec/decode.ts'
import type {
  BatchSettings,
  BftConsenter,
  ChannelCapabilities,
  HostPort,
  MspSpec,
  RaftConsenter,
} from './channel-spec.ts'
import { groupNames, readValue } from './config-group.ts'
import { valueNames } from './config-values.ts'
import type { BftOptions, RaftOptions } from './consensus-options.ts'
import { decodeBftConsenter, decodeBftOptions, decodeRaftConsenter, decodeRaftOptions } from './consensus-value.ts'
import { decodeMsp } from './msp-value.ts'
import { decodePolicy, type PolicySpec } from './policy-spec.ts'

/** A channel's config as plain data, for reading and comparing. What is not here is still in the config. */
export interface ChannelConfig {
  /** Rises by one with each config transaction. */
  readonly sequence: number
  readonly capabilities: ChannelCapabilities
  readonly batch: BatchSettings
  readonly consensus: ChannelConsensus
  /** Whether the orderers take transactions; `maintenance` is a step of a change of consensus. */
  readonly consensusState: 'normal' | 'maintenance'
  /** `host:port` for all organizations; empty with channel capability V3_0. */
  readonly ordererAddresses: readonly string[]
  readonly ordererOrganizations: readonly OrdererOrganizationConfig[]
  readonly applicationOrganizations: readonly ApplicationOrganizationConfig[]
  readonly acls: Readonly<Record<string, string>>
  readonly policies: {
    readonly channel: PolicyTexts
    readonly orderer: PolicyTexts
    readonly application: PolicyTexts
  }
}

export type ChannelConsensus =
  | { readonly type: 'etcdraft'; readonly consenters: readonly RaftConsenter[]; readonly options: RaftOptions }
  | { readonly type: 'BFT'; readonly consenters: readonly BftConsenter[]; readonly options: BftOptions }
  | { readonly type: 'other'; readonly name: string }

/** A policy without text form (BFT's BlockValidation, for one) is `null`. */
export type PolicyTexts = Readonly<Record<string, PolicySpec | null>>

export interface OrganizationConfig {
  readonly name: string
  /** Empty if the MSP is not Fabric's own. */
  readonly mspId: string
  /** Absent if the MSP is not Fabric's own. */
  readonly msp: MspSpec | undefined
  readonly policies: PolicyTexts
}

export interface OrdererOrganizationConfig extends OrganizationConfig {
  readonly endpoints: readonly string[]
}

export interface ApplicationOrganizationConfig extends OrganizationConfig {
  readonly anchorPeers: readonly HostPort[]
}

/** The typed view of a config. Organizations come in the order of their names. Unknown values are passed over. */
export function readChannelConfig(config: common.Config): ChannelConfig {
  const channel = config.getChannelGroup()
  const ordererGroup = channel?.getGroupsMap().get(groupNames.orderer)
  const applicationGroup = channel?.getGroupsMap().get(groupNames.application)
  const consensus = readValue(ordererGroup, valueNames.consensusType, orderer.ConsensusType)
  return {
    sequence: config.getSequence(),
    capabilities: {
      channel: capabilitiesOf(channel),
      orderer: capabilitiesOf(ordererGroup),
      application: capabilitiesOf(applicationGroup),
    },
    batch: batchOf(ordererGroup),
    consensus: consensusOf(ordererGroup, consensus),
    consensusState: consensus?.getState() === orderer.ConsensusType.State.STATE_MAINTENANCE ? 'maintenance' : 'normal',
    ordererAddresses: addressesOf(channel, valueNames.ordererAddresses),
    ordererOrganizations: groupsOf(ordererGroup).map(([name, group]) => ({
      ...organizationOf(name, group),
      endpoints: addressesOf(group, valueNames.endpoints),
    })),
    applicationOrganizations: groupsOf(applicationGroup).map(([name, group]) => ({
      ...organizationOf(name, group),
      anchorPeers: anchorPeersOf(group),
    })),
    acls: aclsOf(applicationGroup),
    policies: {
      channel: policiesOf(channel),
      orderer: policiesOf(ordererGroup),
      application: policiesOf(applicationGroup),
    },
  }
}

type Group = common.ConfigGroup | undefined

function capabilitiesOf(group: Group): string[] {
  const value = readValue(group, valueNames.capabilities, common.Capabilities)
  return value ? [...value.getCapabilitiesMap().keys()].sort() : []
}

function batchOf(group: Group): BatchSettings {
  const size = readValue(group, valueNames.batchSize, orderer.BatchSize)
  return {
    maxMessageCount: size?.getMaxMessageCount() ?? 0,
    absoluteMaxBytes: size?.getAbsoluteMaxBytes() ?? 0,
    preferredMaxBytes: size?.getPreferredMaxBytes() ?? 0,
    timeout: readValue(group, valueNames.batchTimeout, orderer.BatchTimeout)?.getTimeout() ?? '',
  }
}

function consensusOf(group: Group, consensus: orderer.ConsensusType | undefined): ChannelConsensus {
  const type = consensus?.getType() ?? ''
  const metadata = consensus?.getMetadata_asU8() ?? new Uint8Array()
  if (type === 'etcdraft') {
    const raft = decode(orderer.etcdraft.ConfigMetadata, metadata)
    const options = decodeRaftOptions(raft.getOptions() ?? new orderer.etcdraft.Options())
    return { type, consenters: raft.getConsentersList().map(decodeRaftConsenter), options }
  }
  if (type === 'BFT') {
    const consenters = readValue(group, valueNames.consenters, common.Orderers)?.getConsenterMappingList() ?? []
    const options = decodeBftOptions(decode(orderer.smartbft.Options, metadata))
    return { type, consenters: consenters.map(decodeBftConsenter), options }
  }
  return { type: 'other', name: type }
}

function organizationOf(name: string, group: common.ConfigGroup): OrganizationConfig {
  const value = readValue(group, valueNames.msp, msp.MSPConfig)
  const spec = value && decodeMsp(value)
  return { name, mspId: spec?.mspId ?? '', msp: spec, policies: policiesOf(group) }
}

function addressesOf(group: Group, name: string): string[] {
  return readValue(group, name, common.OrdererAddresses)?.getAddressesList() ?? []
}

function anchorPeersOf(group: Group): HostPort[] {
  const anchors = readValue(group, valueNames.anchorPeers, peer.AnchorPeers)?.getAnchorPeersList() ?? []
  return anchors.map((anchor) => ({ host: anchor.getHost(), port: anchor.getPort() }))
}

function aclsOf(group: Group): Record<string, string> {
  const value = readValue(group, valueNames.acls, peer.ACLs)
  const entries = value ? [...value.getAclsMap().entries()] : []
  return Object.fromEntries(entries.map(([resource, api]) => [resource, api.getPolicyRef()]))
}

function policiesOf(group: Group): PolicyTexts {
  const entries = group ? [...group.getPoliciesMap().entries()] : []
  return Object.fromEntries(entries.map(([name, entry]) => [name, decodePolicy(entry.getPolicy()) ?? null]))
}

function groupsOf(group: Group): [string, common.ConfigGroup][] {
  return group ? [...group.getGroupsMap().entries()].sort(([a], [b]) => (a < b ? -1 : 1)) : []
}
