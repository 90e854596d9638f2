/** One organization as a channel knows it: who belongs to it, and in what role. Fabric's MSP at version 1.4.3 and 3.0. */
import { decode } from '@cello/fabric/codec'
import { msp } from '@hyperledger/fabric-protos'
import { type Certificate, readCertificate, sameCertificate } from './certificate.ts'
import { type Authorities, chainOf } from './chain.ts'
import { certifiersOf, checkUnits, type UnitRules, unitRulesOf } from './organization-units.ts'
import { isRevoked, type RevocationList, readRevocationList } from './revocation.ts'

export interface Membership {
  readonly mspId: string
  readonly tls: Authorities
  /** The members' certificate chains; for hashes of certifiers. */
  certifiers(certificate: Certificate): Uint8Array
  readonly units: UnitRules
  /** Named in the config as an administrator. */
  isNamedAdmin(certificate: Certificate): boolean
  /** @throws Error saying why the certificate is no valid member's */
  validate(certificate: Certificate): void
}

export interface MembershipOptions {
  /** Channel capability V3_0: Ed25519 keys are identities too. */
  readonly ed25519: boolean
}

/** Reads and checks an organization's MSP config. @throws Error with Fabric's reason */
export function openMembership(encoded: msp.MSPConfig, options: MembershipOptions): Membership {
  if (encoded.getType() !== 0) throw new Error(`setting up the MSP manager failed: msp type ${encoded.getType()}`)
  const config = decode(msp.FabricMSPConfig, encoded.getConfig_asU8())
  const authorities = authoritiesOf(config.getRootCertsList_asU8(), config.getIntermediateCertsList_asU8())
  if (authorities.roots.length === 0) throw new Error('expected at least one CA certificate')
  const lists = config.getRevocationListList_asU8().map(readRevocationList)
  for (const authority of [...authorities.roots, ...authorities.intermediates]) checkAuthority(authority, authorities)
  for (const authority of authorities.intermediates) notRevoked(authority, authorities, lists)
  const admins = config.getAdminsList_asU8().map(readCertificate)
  const units = unitRulesOf(config, authorities)
  if (admins.length === 0 && !(units.enforced && units.roles.admin)) {
    throw new Error('administrators must be declared when no admin ou classification is set')
  }
  const membership = member(config.getName(), { authorities, lists, units, admins, ...options })
  const tls = authoritiesOf(config.getTlsRootCertsList_asU8(), config.getTlsIntermediateCertsList_asU8())
  for (const authority of [...tls.roots, ...tls.intermediates]) checkAuthority(authority, tls)
  for (const admin of admins) checkAdmin(admin, membership)
  return { ...membership, tls }
}

interface Rules extends MembershipOptions {
  readonly authorities: Authorities
  readonly lists: readonly RevocationList[]
  readonly units: UnitRules
  readonly admins: readonly Certificate[]
}

function member(mspId: string, rules: Rules): Omit<Membership, 'tls'> {
  const { authorities, units, admins } = rules
  const parents = inner(authorities)
  return {
    mspId,
    units,
    certifiers: (certificate) => certifiersOf(chainOf(certificate, authorities).slice(1)),
    isNamedAdmin: (certificate) => admins.some((admin) => sameCertificate(admin, certificate)),
    validate: remembered((certificate) => validate(certificate, rules, parents)),
  }
}

function validate(certificate: Certificate, rules: Rules, parents: readonly Certificate[]): void {
  const { authorities, lists, units } = rules
  checkKey(certificate, rules)
  if (certificate.isAuthority) throw new Error('a Certificate Authority cannot be used as an identity')
  const chain = chainOf(certificate, authorities)
  const issuer = chain[1]
  if (!issuer) throw new Error('expected a chain of length at least 2, got 1')
  if (parents.some((parent) => sameCertificate(parent, issuer))) {
    throw new Error('invalid validation chain. Parent certificate should be a leaf of the certification tree')
  }
  if (isRevoked(certificate, issuer, lists)) throw new Error('The certificate has been revoked')
  checkUnits(certificate.units, chain, units)
}

/** A config's verdict over a certificate never changes, not even with time: it is found once for each that was read. */
function remembered(check: (certificate: Certificate) => void): (certificate: Certificate) => void {
  const good = new WeakSet<Certificate>()
  return (certificate) => {
    if (good.has(certificate)) return
    check(certificate)
    good.add(certificate)
  }
}

/** Authorities that certify others here: they certify no members. */
function inner(authorities: Authorities): readonly Certificate[] {
  return authorities.intermediates.flatMap((authority) => chainOf(authority, authorities).slice(1))
}

function checkKey({ x509 }: Certificate, { ed25519 }: MembershipOptions): void {
  const type = x509.publicKey.asymmetricKeyType
  if (type !== 'ec' && !(type === 'ed25519' && ed25519)) {
    throw new Error(`could not validate identity's public key algorithm: ${type} is not supported`)
  }
}

function authoritiesOf(roots: readonly Uint8Array[], intermediates: readonly Uint8Array[]): Authorities {
  return { roots: roots.map(readCertificate), intermediates: intermediates.map(readCertificate) }
}

function checkAuthority(authority: Certificate, authorities: Authorities): void {
  const serial = authority.x509.serialNumber.toLowerCase()
  if (!authority.isAuthority) throw new Error(`CA Certificate did not have the CA attribute, (SN: ${serial})`)
  if (!authority.keyId) throw new Error(`CA Certificate problem with Subject Key Identifier extension, (SN: ${serial})`)
  chainOf(authority, authorities)
}

function notRevoked(authority: Certificate, authorities: Authorities, lists: readonly RevocationList[]): void {
  const issuer = chainOf(authority, authorities)[1]
  if (issuer && isRevoked(authority, issuer, lists)) throw new Error('CA Certificate is not valid: it has been revoked')
}

/** Where units are enforced an administrator needs the unit of a client or an administrator, elsewhere to be a member. */
function checkAdmin(admin: Certificate, members: Pick<Membership, 'validate' | 'units'>): void {
  const { enforced, roles } = members.units
  if (!enforced) {
    members.validate(admin)
    return
  }
  const { client, admin: chief } = roles
  if (![client, chief].some((rule) => rule && admin.units.includes(rule.unit))) throw new Error('admin is invalid')
}
