/**
 * Makes test/vectors/blocks and test/vectors/packages anew from real Fabric 3.1.5, with other certificates and hashes:
 * run this file with Node 24 where its binaries are installed (see the READMEs there).
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pollUntil } from '@cello/fabric'
import {
  computeUpdate,
  configFromBlock,
  configUpdateEnvelope,
  setBatch,
  signConfigUpdateByAll,
} from '@cello/fabric/config'
import { type Gateway, handToOrdering, openGateway, submitAndWait } from '@cello/fabric/gateway'
import { approveTogether, type ContractDefinition, packageContract, prepareCommit } from '@cello/fabric/lifecycle'
import { configBlockFromOrderer, submitToOrderers } from '@cello/fabric/ordering'
import { blockFromPeer, chainInfo } from '@cello/fabric/peers'
import { realFabric } from '@cello/fabric/testing/real-fabric'
import { deployContract, endorsingPeers } from './contract.ts'
import { joinAll, type RealNetwork, type RunningPeer, startNetwork } from './network.ts'
import { runTool } from './node-process.ts'

const channel = 'vectors'
const contract = 'kv'
const vectors = join(import.meta.dirname, '../vectors')
const fabric = realFabric('3.1.5', [])

/** Names the newest block and keeps it, with what `configtxlator` says of it. */
async function record(name: string, { connection, admin }: RunningPeer, number?: number): Promise<void> {
  const { height } = await chainInfo(connection, admin, channel)
  const block = await blockFromPeer(connection, admin, { channel, number: number ?? height - 1 })
  const file = join(vectors, 'blocks', `${name}.block`)
  writeFileSync(file, block.serializeBinary())
  const output = file.replace(/block$/, 'json')
  const args = ['proto_decode', '--type', 'common.Block', '--input', file, '--output', output]
  await runTool(fabric.program('configtxlator'), args, {})
  writeFileSync(output, `${JSON.stringify(JSON.parse(readFileSync(output, 'utf8')))}\n`)
}

function firstPeer(network: RealNetwork): RunningPeer {
  const [peer] = network.peers
  if (!peer) throw new Error('no peer')
  return peer
}

async function updateBatchTimeout(network: RealNetwork): Promise<void> {
  const orderers = network.orderers.map(({ connection }) => connection)
  const [orderer] = orderers
  if (!orderer) throw new Error('no orderer')
  const { config } = configFromBlock(await configBlockFromOrderer(orderer, network.ordererAdmin, channel))
  const update = computeUpdate(channel, config, setBatch(config, { timeout: '150ms' })).serializeBinary()
  const signatures = await signConfigUpdateByAll(update, [network.ordererAdmin])
  const envelope = await configUpdateEnvelope({ update, signatures, submitter: network.ordererAdmin })
  await submitToOrderers(orderers, envelope.serializeBinary(), { channel })
}

async function nextBlock({ connection, admin }: RunningPeer, act: () => Promise<unknown>): Promise<void> {
  const { height } = await chainInfo(connection, admin, channel)
  await act()
  await pollUntil({ doing: 'see the block', channel }, async () => {
    const info = await chainInfo(connection, admin, channel)
    return info.height > height || undefined
  })
}

async function invokeAndRecord(
  name: string,
  gateway: Gateway,
  peer: RunningPeer,
  [transaction, ...args]: readonly [string, ...string[]],
) {
  const transient = { value: new TextEncoder().encode('hidden') }
  await gateway.invoke({ channel, contract, name: transaction, args, transient })
  await record(name, peer)
}

