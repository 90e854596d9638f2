import { common, peer } from '@hyperledger/fabric-protos'
import { channelNamedIn } from '../block-channel.ts'
import { decode } from '../codec/decode.ts'
import type { Connection } from '../connection.ts'
import type { CallOptions } from '../endpoint.ts'
import { readAnswer } from '../read-answer.ts'
import type { Signer } from '../signer.ts'
import { askPeer } from './endorsement.ts'

/**
 * Joins a peer to the channel of a config block (block 0, encoded). The signer must be an administrator of the peer's
 * organization. @throws FabricError ALREADY_DONE on a second join; DENIED, INVALID
 */
export async function joinPeer(
  connection: Connection,
  signer: Signer,
  genesisBlock: Uint8Array,
  options: CallOptions = {},
): Promise<void> {
  const name = channelNamedIn(genesisBlock, 'block')
  const doing = `join the peer to ${name === undefined ? 'a channel' : `channel ${name}`}`
  const invocation = { channel: '', contract: 'cscc', args: ['JoinChain', genesisBlock], doing }
  await askPeer(connection, signer, invocation, options)
}

/** Names of the channels that a peer has joined. The signer must be of the peer's organization. @throws FabricError */
export async function peerChannels(
  connection: Connection,
  signer: Signer,
  options: CallOptions = {},
): Promise<readonly string[]> {
  const invocation = { channel: '', contract: 'cscc', args: ['GetChannels'], doing: 'list the peer’s channels' }
  const payload = await askPeer(connection, signer, invocation, options)
  const answer = readAnswer(connection, invocation, () => decode(peer.ChannelQueryResponse, payload))
  return answer.getChannelsList().map((channel) => channel.getChannelId())
}

/** The channel's newest config block as a peer has it. @throws FabricError NOT_FOUND when it has not joined; DENIED */
export async function configBlockFromPeer(
  connection: Connection,
  signer: Signer,
  channel: string,
  options: CallOptions = {},
): Promise<common.Block> {
  const invocation = { channel, contract: 'cscc', args: ['GetConfigBlock', channel], doing: 'read the config block' }
  const payload = await askPeer(connection, signer, invocation, options)
  return readAnswer(connection, invocation, () => decode(common.Block, payload))
}
