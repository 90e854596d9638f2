/** A channel's config, read and checked whole: what Fabric calls a bundle. */
import { decode } from '@cello/fabric/codec'
import { common, msp } from '@hyperledger/fabric-protos'
import type { Memberships } from '../msp/identity.ts'
import { type Membership, openMembership } from '../msp/membership.ts'
import { buildPolicyTree, type PolicyTree } from '../policies/policy-tree.ts'
import { type ConfigElements, channelGroupName, checkChannelName, elementsOf } from './elements.ts'
import { capabilitiesOf, checkKeys, type OrdererValues, readOrdererValues } from './orderer-values.ts'
import { withReason } from './update-rules.ts'

export interface ChannelConfig {
  readonly channel: string
  readonly config: common.Config
  readonly sequence: number
  readonly elements: ConfigElements
  readonly policies: PolicyTree
  readonly memberships: Memberships
  readonly orderer: OrdererValues
  readonly capabilities: readonly string[]
  /** MSP id of each organization by section and group name: `Orderer/OrdererMSP`. */
  readonly organizations: ReadonlyMap<string, Membership>
  readonly hasApplication: boolean
}

/** Capabilities that Fabric 3.1 knows, by group. A config that requires another is refused (in Fabric: the node panics). */
const capabilities = {
  Channel: ['V1_3', 'V1_4_2', 'V1_4_3', 'V2_0', 'V3_0'],
  Orderer: ['V1_1', 'V1_4_2', 'V2_0'],
  Application: ['V1_1', 'V1_2', 'V1_3', 'V1_4_2', 'V2_0', 'V2_5'],
} as const

const channelKeys = new Set([
  'HashingAlgorithm',
  'BlockDataHashingStructure',
  'OrdererAddresses',
  'Orderers',
  'Consortium',
  'Capabilities',
])
const applicationKeys = new Set(['ACLs', 'Capabilities'])
const memberKeys = new Set(['MSP', 'AnchorPeers'])

/** @throws Error with Fabric's sentence: this config would not be taken */
export function readChannelConfig(channel: string, config: common.Config | undefined): ChannelConfig {
  const group = config?.getChannelGroup()
  if (!config) throw new Error('channelconfig Config cannot be nil')
  if (!group) throw new Error('config must contain a channel group')
  const parts = withReason('initializing channelconfig failed', () => readParts(group))
  const policies = withReason('initializing policymanager failed', () => buildPolicyTree(channelGroupName, group))
  return withReason('initializing configtx manager failed', () => {
    withReason('bad channel ID', () => checkChannelName(channel))
    return { ...parts, channel, config, sequence: config.getSequence(), elements: elementsOf(group), policies }
  })
}

type Parts = Omit<ChannelConfig, 'channel' | 'config' | 'sequence' | 'elements' | 'policies'>

function readParts(group: common.ConfigGroup): Parts {
  checkKeys(group, channelKeys)
  const required = capabilitiesOf(group)
  const isV3 = required.includes('V3_0')
  checkHashing(group)
  if (isV3 && addressesOf(group).length > 0) {
    throw new Error('global OrdererAddresses are not allowed with V3_0 capability, use org specific addresses only')
  }
  const { ordering, application } = sectionsOf(group)
  checkCapabilities({ Channel: group, Orderer: ordering, Application: application })
  const orderer = inSection('Orderer', () => readOrdererValues(ordering))
  if (isV3) checkEndpoints(orderer)
  if (application) inSection('Application', () => checkApplication(application))
  const organizations = new Map<string, Membership>()
  for (const [section, part] of [['Orderer', ordering] as const, ['Application', application] as const]) {
    inSection(section, () => addOrganizations(organizations, section, part, { ed25519: isV3 }))
  }
  return {
    capabilities: required,
    orderer,
    organizations,
    memberships: byMspId(group, organizations),
    hasApplication: application !== undefined,
  }
}

interface Sections {
  readonly ordering: common.ConfigGroup
  readonly application: common.ConfigGroup | undefined
}

