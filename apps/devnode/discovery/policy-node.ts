/** Endorsement policies as trees of who must sign: signature policies as they are, implicit-meta ones resolved by the channel. */
import { decode } from '@cello/fabric/codec'
import { common, msp, peer } from '@hyperledger/fabric-protos'
import type { ChannelConfig } from '../config/channel-config.ts'

/** A principal that must sign, or so many of several parts. */
export type PolicyNode = msp.MSPPrincipal | { readonly needed: number; readonly of: readonly PolicyNode[] }

/** The policy that is named is not there, or no tree can be made of it: Fabric then knows nothing of the contract. */
export class NoSuchPolicy extends Error {}

/** @param encoded `protos.ApplicationPolicy` @throws Error saying what is missing */
export function applicationPolicyNode(encoded: Uint8Array, config: ChannelConfig): PolicyNode {
  const policy = decode(peer.ApplicationPolicy, encoded)
  const signature = policy.getSignaturePolicy()
  if (signature) return signaturePolicyNode(signature)
  const reference = policy.getChannelConfigPolicyReference()
  if (reference === '') throw new NoSuchPolicy(`unsupported policy type <nil> on channel '${config.channel}'`)
  return channelPolicyNode(reference, config)
}

/** @throws Error where a rule names nobody */
export function signaturePolicyNode(envelope: common.SignaturePolicyEnvelope): PolicyNode {
  const principals = envelope.getIdentitiesList()
  const rule = envelope.getRule()
  if (principals.length === 0 || !rule) throw new Error('policy not found')
  return nodeOf(rule, principals)
}

function nodeOf(rule: common.SignaturePolicy, principals: readonly msp.MSPPrincipal[]): PolicyNode {
  const several = rule.getNOutOf()
  if (several) {
    return { needed: several.getN(), of: several.getRulesList().map((one) => nodeOf(one, principals)) }
  }
  const principal = rule.hasSignedBy() ? principals[rule.getSignedBy()] : undefined
  if (!principal) throw new Error('endorsement policy cannot be satisfied')
  return principal
}

/** @param reference `/Channel/Application/Endorsement` @throws Error in Fabric's words where there is no such policy */
export function channelPolicyNode(reference: string, { config, channel }: ChannelConfig): PolicyNode {
  const [, root, ...path] = reference.split('/')
  const group = config.getChannelGroup()
  const found = root === 'Channel' && group ? policyAt(group, path) : undefined
  if (!found) throw new NoSuchPolicy(`could not retrieve policy for reference '${reference}' on channel '${channel}'`)
  return policyNode(found.policy, found.group)
}

/** Who endorses for `_lifecycle`, by the channel's policy of that name or, without one, a majority of the members. */
export function lifecyclePolicyNode(config: ChannelConfig): PolicyNode {
  const group = config.config.getChannelGroup()
  if (group && policyAt(group, ['Application', 'LifecycleEndorsement'])) {
    return channelPolicyNode('/Channel/Application/LifecycleEndorsement', config)
  }
  const mspIds = [...config.organizations]
    .filter(([place]) => place.startsWith('Application/'))
    .map(([, { mspId }]) => mspId)
    .sort()
  return { needed: Math.floor(mspIds.length / 2) + 1, of: mspIds.map(memberPrincipal) }
}

/** Any member of the organization. */
export function memberPrincipal(mspId: string): msp.MSPPrincipal {
  const role = new msp.MSPRole()
  role.setMspIdentifier(mspId)
  role.setRole(msp.MSPRole.MSPRoleType.MEMBER)
  const principal = new msp.MSPPrincipal()
  principal.setPrincipalClassification(msp.MSPPrincipal.Classification.ROLE)
  principal.setPrincipal(role.serializeBinary())
  return principal
}

interface PlacedPolicy {
  readonly policy: common.Policy
  /** The group that it belongs to. */
  readonly group: common.ConfigGroup
}

function policyAt(group: common.ConfigGroup, path: readonly string[]): PlacedPolicy | undefined {
  const [name, ...rest] = path
  if (name === undefined) return undefined
  if (rest.length === 0) {
    const policy = group.getPoliciesMap().get(name)?.getPolicy()
    return policy && { policy, group }
  }
  const child = group.getGroupsMap().get(name)
  return child && policyAt(child, rest)
}

function policyNode(policy: common.Policy, group: common.ConfigGroup): PolicyNode {
  const { SIGNATURE, IMPLICIT_META } = common.Policy.PolicyType
  const value = policy.getValue_asU8()
  if (policy.getType() === SIGNATURE) {
    return signaturePolicyNode(decode(common.SignaturePolicyEnvelope, value))
  }
  if (policy.getType() !== IMPLICIT_META) throw new NoSuchPolicy(`policy type ${policy.getType()} is not convertible`)
  const { rule, subPolicy } = decode(common.ImplicitMetaPolicy, value).toObject()
  const children = [...group.getGroupsMap().entries()].sort(([one], [other]) => (one < other ? -1 : 1))
  const of = children.map(([, child], index) => {
    const found = policyAt(child, subPolicy.split('/'))
    if (!found) throw new NoSuchPolicy(`subpolicy number ${index} of policy ${subPolicy} is not convertible`)
    return policyNode(found.policy, found.group)
  })
  if (of.length === 0) throw new Error('policy not found')
  const { ANY, ALL } = common.ImplicitMetaPolicy.Rule
  return { needed: rule === ANY ? 1 : rule === ALL ? of.length : Math.floor(of.length / 2) + 1, of }
}
