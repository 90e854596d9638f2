import { decode } from '@cello/fabric/codec'
import { type common, peer } from '@hyperledger/fabric-protos'
import type { PeerChannel } from '../committing/peer-channel.ts'
import type { ChannelConfig } from '../config/channel-config.ts'
import type { Membership } from '../msp/membership.ts'
import { oncePer } from '../once-per.ts'
import { findPolicy } from '../policies/policy-tree.ts'
import { type SignedData, signersOf } from '../policies/signed-data.ts'
import type { AccessControl } from './access.ts'
import { checkLocalPolicy } from './local-policy.ts'
import { channelPolicyOf, localPolicyOf } from './resource-policies.ts'

/**
 * Fabric's access control (core/aclmgmt): what concerns the peer is decided by its own organization alone, the rest by the
 * policy that the channel's ACLs name for it, or else by the default.
 * @param localMsp as `readLocalMembership` reads it
 */
export function accessControl({ localMsp }: { readonly localMsp: Membership }): AccessControl {
  // A config does not change; a channel gets another one.
  const overridesOf = oncePer(({ config }: ChannelConfig) => aclsOf(config))
  return {
    checkChannel(channel, resource, signed) {
      const local = localPolicyOf(resource)
      if (local !== undefined) return checkLocalPolicy(localMsp, local, signed)
      const named = overridesOf(channel.config).get(resource)
      if (named !== undefined) return checkNamed(channel.config, named, signed)
      checkDefault(channel, policyOf(resource), signed)
    },
    checkLocal(resource, signed) {
      checkLocalPolicy(localMsp, localPolicyOf(resource) ?? policyOf(resource), signed)
    },
  }
}

function policyOf(resource: string): string {
  const policy = channelPolicyOf(resource)
  if (policy === undefined) throw new Error(`Unmapped policy for ${resource}`)
  return policy
}

function checkDefault({ name, config }: PeerChannel, policy: string, signed: SignedData): void {
  const refusal = refusalOf(config, policy, signed) ?? `no such policy: '${policy}'`
  if (refusal === '') return
  throw new Error(
    `Failed evaluating policy on signed data during check policy on channel [${name}] with policy [${policy}]: [${refusal}]`,
  )
}

function checkNamed(config: ChannelConfig, policy: string, signed: SignedData): void {
  const refusal = refusalOf(config, policy, signed) ?? `policy ${policy} not found`
  if (refusal === '') return
  throw new Error(`failed evaluating policy on signed data during check policy [${policy}]: [${refusal}]`)
}

/** Empty: satisfied; undefined: there is no such policy. */
function refusalOf(config: ChannelConfig, path: string, signed: SignedData): string | undefined {
  const policy = findPolicy(config.policies, path)
  return policy && (policy(signersOf([signed], config.memberships)) ?? '')
}

/** Policies by resource, as absolute paths; a name is one of the application group's. */
function aclsOf(config: common.Config): ReadonlyMap<string, string> {
  const value = config.getChannelGroup()?.getGroupsMap().get('Application')?.getValuesMap().get('ACLs')
  if (!value) return new Map()
  const acls = decode(peer.ACLs, value.getValue_asU8()).getAclsMap()
  return new Map(
    [...acls.entries()].flatMap(([resource, acl]) => {
      const reference = acl.getPolicyRef()
      if (reference === '') return []
      return [[resource, reference.startsWith('/') ? reference : `/Channel/Application/${reference}`]]
    }),
  )
}
