import {
  type ApplicationOrganization,
  type BftConsenter,
  type BftOptions,
  type ChannelCapabilities,
  type ChannelSpec,
  type ConsensusSpec,
  type MspSpec,
  type OrdererOrganization,
  type RaftConsenter,
} from '@cello/fabric/config'
import { type Consensus, PlatformError } from '@cello/model'
import type { ChannelFacts, LedgerNetwork, LedgerNode, LedgerOrganization } from '@cello/ports'
import { firstToCampaign } from './first-to-campaign.ts'

type BftConsensus = Extract<Consensus, { type: 'bft' }>

/** The channel in the words of Fabric's configuration. Organizations are keyed by their names. */
export function channelDefinition(channel: ChannelFacts, network: LedgerNetwork): ChannelSpec {
  return {
    channelId: channel.name,
    capabilities: capabilities(network.version),
    orderer: {
      batch: batchSettings(channel),
      consensus: consensusSpec(channel, network),
      organizations: channel.orderers.map((name) => orderingOrganization(channel, network, name)),
      ...(isThree(network.version) ? {} : { addresses: consenterNodes(channel, network).map(serviceAddress) }),
    },
    application: { organizations: channel.members.map((name) => memberOrganization(channel, network, name)) },
  }
}

export function batchSettings({ batch }: ChannelFacts) {
  const { timeout, maxMessages, absoluteMaxBytes, preferredMaxBytes } = batch
  return { maxMessageCount: maxMessages, absoluteMaxBytes, preferredMaxBytes, timeout }
}

export function orderingOrganization(channel: ChannelFacts, network: LedgerNetwork, name: string): OrdererOrganization {
  const org = organizationNamed(network, name)
  return { name: org.name, msp: mspOf(org), endpoints: endpointsOf(channel, network, name) }
}

export function memberOrganization(
  channel: ChannelFacts,
  network: LedgerNetwork,
  name: string,
): ApplicationOrganization {
  const org = organizationNamed(network, name)
  return { name: org.name, msp: mspOf(org), anchorPeers: anchorsOf(channel, network, name) }
}

/** Where the organization's consenters of the channel answer. */
export function endpointsOf(channel: ChannelFacts, network: LedgerNetwork, organization: string): string[] {
  return consenterNodes(channel, network)
    .filter(({ record }) => record.organization === organization)
    .map(serviceAddress)
}

export function anchorsOf(channel: ChannelFacts, network: LedgerNetwork, organization: string) {
  return channel.anchors.flatMap((id) => {
    const node = nodeById(network, id)
    return node.record.organization === organization
      ? [{ host: node.address, port: node.record.ports.service ?? 0 }]
      : []
  })
}

export function raftConsenter(node: LedgerNode): RaftConsenter {
  const certificate = node.tlsCertificate
  if (!certificate)
    throw new PlatformError('NODE_NOT_READY', { node: node.hostName, detail: 'it has no TLS certificate yet' })
  return {
    host: node.address,
    port: node.record.ports.service ?? 0,
    clientTlsCertificate: certificate,
    serverTlsCertificate: certificate,
  }
}

/** Ids of BFT consenters are given in the order of addresses taken: a new one gets the number after the highest. */
export function bftConsenter(network: LedgerNetwork, node: LedgerNode, id: number): BftConsenter {
  if (!node.certificate)
    throw new PlatformError('NODE_NOT_READY', { node: node.hostName, detail: 'it has no certificate yet' })
  const { mspId } = organizationNamed(network, node.record.organization)
  return { ...raftConsenter(node), id, mspId, identity: node.certificate }
}

export function consenterNodes(channel: ChannelFacts, network: LedgerNetwork): LedgerNode[] {
  return channel.consenters.map((id) => nodeById(network, id))
}

export function nodeById(network: LedgerNetwork, id: string): LedgerNode {
  const found = network.nodes.find(({ record }) => record.id === id)
  if (!found) throw new PlatformError('NOT_FOUND', { noun: 'node', id })
  return found
}

/** The organization's oldest peer: mostly its anchor, and a choice that later peers do not change. */
export function oldestPeer(network: LedgerNetwork, organization: string): LedgerNode | undefined {
  return network.nodes.find(({ record }) => record.kind === 'peer' && record.organization === organization)
}

export function organizationNamed(network: LedgerNetwork, name: string): LedgerOrganization {
  const found = network.organizations.find((org) => org.name === name)
  if (!found) throw new PlatformError('NOT_FOUND', { noun: 'organization', id: name })
  return found
}

export function serviceAddress(node: LedgerNode): string {
  return `${node.address}:${node.record.ports.service ?? 0}`
}

/** Fabric 3 brings per-organization orderer addresses and BFT with V3_0; 2.5 knows neither. */
function capabilities(version: string): ChannelCapabilities {
  return { channel: [isThree(version) ? 'V3_0' : 'V2_0'], orderer: ['V2_0'], application: ['V2_5'] }
}

function isThree(version: string): boolean {
  return Number(version.split('.')[0]) >= 3
}

function consensusSpec(channel: ChannelFacts, network: LedgerNetwork): ConsensusSpec {
  const nodes = consenterNodes(channel, network)
  const { consensus } = channel
  if (consensus.type === 'raft') {
    const { type: _type, ...options } = consensus
    return { type: 'etcdraft', consenters: firstToCampaign(channel.name, nodes).map(raftConsenter), options }
  }
  if (!isThree(network.version)) {
    throw new PlatformError('UNSUPPORTED', {
      feature: 'BFT ordering',
      reason: `Fabric ${network.version} does not have it; 3.0 and later do`,
    })
  }
  const consenters = nodes.map((node, index) => bftConsenter(network, node, index + 1))
  return { type: 'BFT', consenters, options: bftOptions(consensus, channel) }
}

/** With the batch settings' time-out where orderers of BFT look for it. */
export function bftOptions(consensus: BftConsensus, { batch }: Pick<ChannelFacts, 'batch'>): Partial<BftOptions> {
  const { type: _type, ...options } = consensus
  return { ...options, requestBatchMaxInterval: batch.timeout }
}

function mspOf(org: LedgerOrganization): MspSpec {
  return { mspId: org.mspId, rootCertificates: [org.caCertificate], tlsRootCertificates: [org.tlsCaCertificate] }
}
