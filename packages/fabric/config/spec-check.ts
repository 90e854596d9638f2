import type { common } from '@hyperledger/fabric-protos'
import { isEndpoint, isUint32, require } from './basic-checks.ts'
import type {
  BatchSettings,
  ChannelCapabilities,
  ChannelSpec,
  ConsensusSpec,
  HostPort,
  MspSpec,
} from './channel-spec.ts'
import { type BftOptions, defaultBftOptions, defaultRaftOptions, type RaftOptions } from './consensus-options.ts'
import { checkBftConsenters, checkRaftConsenters } from './consenter-check.ts'
import { goDurationMs } from './go-duration.ts'
import { checkMsp } from './msp-check.ts'

/** With it, orderers have endpoints per organization only, and BFT is possible. */
export const bftCapability = 'V3_0'

/** configtx/validator.go: the name also becomes a topic, a database and a folder. */
const channelIdPattern = /^[a-z][a-z0-9.-]{0,248}$/

/** Refuses what Fabric's nodes would refuse later and less clearly. @throws FabricError INVALID with the reason. */
export function checkChannelSpec(spec: ChannelSpec): void {
  require(channelIdPattern.test(spec.channelId), `'${spec.channelId}' is not a channel name Fabric takes`)
  checkBatch(spec.orderer.batch)
  const organizations = [...spec.orderer.organizations, ...spec.application.organizations]
  checkConsensus(
    spec.orderer.consensus,
    organizations.map(({ msp }) => msp.mspId),
  )
  if (spec.orderer.consensus.type === 'BFT') checkBftBatch(spec.orderer.batch)
  checkCapabilities(spec)
  checkOrganizations('orderer', spec.orderer.organizations)
  checkOrganizations('application', spec.application.organizations)
  checkPolicyNames(spec)
  checkEndpoints(spec.orderer.addresses ?? [])
  for (const { endpoints } of spec.orderer.organizations) checkEndpoints(endpoints ?? [])
  for (const { anchorPeers } of spec.application.organizations) checkAnchorPeers(anchorPeers ?? [])
}

/** @throws FabricError INVALID. */
export function checkBatch(batch: BatchSettings): void {
  const { maxMessageCount, absoluteMaxBytes, preferredMaxBytes, timeout } = batch
  for (const [name, count] of Object.entries({ maxMessageCount, absoluteMaxBytes, preferredMaxBytes })) {
    require(isUint32(count) && count > 0, `batch ${name} must be a whole number from 1 to 4294967295`)
  }
  require(preferredMaxBytes <= absoluteMaxBytes, 'batch preferredMaxBytes must not exceed absoluteMaxBytes')
  checkDuration('batch timeout', timeout)
}

/** @param mspIds of the organizations of the channel. @throws FabricError INVALID. */
function checkConsensus(consensus: ConsensusSpec, mspIds: readonly string[]): void {
  if (consensus.type === 'etcdraft') {
    checkRaftOptions({ ...defaultRaftOptions, ...consensus.options })
    checkRaftConsenters(consensus.consenters)
  } else {
    checkBftOptions({ ...defaultBftOptions, ...consensus.options })
    checkBftConsenters(consensus.consenters, mspIds)
  }
}

/** The rules of etcdraft's `validateConfigMetadata`. @throws FabricError INVALID. */
export function checkRaftOptions(options: RaftOptions): void {
  const { tickInterval, ...counts } = options
  checkDuration('tickInterval', tickInterval)
  for (const [name, count] of Object.entries(counts)) {
    const least = name === 'snapshotIntervalSize' ? 0 : 1
    require(isUint32(count) && count >= least, `${name} must be a whole number from ${least} to 4294967295`)
  }
  require(options.heartbeatTick < options.electionTick, 'electionTick must be greater than heartbeatTick')
}

/** SmartBFT's `DefaultConfig.RequestMaxBytes`, to which its rules hold every batch, whatever the channel's options say. */
const bftRequestBytes = 10 * 1024

/**
 * The rules of SmartBFT's `Configuration.Validate` (pkg/types/config.go). Orderers hold a channel to them only after they
 * have ordered its config: each then halts the channel, for good.
 * @throws FabricError INVALID.
 */
export function checkBftOptions(options: BftOptions): void {
  for (const [name, value] of Object.entries(options)) {
    if (typeof value === 'string' && name !== 'leaderRotation') checkDuration(name, value)
    if (typeof value === 'number') require(Number.isSafeInteger(value) && value >= 0, `${name} must not be negative`)
  }
  for (const name of ['incomingMessageBufferSize', 'requestPoolSize', 'leaderHeartbeatCount'] as const) {
    require(options[name] > 0, `${name} must not be 0`)
  }
  for (const [shorter, longer] of bftOrder) {
    const [least = 0, most = 0] = [goDurationMs(options[shorter]), goDurationMs(options[longer])]
    require(least <= most, `${longer} ${options[longer]} must not be shorter than ${shorter} ${options[shorter]}`)
  }
  require(options.leaderRotation !== 'on', 'leaderRotation on is refused by this generation of Fabric')
}

