import { decode } from '@cello/fabric/codec'
import { msp } from '@hyperledger/fabric-protos'
import { oncePer } from '../once-per.ts'
import { sameCertificate } from './certificate.ts'
import { type Identity, readIdentity } from './identity.ts'

const { Classification } = msp.MSPPrincipal
const { MSPRoleType } = msp.MSPRole

type Decide = (identity: Identity) => boolean

/** A policy's principals are asked again and again, and never change. */
const decisionOf = oncePer(readPrincipal)

/** Whether an identity is what a policy asks for; an identity that is no valid member is nothing. */
export function satisfies(identity: Identity, principal: msp.MSPPrincipal): boolean {
  try {
    return decisionOf(principal)(identity)
  } catch {
    return false // not a valid member, or a principal that cannot be read
  }
}

/** @throws Error where it cannot be read */
function readPrincipal(principal: msp.MSPPrincipal): Decide {
  const content = principal.getPrincipal_asU8()
  switch (principal.getPrincipalClassification()) {
    case Classification.ROLE: {
      const role = decode(msp.MSPRole, content)
      return (identity) => hasRole(identity, role)
    }
    case Classification.ORGANIZATION_UNIT: {
      const unit = decode(msp.OrganizationUnit, content)
      return (identity) => hasUnit(identity, unit)
    }
    case Classification.IDENTITY:
      return (identity) => isIdentity(identity, content)
    case Classification.ANONYMITY: {
      const { NOMINAL } = msp.MSPIdentityAnonymity.MSPIdentityAnonymityType
      const isNominal = decode(msp.MSPIdentityAnonymity, content).getAnonymityType() === NOMINAL
      return () => isNominal
    }
    case Classification.COMBINED: {
      const parts = decode(msp.CombinedPrincipal, content).getPrincipalsList().map(readPrincipal)
      return (identity) => parts.length > 0 && parts.every((decide) => decide(identity))
    }
    default:
      return () => false
  }
}

function hasRole(identity: Identity, role: msp.MSPRole): boolean {
  const { certificate, membership } = identity
  if (role.getMspIdentifier() !== membership.mspId) return false
  const wanted = role.getRole()
  if (wanted === MSPRoleType.ADMIN && membership.isNamedAdmin(certificate)) return true
  membership.validate(certificate)
  if (wanted === MSPRoleType.MEMBER) return true
  const name = roleNames[wanted]
  if (!membership.units.enforced || name === undefined) return false
  const rule = membership.units.roles[name]
  return rule !== undefined && certificate.units.includes(rule.unit)
}

const roleNames: Readonly<Record<number, 'client' | 'peer' | 'admin' | 'orderer'>> = {
  [MSPRoleType.ADMIN]: 'admin',
  [MSPRoleType.CLIENT]: 'client',
  [MSPRoleType.PEER]: 'peer',
  [MSPRoleType.ORDERER]: 'orderer',
}

function hasUnit({ certificate, membership }: Identity, wanted: msp.OrganizationUnit): boolean {
  if (wanted.getMspIdentifier() !== membership.mspId) return false
  membership.validate(certificate)
  return (
    certificate.units.includes(wanted.getOrganizationalUnitIdentifier()) &&
    Buffer.compare(membership.certifiers(certificate), wanted.getCertifiersIdentifier_asU8()) === 0
  )
}

function isIdentity({ certificate, membership }: Identity, serialized: Uint8Array): boolean {
  const wanted = readIdentity(serialized, new Map([[membership.mspId, membership]]))
  if (!sameCertificate(certificate, wanted.certificate)) return false
  membership.validate(certificate)
  return true
}
