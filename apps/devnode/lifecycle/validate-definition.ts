/** What `_lifecycle` asks of a definition before it looks at sequences (core/chaincode/lifecycle/scc.go). */
import { decode } from '@cello/fabric/codec'
import { type common, msp, type peer } from '@hyperledger/fabric-protos'
import type { ChannelConfig } from '../config/channel-config.ts'
import { readIdentity } from '../msp/identity.ts'
import { signaturePolicy } from '../policies/signature-policy.ts'
import { messageOf } from '../system-contracts/answers.ts'

const { Classification } = msp.MSPPrincipal
const systemNames = new Set(['cscc', 'escc', 'lscc', 'qscc', 'vscc'])
const nameForm = /^[a-zA-Z0-9]+([-_][a-zA-Z0-9]+)*$/
const versionForm = /^[A-Za-z0-9_.+-]+$/
// Fabric's own expression says the same in a way that takes exponential time here.
const collectionForm = /^[A-Za-z0-9-][A-Za-z0-9_-]*$/

/** @throws Error in Fabric's words */
export function checkNames(name: string, version: string): void {
  if (!nameForm.test(name)) {
    throw new Error(
      `invalid chaincode name '${name}'. Names can only consist of alphanumerics, '_', and '-' and can only begin with alphanumerics`,
    )
  }
  if (systemNames.has(name)) throw new Error(`chaincode name '${name}' is the name of a system chaincode`)
  if (!versionForm.test(version)) {
    throw new Error(
      `invalid chaincode version '${version}'. Versions can only consist of alphanumerics, '_', '-', '+', and '.'`,
    )
  }
}

/** @throws Error in Fabric's words */
export function staticCollections(
  collections: peer.CollectionConfigPackage | undefined,
): readonly peer.StaticCollectionConfig[] {
  return (collections?.getConfigList() ?? []).map((config) => {
    const found = config.getStaticCollectionConfig()
    if (found) return found
    throw new Error('collection config contains unexpected payload type: <nil>')
  })
}

/** @throws Error in Fabric's words */
export function checkCollections(collections: readonly peer.StaticCollectionConfig[], config: ChannelConfig): void {
  const names = new Set<string>()
  for (const collection of collections) {
    const name = collection.getName()
    if (!collectionForm.test(name)) {
      throw new Error(
        `invalid collection name '${name}'. Names can only consist of alphanumerics, '_', and '-' and cannot begin with '_'`,
      )
    }
    if (names.has(name)) {
      throw new Error(`collection-name: ${name} -- found duplicate in collection configuration`)
    }
    names.add(name)
    checkPeerCounts(collection)
    checkMembers(collection, config)
  }
}

function checkPeerCounts(collection: peer.StaticCollectionConfig): void {
  const [name, most, needed] = [
    collection.getName(),
    collection.getMaximumPeerCount(),
    collection.getRequiredPeerCount(),
  ]
  if (most < needed) {
    throw new Error(
      `collection-name: ${name} -- maximum peer count (${most}) cannot be less than the required peer count (${needed})`,
    )
  }
  if (needed < 0) {
    throw new Error(`collection-name: ${name} -- requiredPeerCount (${needed}) cannot be less than zero`)
  }
}

function checkMembers(collection: peer.StaticCollectionConfig, config: ChannelConfig): void {
  const name = collection.getName()
  const members = collection.getMemberOrgsPolicy()
  if (!members) throw new Error(`collection member policy is not set for collection '${name}'`)
  const policy = members.getSignaturePolicy()
  if (!policy) throw new Error(`collection member org policy is empty for collection '${name}'`)
  try {
    signaturePolicy(policy.serializeBinary())
  } catch (error) {
    throw new Error(`invalid member org policy for collection '${name}': ${messageOf(error)}`, { cause: error })
  }
  checkAlternatives(name, policy.getRule())
  for (const principal of policy.getIdentitiesList()) checkPrincipal(name, principal, config)
}

/** Members may be any of several, and nothing else. */
function checkAlternatives(name: string, rule: common.SignaturePolicy | undefined): void {
  const several = rule?.getNOutOf()
  if (!several) return
  if (several.getN() !== 1) {
    throw new Error(
      `collection-name: ${name} -- error in member org policy: signature policy is not an OR concatenation, NOutOf ${several.getN()}`,
    )
  }
  for (const part of several.getRulesList()) checkAlternatives(name, part)
}

function checkPrincipal(name: string, principal: msp.MSPPrincipal, { memberships }: ChannelConfig): void {
  const [kind, content] = [principal.getPrincipalClassification(), principal.getPrincipal_asU8()]
  if (kind === Classification.IDENTITY) {
    try {
      readIdentity(content, memberships)
      return
    } catch (error) {
      throw new Error(`collection-name: ${name} -- contains an identity that is not part of the channel`, {
        cause: error,
      })
    }
  }
  const mspId = organizationNamed(name, kind, content)
  if (memberships.has(mspId)) return
  throw new Error(`collection-name: ${name} -- collection member '${mspId}' is not part of the channel`)
}

function organizationNamed(name: string, kind: number, content: Uint8Array): string {
  const read = (what: string, parse: () => string) => {
    try {
      return parse()
    } catch (error) {
      throw new Error(`collection-name: ${name} -- cannot unmarshal identity bytes into ${what}: ${messageOf(error)}`, {
        cause: error,
      })
    }
  }
  if (kind === Classification.ROLE) {
    return read('MSPRole', () => decode(msp.MSPRole, content).getMspIdentifier())
  }
  if (kind === Classification.ORGANIZATION_UNIT) {
    return read('OrganizationUnit', () => decode(msp.OrganizationUnit, content).getMspIdentifier())
  }
  const [kindName = String(kind)] = Object.entries(Classification).find(([, value]) => value === kind) ?? []
  throw new Error(`collection-name: ${name} -- principal type ${kindName} is not supported`)
}

/** A collection that is there may not go, nor live longer or shorter. @throws Error in Fabric's words */
export function checkAgainstCommitted(
  proposed: readonly peer.StaticCollectionConfig[],
  committed: readonly peer.StaticCollectionConfig[],
): void {
  if (committed.length === 0) return
  if (proposed.length === 0) {
    throw new Error('the proposed collection config does not contain previously defined collections')
  }
  for (const old of committed) {
    const now = proposed.findLast((collection) => collection.getName() === old.getName())
    if (!now) {
      throw new Error(`existing collection [${old.getName()}] missing in the proposed collection configuration`)
    }
    if (now.getBlockToLive() !== old.getBlockToLive()) {
      throw new Error(
        `the BlockToLive in an existing collection [${old.getName()}] modified. Existing value [${old.getBlockToLive()}]`,
      )
    }
  }
}
