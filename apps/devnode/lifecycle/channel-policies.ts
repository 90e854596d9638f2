/** Policies of a channel that definitions and approvals are judged by. */
import { common, msp, peer } from '@hyperledger/fabric-protos'
import type { ChannelConfig } from '../config/channel-config.ts'
import { capabilitiesOf } from '../config/orderer-values.ts'
import { findPolicy } from '../policies/policy-tree.ts'

const defaultEndorsement = '/Channel/Application/Endorsement'
const lifecycleEndorsement = '/Channel/Application/LifecycleEndorsement'

/** MSP ids of the application's organizations, by their groups' names. */
export function applicationOrganizations({ organizations }: ChannelConfig): ReadonlyMap<string, string> {
  const prefix = 'Application/'
  return new Map(
    [...organizations]
      .filter(([place]) => place.startsWith(prefix))
      .map(([place, { mspId }]) => [place.slice(prefix.length), mspId]),
  )
}

/** Whether the channel's definitions are kept by `_lifecycle` at all: application capability V2_0 or later. */
export function hasLifecycle({ config }: ChannelConfig): boolean {
  const application = config.getChannelGroup()?.getGroupsMap().get('Application')
  return application !== undefined && capabilitiesOf(application).some((name) => name === 'V2_0' || name === 'V2_5')
}

/** The policy of a definition that names none, encoded as `peer.ApplicationPolicy`. @throws Error in Fabric's words */
export function defaultEndorsementPolicy(config: ChannelConfig): Uint8Array {
  if (findPolicy(config.policies, defaultEndorsement)) return reference(defaultEndorsement)
  throw new Error(
    `policy '${defaultEndorsement}' must be defined for channel '${config.channel}' before chaincode operations can be attempted`,
  )
}

/** Who must endorse that a definition is committed, encoded as `peer.ApplicationPolicy`: policy of the namespace `_lifecycle`. */
export function lifecycleEndorsementPolicy(config: ChannelConfig): Uint8Array {
  if (findPolicy(config.policies, lifecycleEndorsement)) return reference(lifecycleEndorsement)
  const mspIds = [...applicationOrganizations(config).values()]
  return signedBy(Math.floor(mspIds.length / 2) + 1, mspIds)
}

/**
 * Who must endorse a write into an organization's implicit collection, encoded as `peer.ApplicationPolicy`.
 * @throws Error in Fabric's words where no organization of the channel has that MSP id
 */
export function implicitCollectionPolicy(config: ChannelConfig, mspId: string): Uint8Array {
  const [name] = [...applicationOrganizations(config)].find(([, id]) => id === mspId) ?? []
  if (name === undefined) throw new Error(`no org found in channel with MSPID '${mspId}'`)
  const path = `/Channel/Application/${name}/Endorsement`
  return findPolicy(config.policies, path) ? reference(path) : signedBy(1, [mspId])
}

/** The implicit collection of an organization as a config, as Fabric makes it up for peers that do not disseminate. */
export function implicitCollectionConfig(name: string, mspId: string): peer.StaticCollectionConfig {
  const members = new common.CollectionPolicyConfig()
  members.setSignaturePolicy(membersPolicy(1, [mspId]))
  const config = new peer.StaticCollectionConfig()
  config.setName(name)
  config.setMemberOrgsPolicy(members)
  return config
}

function reference(path: string): Uint8Array {
  const policy = new peer.ApplicationPolicy()
  policy.setChannelConfigPolicyReference(path)
  return policy.serializeBinary()
}

function signedBy(needed: number, mspIds: readonly string[]): Uint8Array {
  const policy = new peer.ApplicationPolicy()
  policy.setSignaturePolicy(membersPolicy(needed, mspIds))
  return policy.serializeBinary()
}

/** Members of so many of these organizations, which are put in order, as Fabric does. */
function membersPolicy(needed: number, mspIds: readonly string[]): common.SignaturePolicyEnvelope {
  const envelope = new common.SignaturePolicyEnvelope()
  const several = new common.SignaturePolicy.NOutOf()
  several.setN(needed)
  for (const [index, mspId] of [...mspIds].sort().entries()) {
    const role = new msp.MSPRole()
    role.setRole(msp.MSPRole.MSPRoleType.MEMBER)
    role.setMspIdentifier(mspId)
    const principal = new msp.MSPPrincipal()
    principal.setPrincipalClassification(msp.MSPPrincipal.Classification.ROLE)
    principal.setPrincipal(role.serializeBinary())
    envelope.addIdentities(principal)
    const one = new common.SignaturePolicy()
    one.setSignedBy(index)
    several.addRules(one)
  }
  const rule = new common.SignaturePolicy()
  rule.setNOutOf(several)
  envelope.setRule(rule)
  return envelope
}
