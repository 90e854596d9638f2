/** MSP and TLS folders as Fabric reads them (docs: "Membership Service Provider structure"), as relative path → content. */
import { type Authority, trustOf } from './authority.ts'
import { readCertificate } from './certificate.ts'
import type { Credential } from './enrolment.ts'
import { decodeName, namesOfType } from './names.ts'

/** Relative path with `/` → text. Paths that hold a private key are listed by `secretPaths`. */
export type FileTree = Readonly<Record<string, string>>

/** What the folders need of an authority: never its key. */
export type Trust = Pick<Authority, 'certificate' | 'parents'>

export interface OrganizationMsp {
  readonly enrolment: Trust
  readonly tls: Trust
  /** Revocation lists, PEM `X509 CRL`. */
  readonly revocationLists?: readonly string[]
}

function commonNameOf(certificate: string): string {
  const [name = ''] = namesOfType(decodeName(readCertificate(certificate).subject), 'CN')
  // A certificate from outside may be called anything: only harmless characters reach a path.
  return name.replace(/[^A-Za-z0-9.@_-]/g, '_').replace(/^\.+/, '_') || 'ca'
}

function named(folder: string, certificates: readonly string[]): [path: string, content: string][] {
  return certificates.map((certificate, index) => {
    const before = certificates
      .slice(0, index)
      .filter((other) => commonNameOf(other) === commonNameOf(certificate)).length
    const suffix = before === 0 ? '' : `-${before + 1}`
    return [`${folder}/${commonNameOf(certificate)}${suffix}-cert.pem`, certificate]
  })
}

const nodeUnits = { Client: 'client', Peer: 'peer', Admin: 'admin', Orderer: 'orderer' } as const

/**
 * `config.yaml` that turns NodeOUs on.
 * @param certifier path in the MSP folder of the authority whose members the units describe; without it any of the MSP's
 *   authorities may certify, which leaves room for an authority's renewal
 */
export function nodeUnitsYaml(certifier?: string): string {
  const lines = Object.entries(nodeUnits).flatMap(([role, unit]) => [
    `    ${role}OUIdentifier:`,
    ...(certifier === undefined ? [] : [`        Certificate: ${certifier}`]),
    `        OrganizationalUnitIdentifier: ${unit}`,
  ])
  return `${['NodeOUs:', '    Enable: true', ...lines].join('\n')}\n`
}

/** The folder that says who an organization is; for `configtxgen`, or to give to other organizations. */
export function organizationMspFiles({ enrolment, tls, revocationLists = [] }: OrganizationMsp): FileTree {
  const trust = trustOf(enrolment)
  const tlsTrust = trustOf(tls)
  const roots = named('cacerts', [trust.root])
  const intermediates = named('intermediatecerts', trust.intermediates)
  // The chain of a member is hashed from its issuer upwards (msp/mspimplsetup.go), so the issuer is the certifier.
  const [certifier] = intermediates[0] ?? roots[0] ?? []
  return Object.fromEntries([
    ...roots,
    ...intermediates,
    ...named('tlscacerts', [tlsTrust.root]),
    ...named('tlsintermediatecerts', tlsTrust.intermediates),
    ...revocationLists.map((list, index) => [`crls/crl-${index + 1}.pem`, list]),
    ['config.yaml', nodeUnitsYaml(certifier)],
  ])
}

/** A member's own MSP folder (`mspConfigPath`, `LocalMSPDir`): its organization's, with its certificate and key. */
export function memberMspFiles(organization: OrganizationMsp, { certificate, privateKey }: Credential): FileTree {
  return {
    ...organizationMspFiles(organization),
    ...Object.fromEntries(named('signcerts', [certificate])),
    'keystore/priv_sk': privateKey,
  }
}

/**
 * A TLS folder. The certificate is followed by its intermediates, so that who knows only the root can verify it.
 * @param kind the prefix of the file names: cryptogen writes `server` for nodes, `client` for users
 */
export function tlsFiles(tls: Trust, credential: Credential, kind: 'server' | 'client' = 'server'): FileTree {
  const { root, intermediates } = trustOf(tls)
  return {
    'ca.crt': root,
    [`${kind}.crt`]: [credential.certificate, ...intermediates].join(''),
    [`${kind}.key`]: credential.privateKey,
  }
}

/** The paths of a tree whose content is a private key: to be sealed at rest and written with mode 0600. */
export function secretPaths(files: FileTree): string[] {
  return Object.keys(files).filter((path) => files[path]?.includes('PRIVATE KEY-----'))
}

/** The tree one folder deeper. */
export function under(folder: string, files: FileTree): FileTree {
  return Object.fromEntries(Object.entries(files).map(([path, content]) => [`${folder}/${path}`, content]))
}
