/** Endorsement policies as definitions hold them: an own signature policy, or one of the channel's by its path. */
import { decode } from '@cello/fabric/codec'
import { common, msp, peer } from '@hyperledger/fabric-protos'
import type { ChannelConfig } from '../config/channel-config.ts'
import type { Policy } from '../policies/policy.ts'
import { findPolicy } from '../policies/policy-tree.ts'
import { signaturePolicy } from '../policies/signature-policy.ts'

export interface NamedPolicy {
  /** For the trace: the channel policy's path, or which definition the policy is of. */
  readonly name: string
  readonly policy: Policy
}

/** @param encoded `peer.ApplicationPolicy` @param name of a policy that has none of its own @throws Error with Fabric's sentence */
export function applicationPolicy(encoded: Uint8Array, name: string, config: ChannelConfig): NamedPolicy {
  const message = decode(peer.ApplicationPolicy, encoded)
  const own = message.getSignaturePolicy()
  if (own) return { name, policy: signaturePolicy(own.serializeBinary()) }
  if (!message.hasChannelConfigPolicyReference()) throw new Error('unsupported policy type <nil>')
  return channelPolicy(message.getChannelConfigPolicyReference(), config)
}

const lifecyclePath = '/Channel/Application/LifecycleEndorsement'

/** Who may change definitions: the channel's policy or, in old configs without one, a majority of the members. */
export function lifecyclePolicy(config: ChannelConfig): NamedPolicy {
  if (findPolicy(config.policies, lifecyclePath)) return channelPolicy(lifecyclePath, config)
  const mspIds = members(config).map(({ mspId }) => mspId)
  return { name: 'a majority of the members', policy: membersOutOf(Math.floor(mspIds.length / 2) + 1, mspIds) }
}

const implicitPrefix = '_implicit_org_'

/** The collection that a contract has for an organization without naming it. */
export const implicitName = (mspId: string): string => `${implicitPrefix}${mspId}`

/** The MSP id that an implicit collection belongs to. */
export function implicitOwner(collection: string): string | undefined {
  return collection.startsWith(implicitPrefix) ? collection.slice(implicitPrefix.length) : undefined
}

/** Who may write into an organization's implicit collection. @throws Error when no such organization is on the channel */
export function implicitCollectionPolicy(mspId: string, config: ChannelConfig): NamedPolicy {
  const organization = members(config).find((member) => member.mspId === mspId)
  if (!organization) throw new Error(`no org found in channel with MSPID '${mspId}'`)
  const path = `/Channel/Application/${organization.name}/Endorsement`
  if (findPolicy(config.policies, path)) return channelPolicy(path, config)
  return { name: `any member of ${mspId}`, policy: membersOutOf(1, [mspId]) }
}

function channelPolicy(path: string, config: ChannelConfig): NamedPolicy {
  const policy = findPolicy(config.policies, path)
  if (policy) return { name: path, policy }
  throw new Error(
    `could not create evaluator for channel reference policy: failed to retrieve policy for reference ${path}`,
  )
}

function members({ organizations }: ChannelConfig): { readonly name: string; readonly mspId: string }[] {
  return [...organizations].flatMap(([place, { mspId }]) => {
    const [section, name = ''] = place.split('/')
    return section === 'Application' ? [{ name, mspId }] : []
  })
}

function membersOutOf(count: number, mspIds: readonly string[]): Policy {
  const envelope = new common.SignaturePolicyEnvelope()
  const several = new common.SignaturePolicy.NOutOf()
  several.setN(count)
  for (const [index, mspId] of mspIds.entries()) {
    const role = new msp.MSPRole()
    role.setMspIdentifier(mspId)
    role.setRole(msp.MSPRole.MSPRoleType.MEMBER)
    const principal = new msp.MSPPrincipal()
    principal.setPrincipal(role.serializeBinary())
    envelope.addIdentities(principal)
    const rule = new common.SignaturePolicy()
    rule.setSignedBy(index)
    several.addRules(rule)
  }
  const rule = new common.SignaturePolicy()
  rule.setNOutOf(several)
  envelope.setRule(rule)
  return signaturePolicy(envelope.serializeBinary())
}
