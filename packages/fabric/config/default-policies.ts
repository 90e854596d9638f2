import type { PolicySet } from './channel-spec.ts'
import type { PolicySpec } from './policy-spec.ts'

/** Policies of the channel group, as in Fabric's shipped configtx.yaml. */
export const defaultChannelPolicies: PolicySet = {
  Readers: implicit('ANY Readers'),
  Writers: implicit('ANY Writers'),
  Admins: implicit('MAJORITY Admins'),
}

/** Policies of the orderer group, as in Fabric's shipped configtx.yaml. */
export const defaultOrdererPolicies: PolicySet = {
  ...defaultChannelPolicies,
  BlockValidation: implicit('ANY Writers'),
}

/** Policies of the application group, as in Fabric's shipped configtx.yaml. */
export const defaultApplicationPolicies: PolicySet = {
  ...defaultChannelPolicies,
  LifecycleEndorsement: implicit('MAJORITY Endorsement'),
  Endorsement: implicit('MAJORITY Endorsement'),
}

/** Policies of an organization with peers, as in Fabric's sample network; they need NodeOUs. */
export function defaultOrganizationPolicies(mspId: string): PolicySet {
  return {
    Readers: signature(`OR('${mspId}.admin', '${mspId}.peer', '${mspId}.client')`),
    Writers: signature(`OR('${mspId}.admin', '${mspId}.client')`),
    Admins: signature(`OR('${mspId}.admin')`),
    Endorsement: signature(`OR('${mspId}.peer')`),
  }
}

/** Policies of an organization with orderers, as in Fabric's sample network. */
export function defaultOrdererOrganizationPolicies(mspId: string): PolicySet {
  return {
    Readers: signature(`OR('${mspId}.member')`),
    Writers: signature(`OR('${mspId}.member')`),
    Admins: signature(`OR('${mspId}.admin')`),
  }
}

function implicit(rule: string): PolicySpec {
  return { type: 'ImplicitMeta', rule }
}

function signature(rule: string): PolicySpec {
  return { type: 'Signature', rule }
}
