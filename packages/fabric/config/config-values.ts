import { common, orderer, peer } from '@hyperledger/fabric-protos'
import type { BatchSettings, HostPort } from './channel-spec.ts'

/** Names of the values that this library writes, by Fabric's channelconfig. */
export const valueNames = {
  hashingAlgorithm: 'HashingAlgorithm',
  blockDataHashing: 'BlockDataHashingStructure',
  ordererAddresses: 'OrdererAddresses',
  capabilities: 'Capabilities',
  batchSize: 'BatchSize',
  batchTimeout: 'BatchTimeout',
  channelRestrictions: 'ChannelRestrictions',
  consensusType: 'ConsensusType',
  consenters: 'Orderers',
  msp: 'MSP',
  endpoints: 'Endpoints',
  anchorPeers: 'AnchorPeers',
  acls: 'ACLs',
} as const

/** Fabric knows one hash and one shape of the hash tree; both are written for old readers' sake. */
export function hashingAlgorithm(): common.HashingAlgorithm {
  const message = new common.HashingAlgorithm()
  message.setName('SHA256')
  return message
}

export function blockDataHashing(): common.BlockDataHashingStructure {
  const message = new common.BlockDataHashingStructure()
  message.setWidth(0xffff_ffff)
  return message
}

export function capabilities(names: readonly string[]): common.Capabilities {
  const message = new common.Capabilities()
  for (const name of names) message.getCapabilitiesMap().set(name, new common.Capability())
  return message
}

export function addresses(hostPorts: readonly string[]): common.OrdererAddresses {
  const message = new common.OrdererAddresses()
  message.setAddressesList([...hostPorts])
  return message
}

export function batchSize(batch: Omit<BatchSettings, 'timeout'>): orderer.BatchSize {
  const message = new orderer.BatchSize()
  message.setMaxMessageCount(batch.maxMessageCount)
  message.setAbsoluteMaxBytes(batch.absoluteMaxBytes)
  message.setPreferredMaxBytes(batch.preferredMaxBytes)
  return message
}

export function batchTimeout(timeout: string): orderer.BatchTimeout {
  const message = new orderer.BatchTimeout()
  message.setTimeout(timeout)
  return message
}

export function channelRestrictions(maxChannels: number): orderer.ChannelRestrictions {
  const message = new orderer.ChannelRestrictions()
  message.setMaxCount(maxChannels)
  return message
}

export function anchorPeers(peers: readonly HostPort[]): peer.AnchorPeers {
  const message = new peer.AnchorPeers()
  for (const { host, port } of peers) {
    const anchor = new peer.AnchorPeer()
    anchor.setHost(host)
    anchor.setPort(port)
    message.addAnchorPeers(anchor)
  }
  return message
}

export function acls(policies: Readonly<Record<string, string>>): peer.ACLs {
  const message = new peer.ACLs()
  for (const [resource, policyRef] of Object.entries(policies)) {
    const api = new peer.APIResource()
    api.setPolicyRef(policyRef)
    message.getAclsMap().set(resource, api)
  }
  return message
}
