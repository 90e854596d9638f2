/** Packages on a peer. */

import { gzipSync } from 'node:zlib'
import { equalBytes, utf8 } from '@cello/fabric/codec'
import { packageContract } from '@cello/fabric/lifecycle'
import { peer } from '@hyperledger/fabric-protos'
import { pack } from 'tar-stream'
import type { Scenario, Seen } from '../agreement/scenario.ts'
import { lifecycle } from './lifecycle-calls.ts'
import type { SystemCall } from './system.ts'
import type { World } from './world.ts'

const protos = peer.lifecycle

const service = { address: '127.0.0.1:9' }

const installed = (payload: Uint8Array): unknown => {
  const { packageId, label } = protos.InstallChaincodeResult.deserializeBinary(payload).toObject()
  return { packageId, label }
}

function install(world: World, bytes: Uint8Array, call?: SystemCall): Promise<Seen> {
  const message = new protos.InstallChaincodeArgs()
  message.setChaincodeInstallPackage(bytes)
  return lifecycle(world, 'InstallChaincode', message, { decode: installed, ...call })
}

const labelled =
  (label: string, call: (world: World) => SystemCall = () => ({})) =>
  async (world: World): Promise<Seen> => {
    const { bytes, packageId } = await packageContract({ label, service })
    world.known.push([packageId, `<package ${label}>`])
    return install(world, bytes, call(world))
  }

/** A package of these files. */
async function archive(files: Readonly<Record<string, string>>): Promise<Uint8Array> {
  const made = pack()
  for (const [name, text] of Object.entries(files)) made.entry({ name, mtime: new Date(0) }, text)
  made.finalize()
  return gzipSync(Buffer.concat(await Array.fromAsync(made as AsyncIterable<Buffer>)))
}

const ofFiles = (files: Readonly<Record<string, string>>) => async (world: World) =>
  install(world, await archive(files))

const metadata = (label: string, type = 'ccaas') => JSON.stringify({ path: '', type, label })

const byId = (id: string): peer.lifecycle.QueryInstalledChaincodeArgs => {
  const message = new protos.QueryInstalledChaincodeArgs()
  message.setPackageId(id)
  return message
}

const described = (payload: Uint8Array): unknown => {
  const answer = protos.QueryInstalledChaincodeResult.deserializeBinary(payload)
  return { packageId: answer.getPackageId(), label: answer.getLabel(), usedBy: uses(answer.getReferencesMap()) }
}

/** Contracts that use a package, by channel, in alphabetical order. */
function uses(map: {
  getEntryList(): [string, unknown][]
  get(
    key: string,
  ):
    | peer.lifecycle.QueryInstalledChaincodesResult.References
    | peer.lifecycle.QueryInstalledChaincodeResult.References
    | undefined
}) {
  return map
    .getEntryList()
    .map(([channel]) => [
      channel,
      (map.get(channel)?.getChaincodesList() ?? []).map((one) => `${one.getName()} ${one.getVersion()}`).sort(),
    ])
}

const listed = (payload: Uint8Array): unknown =>
  protos.QueryInstalledChaincodesResult.deserializeBinary(payload)
    .getInstalledChaincodesList()
    .map((one) => ({ packageId: one.getPackageId(), label: one.getLabel(), usedBy: uses(one.getReferencesMap()) }))
    .sort((a, b) => (a.label < b.label ? -1 : 1))

export const installingScenarios: readonly Scenario<World>[] = [
  ['a package is installed', labelled('new-1.0')],
  ['a package is installed again', labelled('new-1.0')],
  ['a package is installed by a member', labelled('another', (world) => ({ by: world.user }))],
  [
    'a package is installed by another organization',
    labelled('another', (world) => ({ by: world.organization(2).admin })),
  ],
  [
    'a package is installed at the other peer',
    labelled('new-1.0', (world) => ({ at: 2, by: world.organization(2).admin })),
  ],
  ['a package is installed over a channel', labelled('over', (world) => ({ channel: world.channel }))],
  ['an empty package', (world) => install(world, new Uint8Array())],
  ['rubbish for a package', (world) => install(world, utf8('rubbish!'))],
  ['an archive of nothing', ofFiles({})],
  ['an archive without metadata', ofFiles({ 'code.tar.gz': 'x' })],
  ['an archive without code', ofFiles({ 'metadata.json': metadata('x') })],
  [
    'an archive with a file too many',
    ofFiles({ 'metadata.json': metadata('x'), 'code.tar.gz': 'x', 'another.txt': 'x' }),
  ],
  ['metadata that is no JSON', ofFiles({ 'metadata.json': 'x', 'code.tar.gz': 'x' })],
  ['a label that is none', ofFiles({ 'metadata.json': metadata('no label'), 'code.tar.gz': 'x' })],
  ['an empty label', ofFiles({ 'metadata.json': metadata(''), 'code.tar.gz': 'x' })],
  ['code that is no archive', ofFiles({ 'metadata.json': metadata('bad-code'), 'code.tar.gz': 'x' })],
  [
    'a package by id',
    async (world) => {
      const { packageId } = await packageContract({ label: 'new-1.0', service })
      return lifecycle(world, 'QueryInstalledChaincode', byId(packageId), described)
    },
  ],
  [
    'a package by an unknown id',
    (world) => lifecycle(world, 'QueryInstalledChaincode', byId('new-1.0:0000'), described),
  ],
  ['a package by no id', (world) => lifecycle(world, 'QueryInstalledChaincode', byId(''), described)],
  [
    'a package by id, for a member',
    (world) => lifecycle(world, 'QueryInstalledChaincode', byId('x'), { by: world.user }),
  ],
  [
    'all packages',
    (world) => lifecycle(world, 'QueryInstalledChaincodes', new protos.QueryInstalledChaincodesArgs(), listed),
  ],
  [
    'all packages, for a member',
    (world) =>
      lifecycle(world, 'QueryInstalledChaincodes', new protos.QueryInstalledChaincodesArgs(), {
        by: world.user,
      }),
  ],
  [
    'a package’s bytes',
    async (world) => {
      const { packageId, bytes } = await packageContract({ label: 'new-1.0', service })
      return lifecycle(world, 'GetInstalledChaincodePackage', byId(packageId), (payload) => {
        const got =
          protos.GetInstalledChaincodePackageResult.deserializeBinary(payload).getChaincodeInstallPackage_asU8()
        return { same: equalBytes(got, bytes) }
      })
    },
  ],
  ['an unknown package’s bytes', (world) => lifecycle(world, 'GetInstalledChaincodePackage', byId('new-1.0:0000'))],
  ['an unknown function of the lifecycle', (world) => lifecycle(world, 'UninstallChaincode', byId('x'))],
  [
    'a function of the lifecycle with rubbish',
    (world) => lifecycle(world, 'InstallChaincode', { serializeBinary: () => utf8('rubbish!') }),
  ],
]
