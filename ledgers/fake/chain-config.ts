import { sha256Hex } from '@cello/kit'
import { PlatformError } from '@cello/model'
import type { ChannelFacts, LedgerNetwork, LedgerNode, ObservedChannel } from '@cello/ports'

/** A channel's configuration as the nodes of the fake ledger keep it. */
export interface ChainConfig extends Omit<ObservedChannel, 'name' | 'height'> {
  /** Digest of the enrolment authority's certificate, by organization: whom the channel knows. */
  readonly authorities: Readonly<Record<string, string>>
}

export interface Genesis {
  readonly channel: string
  readonly config: ChainConfig
  /** Makes two of equal content differ, as Fabric's do. */
  readonly nonce: string
}

/** `host:port` that other nodes dial. @throws LEDGER_REFUSED for a node without that port. */
export function endpointOf(node: LedgerNode): string {
  const port = node.record.ports.service
  if (port === undefined) {
    throw new PlatformError('LEDGER_REFUSED', { detail: `node ${node.record.name} has no service port` })
  }
  return `${node.address}:${port}`
}

export function authorityOf(network: LedgerNetwork, organization: string): string {
  const found = network.organizations.find((org) => org.name === organization)
  if (!found) throw new PlatformError('NOT_FOUND', { noun: 'organization', id: organization })
  return sha256Hex(found.caCertificate)
}

/** The configuration that a channel should have. */
export function wantedConfig(channel: ChannelFacts, network: LedgerNetwork): ChainConfig {
  const organizations = [...new Set([...channel.orderers, ...channel.members])].sort()
  return {
    sequence: 0,
    consensus: channel.consensus,
    batch: channel.batch,
    orderers: [...channel.orderers].sort(),
    members: [...channel.members].sort(),
    consenters: endpointsOf(network, channel.consenters),
    anchors: endpointsOf(network, channel.anchors),
    authorities: Object.fromEntries(organizations.map((name) => [name, authorityOf(network, name)])),
  }
}

function endpointsOf(network: LedgerNetwork, nodeIds: readonly string[]): string[] {
  return nodeIds.map((id) => endpointOf(nodeOf(network, id))).sort()
}

/** @throws NOT_FOUND */
export function nodeOf(network: LedgerNetwork, nodeId: string): LedgerNode {
  const found = network.nodes.find(({ record }) => record.id === nodeId)
  if (!found) throw new PlatformError('NOT_FOUND', { noun: 'node', id: nodeId })
  return found
}

export function encodeGenesis(genesis: Genesis): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(genesis))
}

/** @throws LEDGER_REFUSED when it is no genesis block of the fake ledger. */
export function decodeGenesis(bytes: Uint8Array): Genesis {
  try {
    const genesis: Genesis = JSON.parse(new TextDecoder().decode(bytes))
    return genesis
  } catch (error) {
    throw new PlatformError('LEDGER_REFUSED', { detail: 'the genesis block cannot be read' }, { cause: error })
  }
}
