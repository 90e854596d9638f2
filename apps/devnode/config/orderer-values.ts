/** The orderer's part of a config: how blocks are cut, who orders them. */
import { decode } from '@cello/fabric/codec'
import { common, orderer } from '@hyperledger/fabric-protos'
import { goDurationMs } from './go-duration.ts'

export interface BatchSettings {
  readonly maxMessageCount: number
  /** Bytes. */
  readonly absoluteMaxBytes: number
  /** Bytes. */
  readonly preferredMaxBytes: number
  readonly timeoutMs: number
}

export interface OrdererValues {
  readonly batch: BatchSettings
  /** `etcdraft`, `BFT` … */
  readonly consensusType: string
  /** In maintenance only orderers' own organizations may write and read. */
  readonly isMaintenance: boolean
  readonly consensusMetadata: Uint8Array
  readonly capabilities: readonly string[]
  /** MSP id, and addresses, of each orderer organization by its group's name. */
  readonly endpoints: ReadonlyMap<string, readonly string[]>
}

const known = new Set([
  'ConsensusType',
  'BatchSize',
  'BatchTimeout',
  'KafkaBrokers',
  'ChannelRestrictions',
  'Orderers',
  'Capabilities',
])
const knownInOrganization = new Set(['MSP', 'Endpoints'])

/** Reads the group `Orderer`. @throws Error with Fabric's sentence on a value that it refuses */
export function readOrdererValues(group: common.ConfigGroup): OrdererValues {
  checkKeys(group, known)
  const values = group.getValuesMap()
  const bytes = (key: string) => values.get(key)?.getValue_asU8() ?? new Uint8Array()
  const consensus = decode(orderer.ConsensusType, bytes('ConsensusType'))
  const endpoints = new Map<string, readonly string[]>()
  for (const [name, organization] of group.getGroupsMap().entries()) {
    endpoints.set(name, endpointsOf(organization))
  }
  return {
    batch: batchOf(bytes('BatchSize'), bytes('BatchTimeout')),
    consensusType: consensus.getType(),
    isMaintenance: consensus.getState() === orderer.ConsensusType.State.STATE_MAINTENANCE,
    consensusMetadata: consensus.getMetadata_asU8(),
    capabilities: capabilitiesOf(group),
    endpoints,
  }
}

/** @throws Error naming a value that Fabric does not know in this place */
export function checkKeys(group: common.ConfigGroup, keys: ReadonlySet<string>): void {
  for (const key of group.getValuesMap().keys()) {
    if (!keys.has(key)) throw new Error(`failed to deserialize values: Unexpected key ${key}`)
  }
}

/** Names of the capabilities that a group's `Capabilities` value requires. */
export function capabilitiesOf(group: common.ConfigGroup): readonly string[] {
  const value = group.getValuesMap().get('Capabilities')
  if (!value) return []
  return [...decode(common.Capabilities, value.getValue_asU8()).getCapabilitiesMap().keys()]
}

function endpointsOf(organization: common.ConfigGroup): readonly string[] {
  if (organization.getGroupsMap().getLength() > 0) throw new Error('OrdererOrg config does not allow sub-groups')
  checkKeys(organization, knownInOrganization)
  const value = organization.getValuesMap().get('Endpoints')
  return value ? decode(common.OrdererAddresses, value.getValue_asU8()).getAddressesList() : []
}

function batchOf(size: Uint8Array, time: Uint8Array): BatchSettings {
  const batch = decode(orderer.BatchSize, size)
  const { timeout } = decode(orderer.BatchTimeout, time).toObject()
  const settings = {
    maxMessageCount: batch.getMaxMessageCount(),
    absoluteMaxBytes: batch.getAbsoluteMaxBytes(),
    preferredMaxBytes: batch.getPreferredMaxBytes(),
  }
  const refuse = (what: string) => new Error(`Attempted to set the batch size ${what} to an invalid value: 0`)
  if (settings.maxMessageCount === 0) throw refuse('max message count')
  if (settings.absoluteMaxBytes === 0) throw refuse('absolute max bytes')
  if (settings.preferredMaxBytes === 0) throw refuse('preferred max bytes')
  if (settings.preferredMaxBytes > settings.absoluteMaxBytes) {
    throw new Error(
      `Attempted to set the batch size preferred max bytes (${settings.preferredMaxBytes}) greater than the absolute max bytes (${settings.absoluteMaxBytes}).`,
    )
  }
  return { ...settings, timeoutMs: timeoutOf(timeout) }
}

function timeoutOf(text: string): number {
  let timeoutMs: number
  try {
    timeoutMs = goDurationMs(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`Attempted to set the batch timeout to a invalid value: ${reason}`, { cause: error })
  }
  if (timeoutMs <= 0) throw new Error(`Attempted to set the batch timeout to a non-positive value: ${text}`)
  return timeoutMs
}
