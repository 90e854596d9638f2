/** For tests only: the same channel made by Fabric's own configtxgen, and what its configtxlator says. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { common } from '@hyperledger/fabric-protos'
import type { ChannelSpec, MspSpec, OuIdentifier, PolicySet, RaftConsenter } from '../config/index.ts'
import * as defaults from '../config/index.ts'
import type { RealFabric } from './real-fabric.ts'
import { writeTree } from './real-node.ts'

/** A folder of its own that is gone when `use` returns. */
export function inTemporaryFolder<Result>(use: (folder: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'cello-config-'))
  try {
    return use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Block 0 of the channel as configtxgen makes it from a profile that says what the spec says. */
export function officialGenesisBlock(fabric: RealFabric, spec: ChannelSpec): Uint8Array {
  return inTemporaryFolder((folder) => {
    writeTree(folder, configtxFiles(folder, spec))
    const block = join(folder, 'genesis.block')
    const args = ['-profile', 'Channel', '-channelID', spec.channelId, '-outputBlock', block, '-configPath', folder]
    execFileSync(fabric.program('configtxgen'), args, { stdio: 'pipe', timeout: 30_000 })
    return new Uint8Array(readFileSync(block))
  })
}

/** The text of `configtxlator proto_decode`. */
export function officialDecode(fabric: RealFabric, type: string, bytes: Uint8Array): string {
  return translate(fabric, ['proto_decode', '--type', type], { input: bytes }).toString('utf8')
}

/** The bytes of `configtxlator proto_encode`. */
export function officialEncode(fabric: RealFabric, type: string, json: string): Uint8Array {
  return new Uint8Array(translate(fabric, ['proto_encode', '--type', type], { input: Buffer.from(json) }))
}

/** The update of `configtxlator compute_update`; undefined where it finds no difference. */
export function officialUpdate(
  fabric: RealFabric,
  channelId: string,
  original: common.Config,
  updated: common.Config,
): common.ConfigUpdate | undefined {
  const files = { original: original.serializeBinary(), updated: updated.serializeBinary() }
  try {
    const bytes = translate(fabric, ['compute_update', '--channel_id', channelId], files)
    return common.ConfigUpdate.deserializeBinary(new Uint8Array(bytes))
  } catch (error) {
    assert.match(String(error), /no differences detected/)
    return undefined
  }
}

/** All through files: configtxlator opens its output by name, and what Node gives a child as output has none. */
function translate(fabric: RealFabric, args: readonly string[], files: Readonly<Record<string, Uint8Array>>): Buffer {
  return inTemporaryFolder((folder) => {
    const inputs = Object.entries(files).flatMap(([name, content]) => {
      writeFileSync(join(folder, name), content)
      return [`--${name}`, join(folder, name)]
    })
    const output = join(folder, 'output')
    const all = [...args, ...inputs, '--output', output]
    execFileSync(fabric.program('configtxlator'), all, { stdio: 'pipe', timeout: 30_000 })
    return readFileSync(output)
  })
}

/** configtx.yaml (JSON is YAML too), the MSP folders and the certificates that it names. */
function configtxFiles(folder: string, spec: ChannelSpec): Record<string, string> {
  const files: Record<string, string> = {}
  const add = (path: string, content: string): string => {
    files[path] = content
    return join(folder, path)
  }
  const organization = (role: string, each: { name: string; msp: MspSpec; policies?: PolicySet }, own: PolicySet) => {
    const place = `${role}-${each.name}`
    for (const [path, content] of Object.entries(mspFiles(each.msp))) add(`${place}/${path}`, content)
    const Policies = policies({ ...own, ...each.policies })
    return { Name: each.name, ID: each.msp.mspId, MSPDir: join(folder, place), Policies }
  }
  const Orderer = {
    ...ordererSection(spec, add),
    Organizations: spec.orderer.organizations.map((each) => ({
      ...organization('orderer', each, defaults.defaultOrdererOrganizationPolicies(each.msp.mspId)),
      OrdererEndpoints: each.endpoints ?? [],
    })),
  }
  const Application = {
    ACLs: spec.acls ?? {},
    Capabilities: switches(spec.capabilities.application),
    Policies: policies({ ...defaults.defaultApplicationPolicies, ...spec.application.policies }),
    Organizations: spec.application.organizations.map((each) => ({
      ...organization('application', each, defaults.defaultOrganizationPolicies(each.msp.mspId)),
      AnchorPeers: (each.anchorPeers ?? []).map(({ host, port }) => ({ Host: host, Port: port })),
    })),
  }
  const Channel = {
    Capabilities: switches(spec.capabilities.channel),
    Policies: policies({ ...defaults.defaultChannelPolicies, ...spec.policies }),
    Orderer,
    Application,
  }
  add('configtx.yaml', JSON.stringify({ Profiles: { Channel } }))
  return files
}

function ordererSection(spec: ChannelSpec, add: (path: string, content: string) => string) {
  const { addresses, batch, consensus, maxChannels } = spec.orderer
  const address = (consenter: RaftConsenter, index: number) => ({
    Host: consenter.host,
    Port: consenter.port,
    ClientTLSCert: add(`consenter${index}/client.pem`, consenter.clientTlsCertificate),
    ServerTLSCert: add(`consenter${index}/server.pem`, consenter.serverTlsCertificate),
  })
  const consenters =
    consensus.type === 'etcdraft'
      ? {
          EtcdRaft: {
            Consenters: consensus.consenters.map(address),
            Options: capitalized({ ...defaults.defaultRaftOptions, ...consensus.options }),
          },
        }
      : {
          ConsenterMapping: consensus.consenters.map((each, index) => ({
            ...address(each, index),
            ID: each.id,
            MSPID: each.mspId,
            Identity: add(`consenter${index}/identity.pem`, each.identity),
          })),
          ...(consensus.options
            ? { SmartBFT: bftSection({ ...defaults.defaultBftOptions, ...consensus.options }) }
            : {}),
        }
  return {
    OrdererType: consensus.type,
    Addresses: addresses ?? [],
    BatchTimeout: batch.timeout,
    BatchSize: {
      MaxMessageCount: batch.maxMessageCount,
      AbsoluteMaxBytes: batch.absoluteMaxBytes,
      PreferredMaxBytes: batch.preferredMaxBytes,
    },
    MaxChannels: maxChannels ?? 0,
    Capabilities: switches(spec.capabilities.orderer),
    Policies: policies({ ...defaults.defaultOrdererPolicies, ...spec.orderer.policies }),
    ...consenters,
  }
}

function bftSection({ leaderRotation, ...options }: defaults.BftOptions) {
  return { ...capitalized(options), LeaderRotation: ['unspecified', 'off', 'on'].indexOf(leaderRotation) }
}

function capitalized(options: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [`${name.charAt(0).toUpperCase()}${name.slice(1)}`, value]),
  )
}

