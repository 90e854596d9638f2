/** Certificates, keys and folders of the members of a Fabric network. Everything here is a function of its arguments. */

export type { Authority, AuthoritySubject, OrganizationAuthorities, OrganizationPlan } from './authority.ts'
export {
  createAuthority,
  createIntermediate,
  createOrganizationAuthorities,
  trustOf,
} from './authority.ts'
export { normalizeCertificate } from './certificate.ts'
export type { Credential, EnrolmentOptions, MspRole, TlsOptions } from './enrolment.ts'
export { enrol, enrolForTls, issueEnrolment, issueTls, mspRoles } from './enrolment.ts'
export type { KeyUsage, Purpose } from './extensions.ts'
export type { CertificateFacts } from './inventory.ts'
export { certificateFacts, certificateInventory } from './inventory.ts'
export type { Issuing } from './issuing.ts'
export { defaultLifetimeDays, systemIssuing } from './issuing.ts'
export { gatewaySignerOf, signerOf } from './key-signer.ts'
export { keyIdentifier, newPrivateKey, publicKeyInfoOf } from './keys.ts'
export { isLowS, lowerS } from './low-s.ts'
export type { FileTree, OrganizationMsp, Trust } from './msp-files.ts'
export {
  memberMspFiles,
  nodeUnitsYaml,
  organizationMspFiles,
  secretPaths,
  tlsFiles,
  under,
} from './msp-files.ts'
export type { Locality, Subject } from './names.ts'
export type { RenewalOptions } from './renewal.ts'
export { renewAuthority, renewCertificate } from './renewal.ts'
export type { Revocation, RevocationList, RevocationListOptions, RevocationReason } from './revocation.ts'
export {
  createRevocationList,
  isRevocationListOf,
  normalizeRevocationList,
  readRevocationList,
} from './revocation.ts'
export type { SigningRequest, SigningRequestOptions } from './signing-request.ts'
export { createSigningRequest, readSigningRequest } from './signing-request.ts'
