/** The collections of contracts, and whose they are. */
import { decode } from '@cello/fabric/codec'
import { msp, type peer } from '@hyperledger/fabric-protos'
import type { ChannelConfig } from '../config/channel-config.ts'
import type { Lifecycle } from '../lifecycle/lifecycle.ts'
import type { StateReader } from '../state/world-state.ts'
import { implicitName, implicitOwner } from '../validation/application-policy.ts'

export interface CollectionSources {
  readonly config: ChannelConfig
  readonly state: StateReader
  readonly lifecycle: Pick<Lifecycle, 'definition'>
}

/** A contract's collections with those that every organization has implicitly; undefined where it is not defined. */
export function collectionNames(sources: CollectionSources, contract: string): readonly string[] | undefined {
  const { config, state, lifecycle } = sources
  const explicit = contract === '_lifecycle' ? [] : lifecycle.definition(state, contract)?.collections
  if (!explicit) return undefined
  const members = [...config.organizations].filter(([place]) => place.startsWith('Application/'))
  return [...explicit.map((one) => one.getName()), ...members.map(([, { mspId }]) => implicitName(mspId))]
}

/** Blocks that a collection's values live after theirs; undefined: for ever. */
export function blocksToLive(
  sources: Omit<CollectionSources, 'config'>,
  contract: string,
  collection: string,
): number | undefined {
  const blocks = explicitCollection(sources, contract, collection)?.getBlockToLive() ?? 0
  return blocks === 0 ? undefined : blocks
}

/** Whether the organization's peers keep the collection's values. */
export function isMember(
  sources: Omit<CollectionSources, 'config'>,
  contract: string,
  collection: string,
  mspId: string,
): boolean {
  const owner = implicitOwner(collection)
  if (owner !== undefined) return owner === mspId
  const policy = explicitCollection(sources, contract, collection)?.getMemberOrgsPolicy()?.getSignaturePolicy()
  return (policy?.getIdentitiesList() ?? []).some((principal) => mspIdOf(principal) === mspId)
}

function explicitCollection(
  { state, lifecycle }: Omit<CollectionSources, 'config'>,
  contract: string,
  collection: string,
): peer.StaticCollectionConfig | undefined {
  if (implicitOwner(collection) !== undefined || contract === '_lifecycle') return undefined
  return lifecycle.definition(state, contract)?.collections.find((one) => one.getName() === collection)
}

/** Member policies name organizations by their roles; as in Fabric, by nothing else that would count. */
function mspIdOf(principal: msp.MSPPrincipal): string | undefined {
  const { ROLE, ORGANIZATION_UNIT } = msp.MSPPrincipal.Classification
  const content = principal.getPrincipal_asU8()
  switch (principal.getPrincipalClassification()) {
    case ROLE:
      return decode(msp.MSPRole, content).getMspIdentifier()
    case ORGANIZATION_UNIT:
      return decode(msp.OrganizationUnit, content).getMspIdentifier()
    default:
      return undefined
  }
}
