/** From a signed config update to the config that would follow it, with every check that an orderer makes. */
import { decode } from '@cello/fabric/codec'
import { common } from '@hyperledger/fabric-protos'
import type { Authorities } from '../msp/chain.ts'
import { type ChannelConfig, readChannelConfig } from './channel-config.ts'
import { checkImplemented, readRaftMetadata, Unimplemented } from './raft-metadata.ts'
import { applyUpdate, withReason } from './update-rules.ts'

export interface ProposedConfig {
  readonly envelope: common.ConfigEnvelope
  readonly next: ChannelConfig
  /** The update's write set. */
  readonly written: common.ConfigGroup
}

/**
 * @param update the CONFIG_UPDATE envelope as its submitter signed it
 * @throws Error with Fabric's sentence; Unimplemented for what Fabric would do and the devnode does not
 */
export function proposeUpdate(current: ChannelConfig, update: common.Envelope): ProposedConfig {
  const updateEnvelope = withReason('error converting envelope to config update', () => configUpdateOf(update))
  const group = withReason('error authorizing update', () => applyUpdate(current, updateEnvelope))
  const config = new common.Config()
  config.setSequence(current.sequence + 1)
  config.setChannelGroup(group)
  const next = readChannelConfig(current.channel, config)
  checkSuccession(current, next)
  try {
    checkImplemented(next.orderer.consensusType, next.orderer.consensusMetadata)
    readRaftMetadata(next.orderer.consensusMetadata, ordererTls(next))
  } catch (error) {
    if (error instanceof Unimplemented) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(
      `consensus metadata update for channel config update is invalid: invalid new config metadata: ${reason}`,
      { cause: error },
    )
  }
  const envelope = new common.ConfigEnvelope()
  envelope.setConfig(config)
  envelope.setLastUpdate(update)
  const writeSet = decode(common.ConfigUpdate, updateEnvelope.getConfigUpdate_asU8()).getWriteSet()
  return { envelope, next, written: writeSet ?? new common.ConfigGroup() }
}

/** TLS authorities of all orderer organizations: they vouch for consenters. */
export function ordererTls({ organizations }: ChannelConfig): Authorities {
  const members = [...organizations].filter(([place]) => place.startsWith('Orderer/')).map(([, { tls }]) => tls)
  return { roots: members.flatMap(({ roots }) => roots), intermediates: members.flatMap((tls) => tls.intermediates) }
}

/** The config update inside the envelope that its submitter signed. @throws Error with Fabric's sentence */
export function configUpdateOf(update: common.Envelope): common.ConfigUpdateEnvelope {
  const payload = decode(common.Payload, update.getPayload_asU8())
  const header = payload.getHeader()
  if (!header) throw new Error('envelope must have a Header')
  const type = decode(common.ChannelHeader, header.getChannelHeader_asU8()).getType()
  if (type !== common.HeaderType.CONFIG_UPDATE) throw new Error(`not a tx of type ${common.HeaderType.CONFIG_UPDATE}`)
  return decode(common.ConfigUpdateEnvelope, payload.getData_asU8())
}

/** What no update may do, whoever signed it. */
export function checkSuccession(current: ChannelConfig, next: ChannelConfig): void {
  if (current.hasApplication && !next.hasApplication) {
    throw new Error('current config has application section, but new config does not')
  }
  if (!current.capabilities.includes('V3_0') && next.capabilities.includes('V3_0')) checkAllEndpoints(next)
  checkMspIds(current, next)
}

function checkMspIds(current: ChannelConfig, next: ChannelConfig): void {
  for (const [place, { mspId }] of current.organizations) {
    const following = next.organizations.get(place)?.mspId ?? mspId
    if (following === mspId) continue
    const [section = '', name = ''] = place.split('/')
    throw new Error(`${section.toLowerCase()} org ${name} attempted to change MSP ID from ${mspId} to ${following}`)
  }
}

function checkAllEndpoints({ orderer }: ChannelConfig): void {
  for (const [name, endpoints] of orderer.endpoints) {
    if (endpoints.length > 0) continue
    throw new Error(`illegal orderer config update detected: endpoints of org ${name} are missing`)
  }
}

/** Entering and leaving maintenance changes nothing else. @throws Error with Fabric's sentence */
export function checkMaintenance(current: ChannelConfig, { next, written }: ProposedConfig): void {
  if (current.orderer.isMaintenance === next.orderer.isMaintenance) return
  const complaint = maintenanceComplaint(current, next, written)
  if (complaint !== undefined) throw new Error(`config transaction inspection failed: ${complaint}`)
}

function maintenanceComplaint(
  current: ChannelConfig,
  next: ChannelConfig,
  written: common.ConfigGroup,
): string | undefined {
  if (written.getValuesMap().getLength() > 0) return 'config update contains changes to values in group Channel'
  if (written.getGroupsMap().getLength() > 1) return 'config update contains changes to more than one group'
  const ordering = written.getGroupsMap().get('Orderer')
  if (!ordering) return 'update does not contain the Orderer group'
  if (ordering.getGroupsMap().getLength() > 0) {
    return 'config update contains changes to groups within the Orderer group'
  }
  if (ordering.getValuesMap().getLength() > 1) {
    return 'config update contain more then just the ConsensusType value in the Orderer group'
  }
  if (Buffer.compare(current.orderer.consensusMetadata, next.orderer.consensusMetadata) === 0) return undefined
  const [from, to] = [current, next].map(({ orderer }) => stateName(orderer.isMaintenance))
  return `attempted to change ConsensusType.Metadata, but ConsensusType.State is changing from ${from} to ${to}`
}

const stateName = (isMaintenance: boolean): string => (isMaintenance ? 'STATE_MAINTENANCE' : 'STATE_NORMAL')
