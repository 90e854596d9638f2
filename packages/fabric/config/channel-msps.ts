import { type common, msp } from '@hyperledger/fabric-protos'
import { groupNames, readValue } from './config-group.ts'
import { valueNames } from './config-values.ts'
import { decodeMsp } from './msp-value.ts'

/** The groups of all organizations of a channel, with orderers and with peers. */
export function organizationGroups(config: common.Config): common.ConfigGroup[] {
  return Object.values(groupNames).flatMap((name) => {
    const group = config.getChannelGroup()?.getGroupsMap().get(name)
    return group ? [...group.getGroupsMap().entries()].map(([, organization]) => organization) : []
  })
}

/** An organization's MSP id; undefined where it has no MSP of Fabric's own kind. */
export function mspIdOf(group: common.ConfigGroup): string | undefined {
  const value = readValue(group, valueNames.msp, msp.MSPConfig)
  return value && decodeMsp(value)?.mspId
}

/** The MSP ids of all organizations of a channel. */
export function channelMspIds(config: common.Config): string[] {
  return organizationGroups(config).flatMap((group) => mspIdOf(group) ?? [])
}
