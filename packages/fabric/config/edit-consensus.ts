import { common, orderer } from '@hyperledger/fabric-protos'
import { decodeLossless } from '../codec/index.ts'
import { FabricError } from '../errors.ts'
import { channelMspIds } from './channel-msps.ts'
import type { BftConsenter, HostPort, RaftConsenter } from './channel-spec.ts'
import { copyConfig, groupAt, groupNames, openValue, setPolicyEntry, setValue } from './config-group.ts'
import { valueNames } from './config-values.ts'
import type { BftOptions, RaftOptions } from './consensus-options.ts'
import {
  applyBftOptions,
  applyRaftOptions,
  bftBlockValidation,
  decodeBftConsenter,
  decodeBftOptions,
  decodeRaftConsenter,
  decodeRaftOptions,
  encodeBftConsenter,
  encodeRaftConsenter,
} from './consensus-value.ts'
import { checkBftConsenters, checkRaftConsenters } from './consenter-check.ts'
import { encodeSignaturePolicy } from './policy-spec.ts'
import { checkBftOptions, checkRaftOptions } from './spec-check.ts'

/**
 * Changes the named Raft options. Running orderers take up `snapshotIntervalSize`, and the others when they are started again
 * (orderer/consensus/etcdraft/chain.go). @throws FabricError INVALID, also on a channel that is not Raft's; UNKNOWN_FIELDS.
 */
export function setRaftOptions(config: common.Config, options: Partial<RaftOptions>): common.Config {
  return editRaft(config, (metadata) => {
    const message = applyRaftOptions(metadata.getOptions() ?? new orderer.etcdraft.Options(), options)
    checkRaftOptions(decodeRaftOptions(message))
    metadata.setOptions(message)
  })
}

/** Changes the named BFT options. @throws FabricError INVALID, also on a channel that is not BFT's; UNKNOWN_FIELDS. */
export function setBftOptions(config: common.Config, options: Partial<BftOptions>): common.Config {
  const copy = copyConfig(config)
  const consensus = openConsensus(copy, 'BFT')
  const message = applyBftOptions(decodeLossless(consensus.getMetadata_asU8(), orderer.smartbft.Options), options)
  checkBftOptions(decodeBftOptions(message))
  consensus.setMetadata(message.serializeBinary())
  setValue(groupAt(copy, [groupNames.orderer]), valueNames.consensusType, consensus)
  return copy
}

/** Adds a Raft consenter. Fabric takes one change of the consenters an update. @throws FabricError INVALID. */
export function addRaftConsenter(config: common.Config, consenter: RaftConsenter): common.Config {
  return editRaft(config, (metadata) => {
    metadata.addConsenters(encodeRaftConsenter(consenter))
    checkRaftConsenters(metadata.getConsentersList().map(decodeRaftConsenter))
  })
}

/** Removes the Raft consenter at an address. @throws FabricError NOT_FOUND, INVALID if it is the last. */
export function removeRaftConsenter(config: common.Config, address: HostPort): common.Config {
  return editRaft(config, (metadata) => {
    const found = consenterAt(metadata.getConsentersList(), address)
    metadata.setConsentersList(metadata.getConsentersList().filter((each) => each !== found))
    checkRaftConsenters(metadata.getConsentersList().map(decodeRaftConsenter))
  })
}

/** Puts another consenter in the place of the one at an address: a new certificate, or a new address. */
export function replaceRaftConsenter(
  config: common.Config,
  address: HostPort,
  consenter: RaftConsenter,
): common.Config {
  return editRaft(config, (metadata) => {
    const found = consenterAt(metadata.getConsentersList(), address)
    const replaced = metadata
      .getConsentersList()
      .map((each) => (each === found ? encodeRaftConsenter(consenter) : each))
    metadata.setConsentersList(replaced)
    checkRaftConsenters(replaced.map(decodeRaftConsenter))
  })
}

/** Adds a BFT consenter and computes who validates blocks anew. @throws FabricError INVALID. */
export function addBftConsenter(config: common.Config, consenter: BftConsenter): common.Config {
  return editBftConsenters(config, (all) => [...all, encodeBftConsenter(consenter)])
}

/** Removes the BFT consenter at an address and computes who validates blocks anew. @throws FabricError NOT_FOUND, INVALID. */
export function removeBftConsenter(config: common.Config, address: HostPort): common.Config {
  return editBftConsenters(config, (all) => {
    const found = consenterAt(all, address)
    return all.filter((each) => each !== found)
  })
}

/** Puts another BFT consenter in the place of the one at an address and computes who validates blocks anew. */
export function replaceBftConsenter(config: common.Config, address: HostPort, consenter: BftConsenter): common.Config {
  return editBftConsenters(config, (all) => {
    const found = consenterAt(all, address)
    return all.map((each) => (each === found ? encodeBftConsenter(consenter) : each))
  })
}

function editRaft(config: common.Config, edit: (metadata: orderer.etcdraft.ConfigMetadata) => void): common.Config {
  const copy = copyConfig(config)
  const consensus = openConsensus(copy, 'etcdraft')
  const metadata = decodeLossless(consensus.getMetadata_asU8(), orderer.etcdraft.ConfigMetadata)
  edit(metadata)
  consensus.setMetadata(metadata.serializeBinary())
  setValue(groupAt(copy, [groupNames.orderer]), valueNames.consensusType, consensus)
  return copy
}

function editBftConsenters(
  config: common.Config,
  edit: (consenters: readonly common.Consenter[]) => readonly common.Consenter[],
): common.Config {
  const copy = copyConfig(config)
  openConsensus(copy, 'BFT')
  const group = groupAt(copy, [groupNames.orderer])
  const value = openValue(group, valueNames.consenters, common.Orderers)
  const consenters = [...edit(value.getConsenterMappingList())]
  checkBftConsenters(consenters.map(decodeBftConsenter), channelMspIds(config))
  value.setConsenterMappingList(consenters)
  setValue(group, valueNames.consenters, value)
  setPolicyEntry(group, 'BlockValidation', encodeSignaturePolicy(bftBlockValidation(consenters)))
  return copy
}

function openConsensus(config: common.Config, type: 'etcdraft' | 'BFT'): orderer.ConsensusType {
  const value = openValue(groupAt(config, [groupNames.orderer]), valueNames.consensusType, orderer.ConsensusType)
  if (value.getType() === type) return value
  throw new FabricError('INVALID', `The channel's consensus is '${value.getType()}', not ${type}`)
}

function consenterAt<C extends { getHost(): string; getPort(): number }>(
  all: readonly C[],
  { host, port }: HostPort,
): C {
  const found = all.find((each) => each.getHost() === host && each.getPort() === port)
  if (!found) throw new FabricError('NOT_FOUND', `The channel has no consenter at ${host}:${port}`)
  return found
}
