import { createHash } from 'node:crypto'
import type { msp } from '@hyperledger/fabric-protos'
import { type Certificate, canonicalDer, readCertificate, sameCertificate } from './certificate.ts'
import { type Authorities, chainOf } from './chain.ts'

/** An organizational unit that means a role, perhaps only when one authority certified it. */
export interface UnitRule {
  readonly unit: string
  /** Hash of the chain of who certifies it; absent: anybody in the organization. */
  readonly certifiers?: Uint8Array
}

/** What the units of an organization's members say, as its MSP config sets it. */
export interface UnitRules {
  /** Node OUs are enforced: a member has exactly one role unit. */
  readonly enforced: boolean
  readonly roles: Readonly<Partial<Record<'client' | 'peer' | 'admin' | 'orderer', UnitRule>>>
  /** If any, a member must carry one of them. */
  readonly required: readonly UnitRule[]
}

/** SHA-256 over a chain's certificates without the member's own: Fabric's "certifiers identifier". */
export function certifiersOf(authorities: readonly Certificate[]): Uint8Array {
  const hash = createHash('sha256')
  for (const [index, authority] of authorities.entries()) {
    const issuer = authorities[index + 1] ?? authority
    hash.update(canonicalDer(authority, issuer.x509.publicKey.asymmetricKeyDetails?.namedCurve))
  }
  return new Uint8Array(hash.digest())
}

/** Reads the unit rules of an MSP config. @throws Error where a certifier is none of the organization's authorities */
export function unitRulesOf(config: msp.FabricMSPConfig, authorities: Authorities): UnitRules {
  const nodeOus = config.getFabricNodeOus()
  const required = config.getOrganizationalUnitIdentifiersList().map((ou) => unitRule(ou, authorities))
  if (!nodeOus) return { enforced: false, roles: {}, required }
  const named = {
    client: nodeOus.getClientOuIdentifier(),
    peer: nodeOus.getPeerOuIdentifier(),
    admin: nodeOus.getAdminOuIdentifier(),
    orderer: nodeOus.getOrdererOuIdentifier(),
  }
  const roles = Object.fromEntries(
    Object.entries(named).flatMap(([role, ou]) => (ou ? [[role, unitRule(ou, authorities)]] : [])),
  )
  return { enforced: nodeOus.getEnable() && Object.keys(roles).length > 0, roles, required }
}

/** @param chain of the member, itself first. @throws Error saying which rule its units break */
export function checkUnits(units: readonly string[], chain: readonly Certificate[], rules: UnitRules): void {
  const certifiers = certifiersOf(chain.slice(1))
  if (rules.required.length > 0) checkRequired(units, certifiers, rules.required)
  if (!rules.enforced) return
  const roleUnits = Object.values(rules.roles)
  const found = units.flatMap((unit) => roleUnits.filter((rule) => rule.unit === unit))
  const [first] = found
  if (!first) throw new Error('the identity does not have an OU that resolves to client, peer, orderer, or admin role')
  if (found.some((rule) => rule.certifiers && Buffer.compare(rule.certifiers, certifiers) !== 0)) {
    throw new Error('certifiersIdentifier does not match')
  }
  if (found.length > 1) {
    throw new Error('the identity must have a client, a peer, an orderer, or an admin OU role to be valid, not several')
  }
}

function checkRequired(units: readonly string[], certifiers: Uint8Array, required: readonly UnitRule[]): void {
  const fits = required.some(
    (rule) => units.includes(rule.unit) && rule.certifiers && Buffer.compare(rule.certifiers, certifiers) === 0,
  )
  if (!fits) throw new Error("none of the identity's organizational units are in the MSP")
}

function unitRule(ou: msp.FabricOUIdentifier, authorities: Authorities): UnitRule {
  const unit = ou.getOrganizationalUnitIdentifier()
  const pem = ou.getCertificate_asU8()
  if (pem.length === 0) return { unit }
  const certifier = readCertificate(pem)
  const known = [...authorities.roots, ...authorities.intermediates]
  if (!known.some((authority) => sameCertificate(authority, certifier))) {
    throw new Error('Failed adding OU. Certificate not in root or intermediate certs.')
  }
  return { unit, certifiers: certifiersOf(chainOf(certifier, authorities)) }
}
