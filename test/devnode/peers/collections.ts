/** For tests only: collections as definitions hold them, right and wrong. */
import { X509Certificate } from 'node:crypto'
import { parsePolicy, sha256 } from '@cello/fabric/codec'
import { type common, msp, peer } from '@hyperledger/fabric-protos'

export interface Collection {
  readonly name: string
  /** As text; absent: no policy at all. */
  readonly members?: string | common.SignaturePolicyEnvelope
  readonly required?: number
  readonly maximum?: number
  readonly blocksToLive?: number
  readonly withoutConfig?: boolean
}

export const membersOfFirst = "OR('Org1MSP.member')"

export function collections(...wanted: readonly Collection[]): peer.CollectionConfigPackage {
  const message = new peer.CollectionConfigPackage()
  message.setConfigList(
    wanted.map((one) => {
      const config = new peer.CollectionConfig()
      if (one.withoutConfig) return config
      const collection = new peer.StaticCollectionConfig()
      collection.setName(one.name)
      collection.setRequiredPeerCount(one.required ?? 0)
      collection.setMaximumPeerCount(one.maximum ?? 0)
      collection.setBlockToLive(one.blocksToLive ?? 0)
      collection.setMemberOnlyRead(true)
      if (one.members !== undefined) {
        const policy = new peer.CollectionPolicyConfig()
        policy.setSignaturePolicy(typeof one.members === 'string' ? parsePolicy(one.members) : one.members)
        collection.setMemberOrgsPolicy(policy)
      }
      config.setStaticCollectionConfig(collection)
      return config
    }),
  )
  return message
}

/**
 * A policy that asks for one signature of somebody in this organizational unit.
 * @param certifier the authority that says so, PEM; absent: left out, which nobody satisfies
 */
export function unitPolicy(mspId: string, unit: string, certifier?: string): Uint8Array {
  const principal = new msp.OrganizationUnit()
  principal.setMspIdentifier(mspId)
  principal.setOrganizationalUnitIdentifier(unit)
  if (certifier !== undefined) principal.setCertifiersIdentifier(sha256(new X509Certificate(certifier).raw))
  return onePrincipal(msp.MSPPrincipal.Classification.ORGANIZATION_UNIT, principal.serializeBinary())
}

/** A policy that asks for the signature of this very identity. */
export const identityPolicy = (identity: Uint8Array): Uint8Array =>
  onePrincipal(msp.MSPPrincipal.Classification.IDENTITY, identity)

/** A policy that nobody satisfies: it asks for an identity that tells nothing of itself. */
export const anonymityPolicy = (): Uint8Array => {
  const principal = new msp.MSPIdentityAnonymity()
  principal.setAnonymityType(msp.MSPIdentityAnonymity.MSPIdentityAnonymityType.ANONYMOUS)
  return onePrincipal(msp.MSPPrincipal.Classification.ANONYMITY, principal.serializeBinary())
}

function onePrincipal(classification: number, bytes: Uint8Array): Uint8Array {
  const envelope = parsePolicy("OR('X.member')")
  const principal = new msp.MSPPrincipal()
  principal.setPrincipalClassification(classification as 0)
  principal.setPrincipal(bytes)
  envelope.setIdentitiesList([principal])
  const message = new peer.ApplicationPolicy()
  message.setSignaturePolicy(envelope)
  return message.serializeBinary()
}