async function recordRaft(): Promise<void> {
  await using network = await startNetwork({
    version: '3.1.5',
    consensus: 'etcdraft',
    orderers: 1,
    peers: [1, 1],
    channel,
  })
  await joinAll(network)
  const peer = firstPeer(network)
  const packageId = await deployContract(network, { name: contract, version: '1', sequence: 1 })
  await record('genesis', peer, 0)
  const upgrade: ContractDefinition = {
    name: contract,
    version: '2',
    sequence: 2,
    endorsementPolicy: { signature: "OR('Org1MSP.peer', 'Org2MSP.peer')" },
    collections: [{ name: 'secrets', members: "OR('Org1MSP.member', 'Org2MSP.member')" }],
  }
  const peers = endorsingPeers(network)
  const approvers = peers.map(({ connection, admin }) => ({ connection, signer: admin, packageId }))
  await approveTogether(approvers, { channel, definition: upgrade })
  await record('approvals', peer)
  const connections = peers.map(({ connection }) => connection)
  const commit = await prepareCommit(connections, peer.admin, { channel, definition: upgrade })
  await submitAndWait(peer.connection, peer.admin, commit)
  await record('definition', peer)

  const gateway = openGateway(peer.connection, network.user('Org1'))
  await invokeAndRecord('invoke', gateway, peer, ['put', 'tea', 'seven boxes'])
  await invokeAndRecord('private', gateway, peer, ['putPrivate', 'secrets', 'k'])
  await invokeAndRecord('range', gateway, peer, ['range', 'a', 'z'])
  await invokeAndRecord('removal', gateway, peer, ['remove', 'tea'])
  const add = () => gateway.endorse({ channel, contract, name: 'add', args: ['stock', '1'] })
  const both = [await add(), await add()]
  await Promise.allSettled(both.map((one) => submitAndWait(gateway.connection, gateway.signer, one)))
  await record('conflict', peer)
  await nextBlock(peer, async () => {
    const [first] = both
    if (first) await handToOrdering(peer.connection, first)
  })
  await record('duplicate', peer)
  await nextBlock(peer, () => updateBatchTimeout(network))
  await record('batch-update', peer)
}

async function recordBft(): Promise<void> {
  await using network = await startNetwork({ version: '3.1.5', consensus: 'BFT', orderers: 4, peers: [1, 1], channel })
  await joinAll(network)
  const peer = firstPeer(network)
  await nextBlock(peer, () => updateBatchTimeout(network))
  await record('bft-update', peer)
}

const packageInputs = [
  { label: 'assets_1.0', service: { address: '127.0.0.1:9999' } },
  {
    label: 'assets_1.1',
    service: { address: 'contract.example:443', dialTimeoutSeconds: 5, tlsRoot: 'PEM\n', clientAuth: true },
  },
  {
    label: 'with-index',
    service: { address: '[::1]:7052' },
    metadata: { 'META-INF/statedb/couchdb/indexes/owner.json': '{"index":{"fields":["owner"]},"type":"json"}' },
  },
]

async function recordPackages(): Promise<void> {
  const folder = join(vectors, 'packages')
  const recorded = []
  for (const input of packageInputs) {
    const metadata = Object.fromEntries(
      Object.entries(input.metadata ?? {}).map(([path, text]) => [path, new TextEncoder().encode(text)]),
    )
    const { bytes } = await packageContract({ ...input, metadata })
    const file = join(folder, 'package.tar.gz')
    writeFileSync(file, bytes)
    recorded.push({ input, packageId: await calculatedId(file) })
    rmSync(file)
  }
  writeFileSync(join(folder, 'packages.json'), `${JSON.stringify(recorded, null, 2)}\n`)
  await recordOfficialPackage(folder)
}

async function calculatedId(file: string): Promise<string> {
  const args = ['lifecycle', 'chaincode', 'calculatepackageid', file]
  return (await runTool(fabric.program('peer'), args, { FABRIC_CFG_PATH: fabric.config })).trim()
}

/** A package that the peer command made of an empty Node contract. */
async function recordOfficialPackage(folder: string): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'cello-packages-'))
  try {
    writeFileSync(join(work, 'package.json'), '{"name":"sample"}\n')
    writeFileSync(join(work, 'index.js'), '// nothing\n')
    const file = join(folder, 'package.tar.gz')
    const args = [
      'lifecycle',
      'chaincode',
      'package',
      file,
      '--lang',
      'node',
      '--path',
      work,
      '--label',
      'official_1.0',
    ]
    const env = { FABRIC_CFG_PATH: fabric.config, CORE_PEER_MSPCONFIGPATH: join(work, 'none') }
    await runTool(fabric.program('peer'), args, env)
    const official = { package: readFileSync(file).toString('base64'), packageId: await calculatedId(file) }
    rmSync(file)
    writeFileSync(join(folder, 'official.json'), `${JSON.stringify(official, null, 2)}\n`)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

for (const folder of ['blocks', 'packages']) mkdirSync(join(vectors, folder), { recursive: true })
await recordPackages()
await recordRaft()
await recordBft()
