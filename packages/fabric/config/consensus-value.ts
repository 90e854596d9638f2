import { common, msp, orderer } from '@hyperledger/fabric-protos'
import { utf8 } from '../codec/index.ts'
import type { BftConsenter, ConsensusSpec, RaftConsenter } from './channel-spec.ts'
import {
  type BftOptions,
  defaultBftOptions,
  defaultRaftOptions,
  leaderRotations,
  type RaftOptions,
} from './consensus-options.ts'

/** The ConsensusType value: for Raft with its consenters, for BFT with its options only. */
export function consensusType(consensus: ConsensusSpec): orderer.ConsensusType {
  const message = new orderer.ConsensusType()
  message.setType(consensus.type)
  message.setMetadata(consensusMetadata(consensus).serializeBinary())
  return message
}

function consensusMetadata(consensus: ConsensusSpec): orderer.etcdraft.ConfigMetadata | orderer.smartbft.Options {
  if (consensus.type === 'BFT') {
    return applyBftOptions(new orderer.smartbft.Options(), { ...defaultBftOptions, ...consensus.options })
  }
  const metadata = new orderer.etcdraft.ConfigMetadata()
  metadata.setConsentersList(consensus.consenters.map(encodeRaftConsenter))
  const options = { ...defaultRaftOptions, ...consensus.options }
  metadata.setOptions(applyRaftOptions(new orderer.etcdraft.Options(), options))
  return metadata
}

export function encodeRaftConsenter(consenter: RaftConsenter): orderer.etcdraft.Consenter {
  const message = new orderer.etcdraft.Consenter()
  message.setHost(consenter.host)
  message.setPort(consenter.port)
  message.setClientTlsCert(utf8(consenter.clientTlsCertificate))
  message.setServerTlsCert(utf8(consenter.serverTlsCertificate))
  return message
}

export function decodeRaftConsenter(message: orderer.etcdraft.Consenter): RaftConsenter {
  return {
    host: message.getHost(),
    port: message.getPort(),
    clientTlsCertificate: text(message.getClientTlsCert_asU8()),
    serverTlsCertificate: text(message.getServerTlsCert_asU8()),
  }
}

export function encodeBftConsenter(consenter: BftConsenter): common.Consenter {
  const message = new common.Consenter()
  message.setId(consenter.id)
  message.setHost(consenter.host)
  message.setPort(consenter.port)
  message.setMspId(consenter.mspId)
  message.setIdentity(utf8(consenter.identity))
  message.setClientTlsCert(utf8(consenter.clientTlsCertificate))
  message.setServerTlsCert(utf8(consenter.serverTlsCertificate))
  return message
}

export function decodeBftConsenter(message: common.Consenter): BftConsenter {
  return {
    id: message.getId(),
    host: message.getHost(),
    port: message.getPort(),
    mspId: message.getMspId(),
    identity: text(message.getIdentity_asU8()),
    clientTlsCertificate: text(message.getClientTlsCert_asU8()),
    serverTlsCertificate: text(message.getServerTlsCert_asU8()),
  }
}

/** The Orderers value: BFT's consenters. */
export function bftConsenters(consenters: readonly BftConsenter[]): common.Orderers {
  const message = new common.Orderers()
  message.setConsenterMappingList(consenters.map(encodeBftConsenter))
  return message
}

/**
 * Who must have signed a block of a BFT channel: a quorum of the consenters by their certificates. Orderers refuse a
 * config whose BlockValidation policy is any other (orderer/consensus/smartbft/configverifier.go), so it is computed
 * whenever the consenters change.
 */
export function bftBlockValidation(consenters: readonly common.Consenter[]): common.SignaturePolicyEnvelope {
  const faulty = Math.floor((consenters.length - 1) / 3)
  const gate = new common.SignaturePolicy.NOutOf()
  gate.setN(Math.ceil((consenters.length + faulty + 1) / 2))
  const envelope = new common.SignaturePolicyEnvelope()
  for (const [index, consenter] of consenters.entries()) {
    const signedBy = new common.SignaturePolicy()
    signedBy.setSignedBy(index)
    gate.addRules(signedBy)
    envelope.addIdentities(consenterPrincipal(consenter))
  }
  const rule = new common.SignaturePolicy()
  rule.setNOutOf(gate)
  envelope.setRule(rule)
  return envelope
}

function consenterPrincipal(consenter: common.Consenter): msp.MSPPrincipal {
  const identity = new msp.SerializedIdentity()
  identity.setMspid(consenter.getMspId())
  identity.setIdBytes(consenter.getIdentity_asU8())
  const principal = new msp.MSPPrincipal()
  principal.setPrincipalClassification(msp.MSPPrincipal.Classification.IDENTITY)
  principal.setPrincipal(identity.serializeBinary())
  return principal
}

