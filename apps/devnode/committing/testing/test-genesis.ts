/** For tests only: a genesis block that orderers and peers take whole, and updates of its config. */

import { blockDataHash, channelHeader, newNonce, payloadBytes, signatureHeader } from '@cello/fabric/codec'
import { common, msp, orderer } from '@hyperledger/fabric-protos'
import type { TestOrganization } from '../../endorsement/testing/test-organization.ts'
import type { LocalSigner } from '../../msp/local-msp.ts'
import { implicitPolicy } from '../../policies/testing/implicit-policy.ts'

export interface TestGenesis {
  readonly channel: string
  readonly orderers: TestOrganization
  /** `host:port` of the orderers. */
  readonly endpoints: readonly string[]
  readonly members: readonly TestOrganization[]
  /** How long an orderer waits for more transactions. */
  readonly batchTimeout?: string
}

export function testGenesis(plan: TestGenesis): Uint8Array {
  const config = new common.Config()
  config.setChannelGroup(channelGroup(plan))
  const envelope = new common.ConfigEnvelope()
  envelope.setConfig(config)
  const header = channelHeader({ type: common.HeaderType.CONFIG, channelId: plan.channel })
  const payload = payloadBytes(header, signatureHeader(new Uint8Array(), newNonce()), envelope.serializeBinary())
  const whole = new common.Envelope()
  whole.setPayload(payload)
  const data = new common.BlockData()
  data.setDataList([whole.serializeBinary()])
  const head = new common.BlockHeader()
  head.setDataHash(blockDataHash([whole.serializeBinary()]))
  const metadata = new common.BlockMetadata()
  metadata.setMetadataList(Array.from({ length: 5 }, () => new Uint8Array()))
  const block = new common.Block()
  block.setHeader(head)
  block.setData(data)
  block.setMetadata(metadata)
  return block.serializeBinary()
}

/** An update that sets one value of the orderers' group, or of their organization's, signed by an administrator. */
export function updateOf(
  config: common.Config,
  { channel, organization, name, value, by }: ValueChange,
): common.Envelope {
  const read = groupsTo(config, organization)
  const write = groupsTo(config, organization)
  const target = organization === undefined ? write.orderers : write.organization
  const current = (organization === undefined ? write.current : write.currentOrganization)?.getValuesMap().get(name)
  const changed = new common.ConfigValue()
  changed.setVersion((current?.getVersion() ?? -1) + 1)
  changed.setModPolicy('Admins')
  changed.setValue(value)
  target?.getValuesMap().set(name, changed)
  const update = new common.ConfigUpdate()
  update.setChannelId(channel)
  update.setReadSet(read.root)
  update.setWriteSet(write.root)
  return signedUpdate(channel, update.serializeBinary(), by)
}

export interface ValueChange {
  readonly channel: string
  /** Group of the orderers' organization; absent: the group of all orderers. */
  readonly organization?: string
  readonly name: string
  readonly value: Uint8Array
  readonly by: LocalSigner
}

function groupsTo(config: common.Config, name: string | undefined) {
  const current = config.getChannelGroup()?.getGroupsMap().get('Orderer')
  const currentOrganization = name === undefined ? undefined : current?.getGroupsMap().get(name)
  const root = bare(config.getChannelGroup())
  const orderers = bare(current)
  root.getGroupsMap().set('Orderer', orderers)
  const organization = name === undefined ? undefined : bare(currentOrganization)
  if (name !== undefined && organization) orderers.getGroupsMap().set(name, organization)
  return { root, orderers, organization, current, currentOrganization }
}

/** A group with nothing in it but its version. */
function bare(group: common.ConfigGroup | undefined): common.ConfigGroup {
  const copy = new common.ConfigGroup()
  copy.setVersion(group?.getVersion() ?? 0)
  copy.setModPolicy(group?.getModPolicy() ?? '')
  return copy
}

function signedUpdate(channel: string, update: Uint8Array, by: LocalSigner): common.Envelope {
  const header = signatureHeader(by.serialized, newNonce()).serializeBinary()
  const signature = new common.ConfigSignature()
  signature.setSignatureHeader(header)
  signature.setSignature(by.sign(Buffer.concat([header, update])))
  const signed = new common.ConfigUpdateEnvelope()
  signed.setConfigUpdate(update)
  signed.addSignatures(signature)
  const type = common.HeaderType.CONFIG_UPDATE
  return signedBy(by, channelHeader({ type, channelId: channel }), signed.serializeBinary())
}

export function signedBy(by: LocalSigner, header: common.ChannelHeader, data: Uint8Array): common.Envelope {
  const payload = payloadBytes(header, signatureHeader(by.serialized, newNonce()), data)
  const envelope = new common.Envelope()
  envelope.setPayload(payload)
  envelope.setSignature(by.sign(payload))
  return envelope
}

export function batchTimeout(timeout: string): Uint8Array {
  const message = new orderer.BatchTimeout()
  message.setTimeout(timeout)
  return message.serializeBinary()
}

export function addresses(list: readonly string[]): Uint8Array {
  const message = new common.OrdererAddresses()
  message.setAddressesList([...list])
  return message.serializeBinary()
}

