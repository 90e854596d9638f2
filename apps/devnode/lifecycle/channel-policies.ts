/** What a channel's config says about definitions: who votes, and which policy one has that names none. */
import { peer } from '@hyperledger/fabric-protos'
import type { ChannelConfig } from '../config/channel-config.ts'
import { capabilitiesOf } from '../config/orderer-values.ts'
import { findPolicy } from '../policies/policy-tree.ts'

const defaultEndorsement = '/Channel/Application/Endorsement'

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

function reference(path: string): Uint8Array {
  const policy = new peer.ApplicationPolicy()
  policy.setChannelConfigPolicyReference(path)
  return policy.serializeBinary()
}