/** Sets the options that are given and leaves the others. */
export function applyRaftOptions(message: orderer.etcdraft.Options, options: Partial<RaftOptions>) {
  if (options.tickInterval !== undefined) message.setTickInterval(options.tickInterval)
  if (options.electionTick !== undefined) message.setElectionTick(options.electionTick)
  if (options.heartbeatTick !== undefined) message.setHeartbeatTick(options.heartbeatTick)
  if (options.maxInflightBlocks !== undefined) message.setMaxInflightBlocks(options.maxInflightBlocks)
  if (options.snapshotIntervalSize !== undefined) message.setSnapshotIntervalSize(options.snapshotIntervalSize)
  return message
}

export function decodeRaftOptions(message: orderer.etcdraft.Options): RaftOptions {
  return {
    tickInterval: message.getTickInterval(),
    electionTick: message.getElectionTick(),
    heartbeatTick: message.getHeartbeatTick(),
    maxInflightBlocks: message.getMaxInflightBlocks(),
    snapshotIntervalSize: message.getSnapshotIntervalSize(),
  }
}

type BftMessage = orderer.smartbft.Options

/** Sets the options that are given and leaves the others. */
export function applyBftOptions(message: BftMessage, options: Partial<BftOptions>): BftMessage {
  const set = { ...decodeBftOptions(message), ...options }
  message.setRequestBatchMaxCount(set.requestBatchMaxCount)
  message.setRequestBatchMaxBytes(set.requestBatchMaxBytes)
  message.setRequestBatchMaxInterval(set.requestBatchMaxInterval)
  message.setIncomingMessageBufferSize(set.incomingMessageBufferSize)
  message.setRequestPoolSize(set.requestPoolSize)
  message.setRequestForwardTimeout(set.requestForwardTimeout)
  message.setRequestComplainTimeout(set.requestComplainTimeout)
  message.setRequestAutoRemoveTimeout(set.requestAutoRemoveTimeout)
  message.setRequestMaxBytes(set.requestMaxBytes)
  message.setViewChangeResendInterval(set.viewChangeResendInterval)
  message.setViewChangeTimeout(set.viewChangeTimeout)
  message.setLeaderHeartbeatTimeout(set.leaderHeartbeatTimeout)
  message.setLeaderHeartbeatCount(set.leaderHeartbeatCount)
  message.setCollectTimeout(set.collectTimeout)
  message.setSyncOnStart(set.syncOnStart)
  message.setSpeedUpViewChange(set.speedUpViewChange)
  // Not from `set`: a rotation of a later SmartBFT reads as unspecified and would be lost.
  if (options.leaderRotation !== undefined) message.setLeaderRotation(rotationNumber(options.leaderRotation))
  message.setDecisionsPerLeader(set.decisionsPerLeader)
  return message
}

export function decodeBftOptions(message: BftMessage): BftOptions {
  return {
    requestBatchMaxCount: message.getRequestBatchMaxCount(),
    requestBatchMaxBytes: message.getRequestBatchMaxBytes(),
    requestBatchMaxInterval: message.getRequestBatchMaxInterval(),
    incomingMessageBufferSize: message.getIncomingMessageBufferSize(),
    requestPoolSize: message.getRequestPoolSize(),
    requestForwardTimeout: message.getRequestForwardTimeout(),
    requestComplainTimeout: message.getRequestComplainTimeout(),
    requestAutoRemoveTimeout: message.getRequestAutoRemoveTimeout(),
    requestMaxBytes: message.getRequestMaxBytes(),
    viewChangeResendInterval: message.getViewChangeResendInterval(),
    viewChangeTimeout: message.getViewChangeTimeout(),
    leaderHeartbeatTimeout: message.getLeaderHeartbeatTimeout(),
    leaderHeartbeatCount: message.getLeaderHeartbeatCount(),
    collectTimeout: message.getCollectTimeout(),
    syncOnStart: message.getSyncOnStart(),
    speedUpViewChange: message.getSpeedUpViewChange(),
    leaderRotation: leaderRotations[message.getLeaderRotation()] ?? 'unspecified',
    decisionsPerLeader: message.getDecisionsPerLeader(),
  }
}

function rotationNumber(rotation: BftOptions['leaderRotation']): 0 | 1 | 2 {
  return rotation === 'on' ? 2 : rotation === 'off' ? 1 : 0
}

function text(content: Uint8Array): string {
  return new TextDecoder().decode(content)
}