function sectionsOf(group: common.ConfigGroup): Sections {
  const groups = group.getGroupsMap()
  for (const name of groups.keys()) {
    if (name === 'Consortiums') throw new Error('invalid config: contains consortiums: system channel not supported')
    if (name !== 'Orderer' && name !== 'Application') throw new Error(`Disallowed channel group: ${name}`)
  }
  const ordering = groups.get('Orderer')
  if (!ordering) throw new Error('config does not contain orderer config')
  return { ordering, application: groups.get('Application') }
}

const inSection = <T>(section: string, read: () => T): T =>
  withReason(`could not create channel ${section} sub-group config`, read)

function checkHashing(group: common.ConfigGroup): void {
  const values = group.getValuesMap()
  const algorithm = values.get('HashingAlgorithm')?.getValue_asU8() ?? new Uint8Array()
  const { name } = decode(common.HashingAlgorithm, algorithm).toObject()
  if (name !== 'SHA256' && name !== 'SHA3_256') throw new Error(`Unknown hashing algorithm type: ${name}`)
  const structure = values.get('BlockDataHashingStructure')?.getValue_asU8() ?? new Uint8Array()
  if (decode(common.BlockDataHashingStructure, structure).getWidth() !== 0xffff_ffff) {
    throw new Error('BlockDataHashStructure width only supported at MaxUint32 in this version')
  }
}

function addressesOf(group: common.ConfigGroup): readonly string[] {
  const value = group.getValuesMap().get('OrdererAddresses')
  return value ? decode(common.OrdererAddresses, value.getValue_asU8()).getAddressesList() : []
}

function checkEndpoints({ endpoints }: OrdererValues): void {
  const missing = [...endpoints].filter(([, addresses]) => addresses.length === 0).map(([name]) => name)
  if (missing.length > 0) throw new Error(`some orderer organizations endpoints are empty: [${missing.join(' ')}]`)
}

function checkCapabilities(groups: Readonly<Record<keyof typeof capabilities, common.ConfigGroup | undefined>>): void {
  for (const [section, names] of Object.entries(capabilities)) {
    const group = section === 'Channel' ? groups.Channel : section === 'Orderer' ? groups.Orderer : groups.Application
    for (const required of group ? capabilitiesOf(group) : []) {
      if (!names.some((name) => name === required)) {
        throw new Error(`config requires unsupported ${section.toLowerCase()} capabilities: ${required}`)
      }
    }
  }
}

function checkApplication(group: common.ConfigGroup): void {
  checkKeys(group, applicationKeys)
  for (const [name, organization] of group.getGroupsMap().entries()) {
    if (organization.getGroupsMap().getLength() > 0) {
      throw new Error(`ApplicationOrg config does not allow sub-groups: ${name}`)
    }
    checkKeys(organization, memberKeys)
  }
}

function addOrganizations(
  found: Map<string, Membership>,
  section: string,
  group: common.ConfigGroup | undefined,
  options: { readonly ed25519: boolean },
): void {
  for (const [name, organization] of group?.getGroupsMap().entries() ?? []) {
    const value = organization.getValuesMap().get('MSP')?.getValue_asU8() ?? new Uint8Array()
    const membership = openMembership(decode(msp.MSPConfig, value), options)
    if (membership.mspId === '') throw new Error(`MSP for org ${name} has empty MSP ID`)
    found.set(`${section}/${name}`, membership)
  }
}

/** One organization may be in both sections, but then with one and the same MSP config. */
function byMspId(group: common.ConfigGroup, organizations: ReadonlyMap<string, Membership>): Memberships {
  const found = new Map<string, { readonly membership: Membership; readonly value: Uint8Array }>()
  for (const [place, membership] of organizations) {
    const [section = '', name = ''] = place.split('/')
    const organization = group.getGroupsMap().get(section)?.getGroupsMap().get(name)
    const value = organization?.getValuesMap().get('MSP')?.getValue_asU8() ?? new Uint8Array()
    const earlier = found.get(membership.mspId)
    if (earlier && Buffer.compare(earlier.value, value) !== 0) {
      throw new Error(`found two different MSPs for MSP ID ${membership.mspId}`)
    }
    found.set(membership.mspId, { membership, value })
  }
  return new Map([...found].map(([mspId, { membership }]) => [mspId, membership]))
}
