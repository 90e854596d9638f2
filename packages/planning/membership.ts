import type { ChannelSpec } from '@cello/model'
import type { Draft } from './steps.ts'

/** Whether the organization is no member of the running channel yet, and no step of this plan makes it one. */
export function isOutside(draft: Draft, channel: ChannelSpec, organization: string): boolean {
  const members = draft.observed.channels[channel.name]?.config?.members
  return members !== undefined && !members.includes(organization) && !draft.has(`update-channel/${channel.name}`)
}