function policies(set: PolicySet) {
  return Object.fromEntries(Object.entries(set).map(([name, { type, rule }]) => [name, { Type: type, Rule: rule }]))
}

function switches(names: readonly string[]): Record<string, boolean> {
  return Object.fromEntries(names.map((name) => [name, true]))
}

function mspFiles(msp: MspSpec): Record<string, string> {
  const files: Record<string, string> = {}
  const addAll = (folder: string, contents: readonly string[] = []): void => {
    for (const [index, content] of contents.entries()) files[`${folder}/${index}.pem`] = content
  }
  addAll('cacerts', msp.rootCertificates)
  addAll('intermediatecerts', msp.intermediateCertificates)
  addAll('tlscacerts', msp.tlsRootCertificates)
  addAll('tlsintermediatecerts', msp.tlsIntermediateCertificates)
  addAll('crls', msp.revocationLists)
  addAll('admincerts', msp.admins)
  if (msp.nodeOus === false) return files
  const ous = msp.nodeOus ?? defaults.defaultNodeOus
  const unit = (ou: OuIdentifier | undefined, name: string) => {
    if (!ou) return {}
    if (ou.certificate !== undefined) files[`units/${name}.pem`] = ou.certificate
    const certificate = ou.certificate === undefined ? {} : { Certificate: `units/${name}.pem` }
    return { [`${name}OUIdentifier`]: { ...certificate, OrganizationalUnitIdentifier: ou.unit } }
  }
  const units = {
    ...unit(ous.client, 'Client'),
    ...unit(ous.peer, 'Peer'),
    ...unit(ous.admin, 'Admin'),
    ...unit(ous.orderer, 'Orderer'),
  }
  files['config.yaml'] = JSON.stringify({ NodeOUs: { Enable: true, ...units } })
  return files
}
