import { type common, peer } from '@hyperledger/fabric-protos'
import { decode } from '../codec/decode.ts'
import { formatPolicy, parsePolicy } from '../codec/policy-text.ts'
import { FabricError } from '../errors.ts'

/**
 * Who must endorse: a signature policy as text; a policy of the channel's config such as `/Channel/Application/Endorsement`;
 * or, where `formatPolicy` has no text for a signature policy that was made elsewhere, its `peer.ApplicationPolicy` in base64.
 */
export type EndorsementPolicy =
  | { readonly signature: string }
  | { readonly channelConfig: string }
  | { readonly encoded: string }

/** Data that only some organizations' peers hold. */
export interface PrivateCollection {
  readonly name: string
  /**
   * Whose peers hold it, e.g. `OR('Org1MSP.member', 'Org2MSP.member')`: Fabric takes only ORs here. Where a policy that was made
   * elsewhere has no text (it may name organizational units), its `peer.CollectionPolicyConfig` in base64.
   */
  readonly members: string | { readonly encoded: string }
  /** Peers that must have the data before the endorsement is given; default 0. */
  readonly requiredPeerCount?: number
  /** Peers that are sent the data at endorsement; default 1. */
  readonly maxPeerCount?: number
  /** Blocks after which the data is purged; default 0: never. It can never be changed. */
  readonly blockToLive?: number
  /** Whether only members may read and write through the contract; default true. */
  readonly memberOnlyRead?: boolean
  readonly memberOnlyWrite?: boolean
  readonly endorsementPolicy?: EndorsementPolicy
}

/** What organizations agree on before a contract runs on a channel. */
export interface ContractDefinition {
  readonly name: string
  readonly version: string
  /** 1 for the first definition on the channel, then one more each time. */
  readonly sequence: number
  /** Whether the contract's first call must be an initialization; default false. */
  readonly initRequired?: boolean
  /** Default: the channel's `/Channel/Application/Endorsement`. */
  readonly endorsementPolicy?: EndorsementPolicy
  readonly collections?: readonly PrivateCollection[]
  /** Defaults `escc` and `vscc`: Fabric's own. */
  readonly endorsementPlugin?: string
  readonly validationPlugin?: string
}

/** The fields that every lifecycle message about a definition has. */
interface DefinitionMessage {
  setName(value: string): void
  setVersion(value: string): void
  setSequence(value: number): void
  setInitRequired(value: boolean): void
  setEndorsementPlugin(value: string): void
  setValidationPlugin(value: string): void
  setValidationParameter(value: Uint8Array | string): void
  setCollections(value?: peer.CollectionConfigPackage): void
}

/** Writes a definition into an approve, readiness or commit message. @throws FabricError INVALID for a policy's text or a number */
export function fillDefinition<M extends DefinitionMessage>(message: M, definition: ContractDefinition): M {
  message.setName(definition.name)
  message.setVersion(definition.version)
  message.setSequence(whole(definition.sequence, 'the sequence'))
  message.setInitRequired(definition.initRequired ?? false)
  message.setEndorsementPlugin(definition.endorsementPlugin ?? '')
  message.setValidationPlugin(definition.validationPlugin ?? '')
  if (definition.endorsementPolicy) {
    message.setValidationParameter(applicationPolicy(definition.endorsementPolicy).serializeBinary())
  }
  if (definition.collections) message.setCollections(collectionPackage(definition.collections))
  return message
}

function whole(value: number, what: string): number {
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new FabricError('INVALID', `${value} is no whole number: ${what} of the definition`)
}

function applicationPolicy(policy: EndorsementPolicy): peer.ApplicationPolicy {
  if ('encoded' in policy) return decode(peer.ApplicationPolicy, Buffer.from(policy.encoded, 'base64'))
  const message = new peer.ApplicationPolicy()
  if ('signature' in policy) message.setSignaturePolicy(parsePolicy(policy.signature))
  else message.setChannelConfigPolicyReference(policy.channelConfig)
  return message
}

function collectionPackage(collections: readonly PrivateCollection[]): peer.CollectionConfigPackage {
  const message = new peer.CollectionConfigPackage()
  message.setConfigList(
    collections.map((collection) => {
      const config = new peer.CollectionConfig()
      config.setStaticCollectionConfig(staticCollection(collection))
      return config
    }),
  )
  return message
}

