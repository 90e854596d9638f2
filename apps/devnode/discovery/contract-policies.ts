/** What a call of a contract asks of those who endorse it. */
import { common, type msp, peer } from '@hyperledger/fabric-protos'
import type { PeerChannel } from '../committing/peer-channel.ts'
import type { ContractDefinition } from '../lifecycle/definition.ts'
import type { Lifecycle } from '../lifecycle/lifecycle.ts'
import {
  applicationPolicyNode,
  lifecyclePolicyNode,
  memberPrincipal,
  NoSuchPolicy,
  type PolicyNode,
} from './policy-node.ts'

export interface ContractPolicies {
  readonly name: string
  /** Of the definition, as peers tell it. */
  readonly sequence: string
  /** All must be satisfied. */
  readonly policies: readonly PolicyNode[]
  /** For each collection that is read: an endorser must be one of these. */
  readonly readers: readonly (readonly msp.MSPPrincipal[])[]
}

interface Place {
  readonly channel: PeerChannel
  readonly lifecycle: Lifecycle
}

/** @throws Error in Fabric's words when the contract or a collection is not defined */
export function contractPolicies(place: Place, call: peer.ChaincodeCall): ContractPolicies {
  const { channel, lifecycle } = place
  const name = call.getName()
  if (name === '_lifecycle') {
    return { name, sequence: '1', policies: [lifecyclePolicyNode(channel.config)], readers: [] }
  }
  const definition = lifecycle.definition(channel.state, name)
  if (!definition) throw noMetadata(name, channel)
  const collections = call.getCollectionNamesList().map((collection) => ({
    collection,
    config: collectionConfig(definition, collection),
  }))
  return {
    name,
    sequence: String(definition.sequence),
    policies: policiesOf(channel, definition, collections),
    readers: call.getNoPrivateReads() ? [] : collections.map((one) => readersOf(name, one)),
  }
}

interface NamedCollection {
  readonly collection: string
  readonly config: peer.StaticCollectionConfig | undefined
}

/** The contract's policy, unless every collection has one of its own; the same policy counts once. */
function policiesOf(
  channel: PeerChannel,
  { name, validationParameter }: ContractDefinition,
  collections: readonly NamedCollection[],
): readonly PolicyNode[] {
  const encoded = collections.map((one) => one.config?.getEndorsementPolicy()?.serializeBinary() ?? validationParameter)
  const unique = new Map((encoded.length === 0 ? [validationParameter] : encoded).map((one) => [hex(one), one]))
  return [...unique.values()].map((one) => {
    try {
      return applicationPolicyNode(one, channel.config)
    } catch (error) {
      throw error instanceof NoSuchPolicy ? noMetadata(name, channel) : error
    }
  })
}

const noMetadata = (name: string, channel: PeerChannel): Error =>
  new Error(`No metadata was found for chaincode ${name} in channel ${channel.name}`)

function readersOf(contract: string, { collection, config }: NamedCollection): readonly msp.MSPPrincipal[] {
  if (!config) throw new Error(`collection ${collection} doesn't exist in collection config for chaincode ${contract}`)
  const policy = config.getMemberOrgsPolicy()?.getSignaturePolicy()
  if (!policy) throw new Error(`policy of ${collection} is nil`)
  return policy.getIdentitiesList()
}

const implicitPrefix = '_implicit_org_'

function collectionConfig({ collections }: ContractDefinition, name: string): peer.StaticCollectionConfig | undefined {
  const found = collections.find((one) => one.getName() === name)
  return found || !name.startsWith(implicitPrefix) ? found : implicitCollection(name)
}

/** The collection that every organization has: its members read it, and endorse what is written to it. */
function implicitCollection(name: string): peer.StaticCollectionConfig {
  const rule = new common.SignaturePolicy()
  rule.setSignedBy(0)
  const several = new common.SignaturePolicy.NOutOf()
  several.setN(1)
  several.addRules(rule)
  const root = new common.SignaturePolicy()
  root.setNOutOf(several)
  const policy = new common.SignaturePolicyEnvelope()
  policy.addIdentities(memberPrincipal(name.slice(implicitPrefix.length)))
  policy.setRule(root)
  const members = new peer.CollectionPolicyConfig()
  members.setSignaturePolicy(policy)
  const endorsement = new peer.ApplicationPolicy()
  endorsement.setSignaturePolicy(policy)
  const config = new peer.StaticCollectionConfig()
  config.setName(name)
  config.setMemberOrgsPolicy(members)
  config.setEndorsementPolicy(endorsement)
  return config
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
