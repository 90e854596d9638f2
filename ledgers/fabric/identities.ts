import {
  type Credential,
  certificateFacts,
  createOrganizationAuthorities,
  enrol,
  enrolForTls,
  type Authority as FabricAuthority,
  issueEnrolment,
  issueTls,
  readSigningRequest,
} from '@cello/fabric/identity'
import { Secret } from '@cello/kit'
import { PlatformError } from '@cello/model'
import type {
  Authority,
  CertificateFacts,
  IdentitySubject,
  MadeIdentity,
  NodeIdentityRequest,
  OrganizationFacts,
  TlsClientRequest,
  UserRequest,
} from '@cello/ports'
import { translated } from './errors.ts'

export function makeOrganization({ domain }: OrganizationFacts): Promise<MadeIdentity[]> {
  return translated(async () => {
    const { enrolment, tls } = createOrganizationAuthorities({ domain })
    const admin = enrol(enrolment, { name: `Admin@${domain}`, role: 'admin' })
    return [made('ca', enrolment), made('tls-ca', tls), made('admin', admin)]
  })
}

export function makeNodeIdentities(request: NodeIdentityRequest): Promise<MadeIdentity[]> {
  return translated(async () => {
    const { organization, name, kind, hosts } = request
    if (kind === 'contract')
      throw new PlatformError('UNSUPPORTED', {
        feature: 'an identity for a contract',
        reason: 'it needs none on loopback',
      })
    const fullName = `${name}.${organization.domain}`
    const enrolment = enrol(authority(request.ca), { name: fullName, role: kind })
    const tls = enrolForTls(authority(request.tlsCa), { name: fullName, hosts })
    return [made(`node/${name}`, enrolment), made(`node-tls/${name}`, tls)]
  })
}

export function makeUser(request: UserRequest): Promise<MadeIdentity> {
  return translated(async () => {
    const { organization, name, role, attributes, certificateRequest } = request
    const subject: IdentitySubject = `user/${name}`
    const options = { name: `${name}@${organization.domain}`, role, ...(attributes && { attributes }) }
    if (certificateRequest === undefined) return made(subject, enrol(authority(request.ca), options))
    // Of the request only the key is taken: name, role and attributes are the platform's to give.
    const { publicKeyInfo } = readSigningRequest(certificateRequest)
    return { subject, certificate: issueEnrolment(authority(request.ca), publicKeyInfo, options) }
  })
}

export function certifyTlsClient(request: TlsClientRequest): Promise<MadeIdentity> {
  return translated(async () => {
    const { organization, tlsCa, name, certificateRequest } = request
    const { publicKeyInfo } = readSigningRequest(certificateRequest)
    const options = { name: `${name}@${organization.domain}`, hosts: [], clientOnly: true }
    return { subject: `user-tls/${name}`, certificate: issueTls(authority(tlsCa), publicKeyInfo, options) }
  })
}

export function readCertificate(pem: string): CertificateFacts {
  try {
    const facts = certificateFacts(pem, Date.now())
    const { subject, issuer, notBefore, notAfter, kind, role } = facts
    return {
      subject,
      issuer,
      serial: facts.serialNumber,
      notBefore,
      notAfter,
      names: facts.hosts,
      isAuthority: kind === 'authority',
      role,
    }
  } catch (error) {
    throw new PlatformError('LEDGER_REFUSED', { detail: 'that is no certificate' }, { cause: error })
  }
}

function authority({ certificate, key }: Authority): FabricAuthority {
  return { certificate, privateKey: key.reveal(), parents: [] }
}

function made(subject: IdentitySubject, { certificate, privateKey }: Credential): MadeIdentity {
  return { subject, certificate, key: new Secret(privateKey) }
}
