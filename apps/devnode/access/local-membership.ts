/** The peer's own organization, from the MSP folder that its own identity lies in. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { msp } from '@hyperledger/fabric-protos'
import { parse } from 'yaml'
import { type Membership, openMembership } from '../msp/membership.ts'

/** @param folder `peer.mspConfigPath` @throws Error saying which part of it is missing or wrong, as Fabric's MSP does */
export function readLocalMembership(folder: string, mspId: string): Membership {
  const config = new msp.FabricMSPConfig()
  const roots = pemFiles(join(folder, 'cacerts'))
  if (roots.length === 0) throw new Error(`no ca certificate found in directory ${join(folder, 'cacerts')}`)
  const tlsRoots = pemFiles(join(folder, 'tlscacerts'))
  config.setName(mspId)
  config.setRootCertsList(roots)
  config.setIntermediateCertsList(pemFiles(join(folder, 'intermediatecerts')))
  config.setAdminsList(pemFiles(join(folder, 'admincerts')))
  config.setRevocationListList(pemFiles(join(folder, 'crls')))
  config.setTlsRootCertsList(tlsRoots)
  if (tlsRoots.length > 0) config.setTlsIntermediateCertsList(pemFiles(join(folder, 'tlsintermediatecerts')))
  addUnits(config, folder)
  const encoded = new msp.MSPConfig()
  encoded.setConfig(config.serializeBinary())
  // A local MSP takes every kind of key, whatever the channels' capabilities are (msp.Options).
  return openMembership(encoded, { ed25519: true })
}

/** As Fabric does: in the order of names, and what is no PEM is passed over. */
function pemFiles(folder: string): Uint8Array[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .map((name) => readFileSync(join(folder, name)))
    .filter((content) => content.includes('-----BEGIN'))
    .map((content) => new Uint8Array(content))
}

const roles = {
  ClientOUIdentifier: 'setClientOuIdentifier',
  PeerOUIdentifier: 'setPeerOuIdentifier',
  AdminOUIdentifier: 'setAdminOuIdentifier',
  OrdererOUIdentifier: 'setOrdererOuIdentifier',
} as const

function addUnits(config: msp.FabricMSPConfig, folder: string): void {
  const path = join(folder, 'config.yaml')
  if (!existsSync(path)) return
  const content: unknown = parse(readFileSync(path, 'utf8'))
  const required = part(content, 'OrganizationalUnitIdentifiers')
  for (const entry of Array.isArray(required) ? required : []) {
    config.addOrganizationalUnitIdentifiers(identifier(entry, readFileSync(join(folder, text(entry, 'Certificate')))))
  }
  const nodeOus = part(content, 'NodeOUs')
  if (part(nodeOus, 'Enable') !== true) return
  const units = new msp.FabricNodeOUs()
  units.setEnable(true)
  for (const [name, set] of Object.entries(roles)) {
    const role = part(nodeOus, name)
    if (text(role, 'OrganizationalUnitIdentifier') === '') continue
    units[set](identifier(role, certifier(folder, text(role, 'Certificate'))))
  }
  config.setFabricNodeOus(units)
}

function identifier(entry: unknown, certificate: Uint8Array): msp.FabricOUIdentifier {
  const found = new msp.FabricOUIdentifier()
  found.setOrganizationalUnitIdentifier(text(entry, 'OrganizationalUnitIdentifier'))
  found.setCertificate(certificate)
  return found
}

/** A role's certifier that cannot be read is left out, as in Fabric: then anybody of the organization certifies it. */
function certifier(folder: string, path: string): Uint8Array {
  const file = join(folder, path)
  return path !== '' && existsSync(file) ? readFileSync(file) : new Uint8Array()
}

function part(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}

function text(value: unknown, key: string): string {
  const found = part(value, key)
  return typeof found === 'string' ? found : ''
}
