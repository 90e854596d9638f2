import { type ChannelSpec, type NodeRecord, nodeRef, type OrganizationSpec, PlatformError } from '@cello/model'
import type { HostRecord, NetworkRecord } from '@cello/ports'
import type { Context } from '../context.ts'

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** By id or name. @throws NOT_FOUND */
export async function findNetwork({ store }: Context, key: string): Promise<NetworkRecord> {
  const byId = uuid.test(key) ? await store.networks.get(key) : undefined
  const found = byId ?? (await store.networks.byName(key))
  if (!found) throw new PlatformError('NOT_FOUND', { noun: 'network', id: key })
  return found
}

/** By id or name. @throws NOT_FOUND */
export async function findHost({ store }: Context, key: string): Promise<HostRecord> {
  const byId = uuid.test(key) ? await store.hosts.get(key) : undefined
  const found = byId ?? (await store.hosts.byName(key))
  if (!found) throw new PlatformError('NOT_FOUND', { noun: 'host', id: key })
  return found
}

/** By id or `Org1/peer0`. Of two rows of one name, one of them removed, the one that stays. @throws NOT_FOUND */
export function findNode(network: NetworkRecord, key: string): NodeRecord {
  const matching = network.nodes.filter((node) => node.id === key || nodeRef(node) === key)
  const found = matching.find((node) => !node.removed) ?? matching[0]
  if (!found) throw new PlatformError('NOT_FOUND', { noun: 'node', id: key })
  return found
}

/** @throws NOT_FOUND */
export function findChannel(network: NetworkRecord, name: string): ChannelSpec {
  const found = network.spec.channels.find((channel) => channel.name === name)
  if (!found) throw new PlatformError('NOT_FOUND', { noun: 'channel', id: name })
  return found
}

/** @throws NOT_FOUND */
export function findOrganization(network: NetworkRecord, name: string): OrganizationSpec {
  const found = network.spec.organizations.find((org) => org.name === name)
  if (!found) throw new PlatformError('NOT_FOUND', { noun: 'organization', id: name })
  return found
}

/** @throws NETWORK_DELETING */
export function refuseDeleting(network: NetworkRecord): void {
  if (network.deleting) throw new PlatformError('NETWORK_DELETING', { network: network.name })
}

/** Nothing can be asked of a ledger none of whose nodes shall run. @throws NETWORK_STOPPED */
export function refuseDown(network: NetworkRecord): void {
  if (network.power === 'stopped') throw new PlatformError('NETWORK_STOPPED', { network: network.name })
}
