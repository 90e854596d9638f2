import { access, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Identity } from '@cello/api'

const certificatePath = 'signcerts/cert.pem'

/** Whether an identity is complete there: another one would take its place. */
export function hasIdentity(folder: string): Promise<boolean> {
  return access(join(folder, certificatePath)).then(
    () => true,
    () => false,
  )
}

const roles = ['client', 'peer', 'admin', 'orderer'] as const

/** What Fabric's tools and SDKs read beside the key: certificates of the identity and its authorities, and how roles are told. */
export async function writeMspFolder(folder: string, identity: Identity): Promise<void> {
  const files = {
    [certificatePath]: identity.certificate,
    'cacerts/ca.pem': identity.caCertificate,
    'tlscacerts/tlsca.pem': identity.tlsCaCertificate,
    'config.yaml': nodeOus,
  }
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true, mode: 0o700 })
    await writeFile(join(folder, path), content)
  }
}

/** Fabric's NodeOUs: an organizational unit in the certificate says what its holder is. */
const nodeOus = ['NodeOUs:', '  Enable: true', ...roles.flatMap(roleLines), ''].join('\n')

function roleLines(role: (typeof roles)[number]): string[] {
  const name = `${role[0]?.toUpperCase() ?? ''}${role.slice(1)}`
  return [`  ${name}OUIdentifier:`, '    Certificate: cacerts/ca.pem', `    OrganizationalUnitIdentifier: ${role}`]
}