const bftOrder = [
  ['requestForwardTimeout', 'requestComplainTimeout'],
  ['requestComplainTimeout', 'requestAutoRemoveTimeout'],
  ['viewChangeResendInterval', 'viewChangeTimeout'],
] as const

/** What SmartBFT asks of the batch settings, whose count and size orderers put in the place of its own. @throws FabricError INVALID. */
export function checkBftBatch({ maxMessageCount, absoluteMaxBytes }: BatchSettings): void {
  require(absoluteMaxBytes >= bftRequestBytes, `batch absoluteMaxBytes must be at least ${bftRequestBytes} with BFT`)
  require(maxMessageCount <= absoluteMaxBytes, 'batch maxMessageCount must not exceed absoluteMaxBytes with BFT')
}

/**
 * Orderers hold a new config, with its update and the signatures, to the size that the config before it allows: where the
 * config itself hardly fits, no update passes any more, not even one that raises the size (msgprocessor/standardchannel.go,
 * the final checks). As much again is left for the rest, some 3 KB with three signers. @throws FabricError INVALID.
 */
export function checkConfigFits(config: common.Config, absoluteMaxBytes: number): void {
  const least = 2 * config.serializeBinary().length
  require(absoluteMaxBytes >=
    least, `batch absoluteMaxBytes must hold this config and its next update: ${least} or more`)
}

/** @throws FabricError INVALID unless each is `host:port`. */
export function checkEndpoints(endpoints: readonly string[]): void {
  for (const endpoint of endpoints) require(isEndpoint(endpoint), `'${endpoint}' is not host:port`)
}

/** Gossip passes over an anchor peer that it cannot dial. @throws FabricError INVALID. */
export function checkAnchorPeers(peers: readonly HostPort[]): void {
  checkEndpoints(peers.map(({ host, port }) => `${host}:${port}`))
}

/** common/configtx/validator.go, `validateConfigID`: of groups, values and policies. @throws FabricError INVALID. */
export function checkKey(noun: 'organization' | 'policy', name: string): void {
  const isKey = /^[a-zA-Z0-9.-]{1,249}$/.test(name) && name !== '.' && name !== '..'
  require(isKey, `'${name}' is no name of ${noun === 'policy' ? 'a' : 'an'} ${noun}: letters, digits, dots and hyphens make one`)
}

/**
 * The names that Fabric knows up to 3.1 (common/capabilities). Orderers refuse those of the channel and of their own group
 * that they do not know, but take any for the peers', who then stop and never start again.
 */
const capabilityNames = {
  channel: ['V1_1', 'V1_3', 'V1_4_2', 'V1_4_3', 'V2_0', bftCapability],
  orderer: ['V1_1', 'V1_4_2', 'V2_0'],
  application: ['V1_1', 'V1_2', 'V1_3', 'V1_4_2', 'V2_0', 'V2_5'],
} as const satisfies Record<keyof ChannelCapabilities, readonly string[]>

/** @throws FabricError INVALID for a name that no Fabric knows. */
export function checkCapabilityNames(group: keyof ChannelCapabilities, names: readonly string[]): void {
  const known: readonly string[] = capabilityNames[group]
  for (const name of names) require(known.includes(name), `'${name}' is no ${group} capability`)
}

function checkCapabilities(spec: ChannelSpec): void {
  for (const group of ['channel', 'orderer', 'application'] as const) {
    checkCapabilityNames(group, spec.capabilities[group])
  }
  const isV3 = spec.capabilities.channel.includes(bftCapability)
  if (spec.orderer.consensus.type === 'BFT') require(isV3, `BFT needs the channel capability ${bftCapability}`)
  if (!isV3) return
  require((spec.orderer.addresses ?? []).length ===
    0, `global orderer addresses are gone with capability ${bftCapability}`)
  for (const { name, endpoints } of spec.orderer.organizations) {
    require((endpoints ?? []).length >
      0, `orderer organization ${name} needs endpoints with capability ${bftCapability}`)
  }
}

function checkOrganizations(role: string, organizations: readonly { name: string; msp: MspSpec }[]): void {
  for (const { msp } of organizations) checkMsp(msp)
  const names = organizations.map((each) => each.name)
  for (const name of names) checkKey('organization', name)
  require(new Set(names).size === names.length, `two ${role} organizations have the same name`)
  const mspIds = new Set(organizations.map((each) => each.msp.mspId))
  require(mspIds.size === names.length, `two ${role} organizations have the same MSP id`)
}

function checkPolicyNames({ policies, orderer, application }: ChannelSpec): void {
  const groups = [orderer, application, ...orderer.organizations, ...application.organizations]
  for (const set of [policies, ...groups.map((group) => group.policies)]) {
    for (const name of Object.keys(set ?? {})) checkKey('policy', name)
  }
}

function checkDuration(name: string, text: string): void {
  const ms = goDurationMs(text)
  require(ms !== undefined && ms > 0, `${name} '${text}' is not a duration like 500ms or 2s`)
}
