import type { ChannelSpec } from './channel.ts'
import type { DeploymentSpec } from './deployment.ts'
import type { NetworkSpec, OrganizationSpec } from './network-spec.ts'

/** The organizations whose orderers order this channel. */
export function orderingOrganizations(spec: NetworkSpec, channel: ChannelSpec): OrganizationSpec[] {
  return spec.organizations.filter((org) => org.orderers.length > 0 && isNamed(channel.orderers, org.name))
}

/** The organizations whose peers join this channel. */
export function memberOrganizations(spec: NetworkSpec, channel: ChannelSpec): OrganizationSpec[] {
  return spec.organizations.filter((org) => org.peers.length > 0 && isNamed(channel.members, org.name))
}

/** The member organizations that run the contract. */
export function contractOrganizations(
  spec: NetworkSpec,
  channel: ChannelSpec,
  contract: DeploymentSpec,
): OrganizationSpec[] {
  return memberOrganizations(spec, channel).filter((org) => isNamed(contract.organizations, org.name))
}

/** `Org1/peer0` for each peer that the contract is installed on. */
export function contractPeers(spec: NetworkSpec, channel: ChannelSpec, contract: DeploymentSpec): string[] {
  return contractOrganizations(spec, channel, contract)
    .flatMap((org) => org.peers.map((peer) => `${org.name}/${peer.name}`))
    .filter((ref) => isNamed(contract.peers, ref))
}

function isNamed(names: readonly string[] | undefined, name: string): boolean {
  return names === undefined || names.includes(name)
}
