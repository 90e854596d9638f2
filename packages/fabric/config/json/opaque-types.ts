import { isJsonObject, type JsonObject, type JsonValue } from './json-value.ts'

/**
 * Where a message lies in a config: names from below the channel group to a group, or on to a value. Undefined outside
 * of a config.
 */
export type ConfigPath = readonly string[] | undefined

const organizationValues = { MSP: 'msp.MSPConfig' }

/** What is inside a config value, by the group that it is in (`*` is any organization or consortium) and its name. */
const configValueTypes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '': {
    HashingAlgorithm: 'common.HashingAlgorithm',
    BlockDataHashingStructure: 'common.BlockDataHashingStructure',
    OrdererAddresses: 'common.OrdererAddresses',
    Consortium: 'common.Consortium',
    Capabilities: 'common.Capabilities',
  },
  Orderer: {
    ConsensusType: 'orderer.ConsensusType',
    BatchSize: 'orderer.BatchSize',
    BatchTimeout: 'orderer.BatchTimeout',
    KafkaBrokers: 'orderer.KafkaBrokers',
    ChannelRestrictions: 'orderer.ChannelRestrictions',
    Capabilities: 'common.Capabilities',
    Orderers: 'common.Orderers',
  },
  'Orderer/*': { ...organizationValues, Endpoints: 'common.OrdererAddresses' },
  Application: { Capabilities: 'common.Capabilities', ACLs: 'protos.ACLs' },
  'Application/*': { ...organizationValues, AnchorPeers: 'protos.AnchorPeers' },
  'Consortiums/*': { ChannelCreationPolicy: 'common.Policy' },
  'Consortiums/*/*': organizationValues,
}

type OpaqueResolver = (siblings: JsonObject, path: ConfigPath) => string | undefined

/** Which `bytes` fields hold an encoded message, and of what type, given the fields beside them. */
const opaqueFields: Readonly<Record<string, OpaqueResolver>> = {
  'common.BlockData.data': () => 'common.Envelope',
  'common.Envelope.payload': () => 'common.Payload',
  'common.Payload.data': (payload) => payloadTypes[headerType(payload)],
  'common.Header.channel_header': () => 'common.ChannelHeader',
  'common.Header.signature_header': () => 'common.SignatureHeader',
  'common.ChannelHeader.extension': ({ type }) =>
    type === endorserTransaction ? 'protos.ChaincodeHeaderExtension' : undefined,
  'common.SignatureHeader.creator': () => 'msp.SerializedIdentity',
  'common.ConfigUpdateEnvelope.config_update': () => 'common.ConfigUpdate',
  'common.ConfigSignature.signature_header': () => 'common.SignatureHeader',
  'common.ConfigUpdate.isolated_data': () => undefined,
  'common.ConfigValue.value': (_, path) => configValueType(path),
  'common.Policy.value': ({ type }) => policyTypes[Number(type)],
  'common.MSPPrincipal.principal': (principal) => entryOf(principalTypes, principal.principal_classification),
  'msp.MSPConfig.config': ({ type }) => mspTypes[Number(type)],
  'protos.TransactionAction.header': () => 'common.SignatureHeader',
  'protos.TransactionAction.payload': () => 'protos.ChaincodeActionPayload',
  'protos.ChaincodeActionPayload.chaincode_proposal_payload': () => 'protos.ChaincodeProposalPayload',
  'protos.ChaincodeProposalPayload.input': () => 'protos.ChaincodeInvocationSpec',
  'protos.ChaincodeEndorsedAction.proposal_response_payload': () => 'protos.ProposalResponsePayload',
  'protos.ProposalResponsePayload.extension': () => 'protos.ChaincodeAction',
  'protos.ChaincodeAction.results': () => 'rwset.TxReadWriteSet',
  'protos.ChaincodeAction.events': () => 'protos.ChaincodeEvent',
  'rwset.NsReadWriteSet.rwset': () => 'kvrwset.KVRWSet',
  'orderer.ConsensusType.metadata': ({ type }) => entryOf(consensusTypes, type) ?? 'google.protobuf.Empty',
}

/** `common.HeaderType`. */
const endorserTransaction = 3
const payloadTypes: Readonly<Record<number, string>> = {
  0: 'common.ConfigValue',
  1: 'common.ConfigEnvelope',
  2: 'common.ConfigUpdateEnvelope',
  [endorserTransaction]: 'protos.Transaction',
  4: 'common.Envelope',
}
const policyTypes: Readonly<Record<number, string>> = {
  1: 'common.SignaturePolicyEnvelope',
  3: 'common.ImplicitMetaPolicy',
}
const principalTypes: Readonly<Record<string, string>> = {
  ROLE: 'common.MSPRole',
  ORGANIZATION_UNIT: 'common.OrganizationUnit',
  IDENTITY: 'msp.SerializedIdentity',
}
const mspTypes: Readonly<Record<number, string>> = { 0: 'msp.FabricMSPConfig', 1: 'msp.IdemixMSPConfig' }
const consensusTypes: Readonly<Record<string, string>> = {
  etcdraft: 'orderer.etcdraft.ConfigMetadata',
  BFT: 'orderer.smartbft.Options',
}

/** Whether a `bytes` field holds an encoded message of a type known from elsewhere. */
export function isOpaque(message: string, field: string): boolean {
  return `${message}.${field}` in opaqueFields
}

/** The type of the message in an opaque field; undefined where this version does not know it. */
export function opaqueType(message: string, field: string, siblings: JsonObject, path: ConfigPath): string | undefined {
  return opaqueFields[`${message}.${field}`]?.(siblings, path)
}

/** The path of what lies in a field: configs begin at their channel group, and every group and value adds its name. */
export function pathBelow(message: string, field: string, path: ConfigPath, key?: string): ConfigPath {
  if (configRoots.has(`${message}.${field}`)) return []
  const isStep = message === 'common.ConfigGroup' && (field === 'groups' || field === 'values')
  return isStep && path && key !== undefined ? [...path, key] : undefined
}

const configRoots = new Set([
  'common.Config.channel_group',
  'common.ConfigUpdate.read_set',
  'common.ConfigUpdate.write_set',
])

function configValueType(path: ConfigPath): string | undefined {
  if (!path || path.length === 0) return undefined
  const group = path.slice(0, -1).map((name, index) => (index === 0 ? name : '*'))
  return entryOf(configValueTypes[group.join('/')] ?? {}, path.at(-1))
}

function headerType(payload: JsonObject): number {
  return Number(member(member(payload.header, 'channel_header'), 'type') ?? -1)
}

function member(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isJsonObject(value) ? value[name] : undefined
}

/** Names come from the wire: `constructor` must find nothing. */
function entryOf(table: Readonly<Record<string, string>>, name: JsonValue | undefined): string | undefined {
  return typeof name === 'string' && Object.hasOwn(table, name) ? table[name] : undefined
}