function staticCollection(collection: PrivateCollection): peer.StaticCollectionConfig {
  const message = new peer.StaticCollectionConfig()
  message.setName(collection.name)
  message.setMemberOrgsPolicy(memberPolicy(collection.members))
  message.setRequiredPeerCount(whole(collection.requiredPeerCount ?? 0, 'requiredPeerCount'))
  message.setMaximumPeerCount(whole(collection.maxPeerCount ?? 1, 'maxPeerCount'))
  message.setBlockToLive(whole(collection.blockToLive ?? 0, 'blockToLive'))
  message.setMemberOnlyRead(collection.memberOnlyRead ?? true)
  message.setMemberOnlyWrite(collection.memberOnlyWrite ?? true)
  if (collection.endorsementPolicy) message.setEndorsementPolicy(applicationPolicy(collection.endorsementPolicy))
  return message
}

function memberPolicy(members: PrivateCollection['members']): peer.CollectionPolicyConfig {
  if (typeof members !== 'string') return decode(peer.CollectionPolicyConfig, Buffer.from(members.encoded, 'base64'))
  const message = new peer.CollectionPolicyConfig()
  message.setSignaturePolicy(parsePolicy(members))
  return message
}

/** The fields that every lifecycle answer about a definition has. */
export interface DefinitionAnswer {
  getVersion(): string
  getSequence(): number
  getInitRequired(): boolean
  getEndorsementPlugin(): string
  getValidationPlugin(): string
  getValidationParameter_asU8(): Uint8Array
  getCollections(): peer.CollectionConfigPackage | undefined
}

/** A definition as Fabric holds it, every default written out. @throws FabricError as `readCollections` */
export function readDefinition(name: string, answer: DefinitionAnswer): Required<ContractDefinition> {
  return {
    name,
    version: answer.getVersion(),
    sequence: answer.getSequence(),
    initRequired: answer.getInitRequired(),
    endorsementPolicy: readPolicy(decode(peer.ApplicationPolicy, answer.getValidationParameter_asU8())),
    collections: readCollections(answer.getCollections()),
    endorsementPlugin: answer.getEndorsementPlugin(),
    validationPlugin: answer.getValidationPlugin(),
  }
}

function readPolicy(policy: peer.ApplicationPolicy): EndorsementPolicy {
  const signature = policy.getSignaturePolicy()
  if (!signature) return { channelConfig: policy.getChannelConfigPolicyReference() }
  const text = textOf(signature)
  return text === undefined ? inBase64(policy) : { signature: text }
}

/** Undefined where a policy that was made elsewhere has no text. */
function textOf(policy: common.SignaturePolicyEnvelope): string | undefined {
  try {
    return formatPolicy(policy)
  } catch (error) {
    if (error instanceof FabricError && error.code === 'INVALID') return undefined
    throw error
  }
}

function inBase64(policy: peer.ApplicationPolicy | peer.CollectionPolicyConfig): { readonly encoded: string } {
  return { encoded: Buffer.from(policy.serializeBinary()).toString('base64') }
}

/**
 * The collections of a definition or of a peer's answer about them.
 * @throws FabricError UNKNOWN_FIELDS for a kind of collection of a newer Fabric
 */
export function readCollections(message: peer.CollectionConfigPackage | undefined): readonly PrivateCollection[] {
  return (message?.getConfigList() ?? []).map((config) => {
    const collection = config.getStaticCollectionConfig()
    const policy = collection?.getMemberOrgsPolicy()
    const signature = policy?.getSignaturePolicy()
    if (!collection || !policy || !signature) {
      throw new FabricError('UNKNOWN_FIELDS', 'A private data collection is of a kind that this version does not know')
    }
    const endorsement = collection.getEndorsementPolicy()
    return {
      name: collection.getName(),
      members: textOf(signature) ?? inBase64(policy),
      requiredPeerCount: collection.getRequiredPeerCount(),
      maxPeerCount: collection.getMaximumPeerCount(),
      blockToLive: collection.getBlockToLive(),
      memberOnlyRead: collection.getMemberOnlyRead(),
      memberOnlyWrite: collection.getMemberOnlyWrite(),
      ...(endorsement ? { endorsementPolicy: readPolicy(endorsement) } : {}),
    }
  })
}