function channelGroup(plan: TestGenesis): common.ConfigGroup {
  const hashing = new common.HashingAlgorithm()
  hashing.setName('SHA256')
  const width = new common.BlockDataHashingStructure()
  width.setWidth(0xffff_ffff)
  return group({
    values: {
      HashingAlgorithm: hashing.serializeBinary(),
      BlockDataHashingStructure: width.serializeBinary(),
      Capabilities: capabilities('V2_0'),
    },
    policies: { Readers: any('Readers'), Writers: any('Writers'), Admins: majority('Admins') },
    groups: { Orderer: ordererGroup(plan), Application: applicationGroup(plan) },
  })
}

function ordererGroup({ orderers, endpoints, batchTimeout: timeout = '10ms' }: TestGenesis): common.ConfigGroup {
  const size = new orderer.BatchSize()
  // A block for each message: tests count them.
  size.setMaxMessageCount(1)
  size.setAbsoluteMaxBytes(1_000_000)
  size.setPreferredMaxBytes(500_000)
  const consensus = new orderer.ConsensusType()
  consensus.setType('etcdraft')
  consensus.setMetadata(raftMetadata(orderers))
  return group({
    values: {
      ConsensusType: consensus.serializeBinary(),
      BatchSize: size.serializeBinary(),
      BatchTimeout: batchTimeout(timeout),
      Capabilities: capabilities('V2_0'),
    },
    policies: { ...usual(), BlockValidation: any('Writers') },
    groups: { [orderers.mspId]: organizationGroup(orderers, { Endpoints: addresses(endpoints) }) },
  })
}

function applicationGroup({ members }: TestGenesis): common.ConfigGroup {
  return group({
    values: { Capabilities: capabilities('V2_5') },
    policies: {
      ...usual(),
      Endorsement: majority('Endorsement'),
      LifecycleEndorsement: majority('Endorsement'),
    },
    groups: Object.fromEntries(members.map((one) => [one.mspId, organizationGroup(one, {})])),
  })
}

function organizationGroup(
  { mspId, config, root }: TestOrganization,
  values: Readonly<Record<string, Uint8Array>>,
): common.ConfigGroup {
  const { MEMBER, ADMIN, PEER } = msp.MSPRole.MSPRoleType
  const own = msp.FabricMSPConfig.deserializeBinary(config.getConfig_asU8())
  own.addTlsRootCerts(Buffer.from(root))
  const whole = new msp.MSPConfig()
  whole.setConfig(own.serializeBinary())
  return group({
    values: { MSP: whole.serializeBinary(), ...values },
    policies: {
      Readers: role(mspId, MEMBER),
      Writers: role(mspId, MEMBER),
      Admins: role(mspId, ADMIN),
      Endorsement: role(mspId, PEER),
    },
    groups: {},
  })
}

const usual = () => ({ Readers: any('Readers'), Writers: any('Writers'), Admins: majority('Admins') })

interface GroupParts {
  readonly values: Readonly<Record<string, Uint8Array>>
  readonly policies: Readonly<Record<string, common.Policy>>
  readonly groups: Readonly<Record<string, common.ConfigGroup>>
}

function group({ values, policies, groups }: GroupParts): common.ConfigGroup {
  const message = new common.ConfigGroup()
  message.setModPolicy('Admins')
  for (const [name, encoded] of Object.entries(values)) {
    const value = new common.ConfigValue()
    value.setValue(encoded)
    value.setModPolicy('Admins')
    message.getValuesMap().set(name, value)
  }
  for (const [name, policy] of Object.entries(policies)) {
    const value = new common.ConfigPolicy()
    value.setPolicy(policy)
    value.setModPolicy('Admins')
    message.getPoliciesMap().set(name, value)
  }
  for (const [name, child] of Object.entries(groups)) message.getGroupsMap().set(name, child)
  return message
}

const any = (name: string) => implicitPolicy('ANY', name)
const majority = (name: string) => implicitPolicy('MAJORITY', name)

function role(mspId: string, wanted: msp.MSPRole.MSPRoleTypeMap[keyof msp.MSPRole.MSPRoleTypeMap]): common.Policy {
  const content = new msp.MSPRole()
  content.setMspIdentifier(mspId)
  content.setRole(wanted)
  const principal = new msp.MSPPrincipal()
  principal.setPrincipal(content.serializeBinary())
  const rule = new common.SignaturePolicy()
  rule.setSignedBy(0)
  const envelope = new common.SignaturePolicyEnvelope()
  envelope.setRule(rule)
  envelope.addIdentities(principal)
  const policy = new common.Policy()
  policy.setType(common.Policy.PolicyType.SIGNATURE)
  policy.setValue(envelope.serializeBinary())
  return policy
}

function capabilities(name: string): Uint8Array {
  const message = new common.Capabilities()
  message.getCapabilitiesMap().set(name, new common.Capability())
  return message.serializeBinary()
}

function raftMetadata(orderers: TestOrganization): Uint8Array {
  const pem = Buffer.from(orderers.member('peer').certificate)
  const consenter = new orderer.etcdraft.Consenter()
  consenter.setHost('localhost')
  consenter.setPort(7050)
  consenter.setClientTlsCert(pem)
  consenter.setServerTlsCert(pem)
  const options = new orderer.etcdraft.Options()
  options.setTickInterval('100ms')
  options.setElectionTick(10)
  options.setHeartbeatTick(1)
  options.setMaxInflightBlocks(5)
  const metadata = new orderer.etcdraft.ConfigMetadata()
  metadata.addConsenters(consenter)
  metadata.setOptions(options)
  return metadata.serializeBinary()
}
