import { status } from '@grpc/grpc-js'
import type { AccessControl } from '../access/access.ts'
import type { PeerChannel, PeerChannels } from '../committing/peer-channel.ts'
import type { SignedData } from '../policies/signed-data.ts'
import { RpcError } from './rpc-error.ts'

export interface ChannelAccess {
  readonly channels: PeerChannels
  readonly access: AccessControl
}

/** The channel that a signed request is about. @throws RpcError PERMISSION_DENIED, also where there is none, as in Fabric */
export function askedChannel(
  { channels, access }: ChannelAccess,
  asked: { readonly channel: string; readonly resource: string; readonly by: SignedData },
): PeerChannel {
  const channel = channels.get(asked.channel)
  if (!channel) {
    throw new RpcError(status.PERMISSION_DENIED, `Failed to get policy manager for channel [${asked.channel}]`)
  }
  try {
    access.checkChannel(channel, asked.resource, asked.by)
  } catch (error) {
    throw new RpcError(status.PERMISSION_DENIED, error instanceof Error ? error.message : String(error))
  }
  return channel
}
