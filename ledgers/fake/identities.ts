import { randomBytes } from 'node:crypto'
import { Secret, sha256Hex } from '@cello/kit'
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

/* No cryptography: a certificate states its facts and the digest of its key, and that is all that the fake ledger checks. */

interface Stated extends CertificateFacts {
  /** SHA-256 of the key's secret part, or of the certificate request. */
  readonly publicKey: string
  readonly attributes?: Readonly<Record<string, string>> | undefined
}

const year = 365 * 24 * 3600 * 1000

/** Issues made-up identities; a new key and serial number at each call. */
export class FakeIssuer {
  readonly #now: () => number
  readonly #random: () => string

  /** `random` gives unique text. */
  constructor(now: () => number, random: () => string = () => randomBytes(16).toString('hex')) {
    this.#now = now
    this.#random = random
  }

  organization(org: OrganizationFacts): MadeIdentity[] {
    const ca = this.#make('ca', { subject: `CN=ca.${org.domain}`, isAuthority: true })
    const tlsCa = this.#make('tls-ca', { subject: `CN=tlsca.${org.domain}`, isAuthority: true })
    const admin = this.#make('admin', {
      subject: `CN=admin@${org.domain}`,
      role: 'admin',
      issuer: readStated(ca.certificate).subject,
    })
    return [ca, tlsCa, admin]
  }

  node({ organization, ca, tlsCa, name, kind, hosts }: NodeIdentityRequest): MadeIdentity[] {
    const subject = `CN=${name}.${organization.domain}`
    this.#checkAuthority(ca)
    this.#checkAuthority(tlsCa)
    return [
      this.#make(`node/${name}`, { subject, role: kind, issuer: readStated(ca.certificate).subject }),
      this.#make(`node-tls/${name}`, { subject, names: hosts, issuer: readStated(tlsCa.certificate).subject }),
    ]
  }

  user({ organization, ca, name, role, attributes, certificateRequest }: UserRequest): MadeIdentity {
    this.#checkAuthority(ca)
    const facts = {
      subject: `CN=${name}@${organization.domain}`,
      role,
      issuer: readStated(ca.certificate).subject,
      attributes,
    }
    if (certificateRequest === undefined) return this.#make(`user/${name}`, facts)
    const certificate = this.#certificate({ ...facts, publicKey: sha256Hex(certificateRequest) })
    return { subject: `user/${name}`, certificate }
  }

  tlsClient({ organization, tlsCa, name, certificateRequest }: TlsClientRequest): MadeIdentity {
    this.#checkAuthority(tlsCa)
    const certificate = this.#certificate({
      subject: `CN=${name}@${organization.domain}`,
      issuer: readStated(tlsCa.certificate).subject,
      publicKey: sha256Hex(certificateRequest),
    })
    return { subject: `user-tls/${name}`, certificate }
  }

  #make(subject: IdentitySubject, facts: Partial<Stated> & { readonly subject: string }): MadeIdentity {
    const secret = this.#random()
    const certificate = this.#certificate({ ...facts, publicKey: sha256Hex(secret) })
    return { subject, certificate, key: new Secret(armour('FAKE PRIVATE KEY', secret)) }
  }

  #certificate(facts: Partial<Stated> & { readonly subject: string; readonly publicKey: string }): string {
    // X.509's longest common name, as Fabric's certificates have it.
    if (facts.subject.length > 'CN='.length + 64) refuse(`"${facts.subject}" cannot be part of a certificate's subject`)
    const notBefore = this.#now()
    const stated: Stated = {
      issuer: facts.subject,
      serial: sha256Hex(this.#random()).slice(0, 32),
      notBefore,
      notAfter: notBefore + (facts.isAuthority ? 15 : 1) * year,
      names: [],
      isAuthority: false,
      ...facts,
    }
    return armour('FAKE CERTIFICATE', JSON.stringify(stated))
  }

  #checkAuthority({ certificate, key }: Authority): void {
    if (!isKeyOf(certificate, key)) refuse('the key is not that of the authority’s certificate')
  }
}

/** @throws LEDGER_REFUSED when it is no certificate of the fake ledger. */
export function readFakeCertificate(pem: string): CertificateFacts {
  const { publicKey: _publicKey, attributes: _attributes, ...facts } = readStated(pem)
  return facts
}

/** Whether a key and a certificate were made together. */
export function isKeyOf(certificate: string, key: Secret): boolean {
  return sha256Hex(unarmour('FAKE PRIVATE KEY', key.reveal())) === readStated(certificate).publicKey
}

function readStated(pem: string): Stated {
  const text = unarmour('FAKE CERTIFICATE', pem)
  try {
    const stated: Stated = JSON.parse(text)
    return stated
  } catch {
    return refuse('the certificate cannot be read')
  }
}

function armour(label: string, text: string): string {
  const lines =
    Buffer.from(text)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

function unarmour(label: string, pem: string): string {
  const body = pem.split(`-----BEGIN ${label}-----`)[1]?.split('-----END')[0]
  if (body === undefined) return refuse(`this is no ${label.toLowerCase()}`)
  return Buffer.from(body, 'base64').toString()
}

function refuse(detail: string): never {
  throw new PlatformError('LEDGER_REFUSED', { detail })
}
