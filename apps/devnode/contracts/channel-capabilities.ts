/** What the application capabilities of a channel let contracts do. */
import type { ChannelConfig } from '../config/channel-config.ts'
import { capabilitiesOf } from '../config/orderer-values.ts'

const keyLevel = ['V1_3', 'V1_4_2', 'V2_0', 'V2_5']

/** @throws Error in Fabric's words */
export function checkKeyLevelEndorsement(channel: string, config: ChannelConfig | undefined): void {
  if (applicationCapabilities(channel, config).some((name) => keyLevel.includes(name))) return
  throw new Error('key level endorsement is not enabled, channel application capability of V1_3 or later is required')
}

/** @throws Error in Fabric's words */
export function checkPurge(channel: string, config: ChannelConfig | undefined): void {
  if (applicationCapabilities(channel, config).includes('V2_5')) return
  throw new Error('purge private data is not enabled, channel application capability of V2_5 or later is required')
}

function applicationCapabilities(channel: string, config: ChannelConfig | undefined): readonly string[] {
  const application = config?.config.getChannelGroup()?.getGroupsMap().get('Application')
  if (!application) throw new Error(`application config does not exist for ${channel}`)
  return capabilitiesOf(application)
}
