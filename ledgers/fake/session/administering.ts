import { stableJson } from '@cello/kit'
import type { Cancellable, ChannelFacts, ContractPackage } from '@cello/ports'
import { authorityOf, endpointOf, wantedConfig } from '../chain-config.ts'
import { encodeEnvelope } from '../envelope.ts'
import type { SessionContext } from './context.ts'
import { order } from './transacting.ts'

export interface JoinRequest {
  readonly nodeId: string
  readonly channel: string
  readonly genesis: Uint8Array
}

/** Makes an orderer or a peer join. */
export async function join(
  { world, reach }: SessionContext,
  kind: 'orderer' | 'peer',
  { nodeId, channel, genesis }: JoinRequest,
  options?: Cancellable,
): Promise<void> {
  const node = reach.node(nodeId)
  const { organization } = node.record
  await reach.actAsAdmin(organization)
  const volume = await reach.volume(node, options)
  const authority = authorityOf(reach.network, organization)
  await world.join({ volume, kind, organization, authority, endpoint: endpointOf(node), channel, genesis })
}

export async function leaveOrderer(
  { world, reach }: SessionContext,
  nodeId: string,
  channel: string,
  options?: Cancellable,
): Promise<void> {
  const node = reach.node(nodeId)
  await reach.actAsAdmin(node.record.organization)
  await world.leave({ volume: await reach.volume(node, options), channel })
}

export async function installPackage(
  { world, reach }: SessionContext,
  nodeId: string,
  { id, bytes }: ContractPackage,
  options?: Cancellable,
): Promise<void> {
  const node = reach.node(nodeId)
  await reach.actAsAdmin(node.record.organization)
  await world.install({ volume: await reach.volume(node, options), id, bytes })
}

/** One config update with all that differs. A channel takes no more than one change of its consenters at a time. */
export async function updateChannel(
  context: SessionContext,
  channel: ChannelFacts,
  options?: Cancellable,
): Promise<void> {
  const { world, reach, random } = context
  const nodes = [...reach.nodes('peer'), ...reach.nodes('orderer')]
  const ask = (volume: string) => world.config({ volume, channel: channel.name })
  const { config: now } = await reach.first(channel.name, nodes, ask, options)
  const config = { ...wantedConfig(channel, reach.network), sequence: now.sequence }
  if (stableJson(config) === stableJson(now)) return
  const signers = await Promise.all(Object.keys(now.authorities).map((name) => reach.actAsAdmin(name)))
  const envelope = encodeEnvelope({
    type: 'config',
    purpose: 'config',
    txId: random(),
    channel: channel.name,
    creator: signers[0] ?? '',
    config,
  })
  await order(context, channel.name, envelope, options)
}
