/** For tests only: the contracts that scenarios call, one package under many definitions. */

import { pollUntil } from '@cello/fabric'
import {
  type ContractDefinition,
  installPackage,
  packageContract,
  prepareApproval,
  prepareCommit,
} from '@cello/fabric/lifecycle'
import { discoverEndorsers, discoverPeers } from '@cello/fabric/peers'
import { common } from '@hyperledger/fabric-protos'
import type { World } from './world.ts'

type Definition = Omit<ContractDefinition, 'version' | 'sequence'> & {
  /** Runs at the first organization alone. */
  readonly alone?: boolean
}

const members = "OR('Org1MSP.member')"

/** By name; the version is `1.0` and the sequence 1. */
export const definitions: readonly Definition[] = [
  { name: 'kv' },
  { name: 'other' },
  { name: 'either', endorsementPolicy: { signature: "OR('Org1MSP.peer', 'Org2MSP.peer')" } },
  { name: 'both', endorsementPolicy: { signature: "AND('Org1MSP.peer', 'Org2MSP.peer')" } },
  { name: 'out-of', endorsementPolicy: { signature: "OutOf(2, 'Org1MSP.peer', 'Org2MSP.member', 'Org3MSP.peer')" } },
  { name: 'nested', endorsementPolicy: { signature: "AND('Org1MSP.member', OR('Org2MSP.peer', 'Org2MSP.admin'))" } },
  { name: 'any', endorsementPolicy: { channelConfig: '/Channel/Application/AnyEndorsement' } },
  { name: 'all', endorsementPolicy: { channelConfig: '/Channel/Application/AllEndorsement' } },
  { name: 'second', endorsementPolicy: { channelConfig: '/Channel/Application/SecondEndorsement' } },
  { name: 'nowhere', endorsementPolicy: { channelConfig: '/Channel/Application/NoSuchPolicy' } },
  { name: 'by-admins', endorsementPolicy: { signature: "OR('Org1MSP.admin')" } },
  { name: 'by-clients', endorsementPolicy: { signature: "OR('Org1MSP.client')" } },
  { name: 'begun', initRequired: true },
  { name: 'alone', alone: true, endorsementPolicy: { signature: "OR('Org1MSP.peer', 'Org2MSP.peer')" } },
  {
    name: 'hidden',
    endorsementPolicy: { signature: "OR('Org1MSP.peer', 'Org2MSP.peer')" },
    collections: [
      { name: 'mine', members, requiredPeerCount: 0, maxPeerCount: 0 },
      { name: 'open', members, maxPeerCount: 0, memberOnlyRead: false, memberOnlyWrite: false },
      { name: 'strict', members, maxPeerCount: 0, endorsementPolicy: { signature: "OR('Org1MSP.peer')" } },
      { name: 'many', members: "OR('Org1MSP.member', 'Org2MSP.member')", requiredPeerCount: 0, maxPeerCount: 0 },
    ],
  },
]

/** Deploys all of them: a few blocks. */
export async function deployContracts(world: World): Promise<void> {
  const [steps, others] = [await world.serveContract('steps'), await world.serveContract('others')]
  for (const { bytes } of [steps, others]) {
    await Promise.all(world.network.peers.map(({ connection, org }) => installPackage(connection, org.admin, bytes)))
  }
  const { bytes: silent, packageId: silentId } = await packageContract({
    label: 'silent',
    service: { address: '127.0.0.1:9', dialTimeoutSeconds: 1 },
  })
  world.known.push([silentId, '<package silent>'])
  await installPackage(world.peer(1).connection, world.organization(1).admin, silent)
  const silentDefinition = { name: 'silent', alone: true, endorsementPolicy: { signature: "OR('Org1MSP.peer')" } }
  // A contract cannot be called by one that runs in the same process.
  const packages: Readonly<Record<string, string>> = {
    silent: silentId,
    other: others.packageId,
    begun: others.packageId,
  }
  await deploy(world, [...definitions, silentDefinition], (name) => packages[name] ?? steps.packageId)
  for (const at of [1, 2]) await world.query({ contract: 'kv', steps: [['get', 'x']] }, at)
}

async function deploy(world: World, wanted: readonly Definition[], packageOf: (name: string) => string): Promise<void> {
  const { channel } = world
  const approvals = wanted.flatMap(({ alone, ...rest }) =>
    world.network.peers.map(({ connection, org }) => {
      const definition = { ...rest, version: '1.0', sequence: 1 }
      const known = alone && org.name !== 'Org1' ? {} : { packageId: packageOf(rest.name) }
      return prepareApproval(connection, org.admin, { channel, definition, ...known })
    }),
  )
  const envelope = ({ envelope: bytes }: { readonly envelope: Uint8Array }) => common.Envelope.deserializeBinary(bytes)
  await valid(world, (await Promise.all(approvals)).map(envelope))
  const connections = world.network.peers.map(({ connection }) => connection)
  const commits = wanted.map(({ alone: _alone, ...rest }) => {
    const definition = { ...rest, version: '1.0', sequence: 1 }
    return prepareCommit(connections, world.organization(1).admin, { channel, definition })
  })
  await valid(world, (await Promise.all(commits)).map(envelope))
}

async function valid(world: World, envelopes: readonly common.Envelope[]): Promise<void> {
  const placed = await world.order(...envelopes)
  const bad = placed.filter(({ code }) => code !== 0)
  if (bad.length > 0) throw new Error(`not valid: ${JSON.stringify(bad.map(({ code }) => code))}`)
}

/** Until both peers know each other, and where each contract runs. */
export async function untilKnown(world: World): Promise<void> {
  for (const { connection, org } of world.network.peers) {
    await pollUntil({ doing: 'discover both peers', channel: world.channel }, async (limits) => {
      const found = await discoverPeers(connection, org.admin, world.channel, limits)
      return found.length === 2 || undefined
    })
    for (const contract of ['kv', 'hidden']) {
      await pollUntil({ doing: 'discover endorsers', channel: world.channel }, (limits) =>
        discoverEndorsers(connection, org.admin, { channel: world.channel, contract }, limits),
      )
    }
  }
}
