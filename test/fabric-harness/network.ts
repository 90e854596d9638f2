import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Connection,
  type ConnectionPool,
  createConnectionPool,
  type Endpoint,
  type Signer,
  waitUntilConnected,
} from '@cello/fabric'
import { signerOf } from '@cello/fabric/identity'
import { openParticipation } from '@cello/fabric/ordering'
import { joinPeer } from '@cello/fabric/peers'
import { realFabric } from '@cello/fabric/testing/real-fabric'
import { freePorts } from '@cello/fabric/testing/real-node'
import { configureOrderer, configurePeer } from './node-config.ts'
import { type NodeProcess, nodeProcess } from './node-process.ts'
import { makeCrypto, makeGenesisBlock } from './official-tools.ts'
import { type NetworkPlan, type NetworkShape, type PlannedOrderer, type PlannedPeer, planNetwork } from './plan.ts'

export interface RunningOrderer {
  readonly plan: PlannedOrderer
  readonly process: NodeProcess
  readonly endpoint: Endpoint
  /** Address of the participation API, with our client certificate. */
  readonly admin: Endpoint
  readonly operations: Endpoint
  readonly connection: Connection
}

export interface RunningPeer {
  readonly plan: PlannedPeer
  readonly process: NodeProcess
  readonly endpoint: Endpoint
  readonly connection: Connection
  /** Administrator of the peer's organization. */
  readonly admin: Signer
}

/** A network made by Fabric's own tools: processes of real binaries, one channel that nobody has joined yet. */
export interface RealNetwork extends AsyncDisposable {
  readonly plan: NetworkPlan
  readonly genesis: Uint8Array
  readonly pool: ConnectionPool
  readonly orderers: readonly RunningOrderer[]
  readonly peers: readonly RunningPeer[]
  readonly ordererAdmin: Signer
  admin(org: string): Signer
  /** A user of the organization who is no administrator. */
  user(org: string): Signer
  /** Starts a further process that ends with the network. */
  adopt(process: NodeProcess): void
}

/** Why tests on real Fabric are skipped, or `false`. */
export function skipReason(version: NetworkShape['version']): string | false {
  return realFabric(version, ['orderer', 'peer', 'configtxgen', 'cryptogen']).skip
}

/** Starts all nodes and waits until each answers. Disposing it stops them by pid and removes their files. */
export async function startNetwork(shape: NetworkShape): Promise<RealNetwork> {
  const fabric = realFabric(shape.version, [])
  const root = mkdtempSync(join(tmpdir(), `cello-fabric-${randomUUID().slice(0, 8)}-`))
  const plan = await planNetwork(shape, root, freePorts)
  await makeCrypto(plan, fabric.program('cryptogen'))
  const genesis = await makeGenesisBlock(plan, fabric.program('configtxgen'))
  const pool = createConnectionPool()
  const extra: NodeProcess[] = []
  const orderers = plan.nodes.orderers.map((node) => startOrderer(plan, node, fabric, pool))
  const peers = plan.nodes.peers.map((node) => startPeer(plan, node, fabric, pool))
  const network: RealNetwork = {
    plan,
    genesis,
    pool,
    orderers,
    peers,
    ordererAdmin: memberOf(plan.ordererOrg.crypto, plan.ordererOrg.mspId, `Admin@${plan.ordererOrg.domain}`),
    admin: (org) => memberOfOrg(plan, org, 'Admin'),
    user: (org) => memberOfOrg(plan, org, 'User1'),
    adopt: (process) => void extra.push(process),
    async [Symbol.asyncDispose]() {
      await pool[Symbol.asyncDispose]()
      await Promise.all(
        [...extra, ...orderers.map((one) => one.process), ...peers.map((one) => one.process)].map((one) => one.stop()),
      )
      rmSync(root, { recursive: true, force: true })
    },
  }
  try {
    await Promise.all(
      [...orderers, ...peers].map(({ connection }) => waitUntilConnected(connection, { timeoutMs: 90_000 })),
    )
  } catch (error) {
    const logs = [...orderers, ...peers].map(({ process }) => process.log().slice(-800)).join('\n---\n')
    await network[Symbol.asyncDispose]()
    throw new Error(`the network did not start\n${logs}`, { cause: error })
  }
  return network
}

/** Every orderer and peer joins the channel. */
export async function joinAll(network: RealNetwork): Promise<void> {
  await Promise.all(
    network.orderers.map(async ({ admin }) => {
      await using participation = openParticipation(admin)
      await participation.join(network.genesis)
    }),
  )
  await Promise.all(network.peers.map(({ connection, admin }) => joinPeer(connection, admin, network.genesis)))
}

type Binaries = ReturnType<typeof realFabric>

function startOrderer(plan: NetworkPlan, node: PlannedOrderer, fabric: Binaries, pool: ConnectionPool): RunningOrderer {
  configureOrderer(plan, node, fabric.config)
  const env = { FABRIC_CFG_PATH: node.folder, PATH: '/usr/bin:/bin', FABRIC_LOGGING_SPEC: 'info' }
  const program = plan.ordererProgram ?? { program: fabric.program('orderer'), args: [] }
  const process = nodeProcess({ ...program, env, folder: node.folder })
  process.start()
  const roots = [read(node.crypto, 'tls/ca.crt')]
  const own = ownTls(node.crypto)
  const at = (port: number) => ({ node: node.name, host: node.host, port, serverName: node.name, tlsRoots: roots })
  const endpoint = { ...at(node.port), ...(plan.mutualTls ? own : {}) }
  return {
    plan: node,
    process,
    endpoint,
    admin: { ...at(node.adminPort), ...own },
    operations: { ...at(node.operationsPort), tlsRoots: [] },
    connection: pool.get(endpoint),
  }
}

function startPeer(plan: NetworkPlan, node: PlannedPeer, fabric: Binaries, pool: ConnectionPool): RunningPeer {
  configurePeer(plan, node, fabric.config)
  const env = { FABRIC_CFG_PATH: node.folder, PATH: '/usr/bin:/bin', FABRIC_LOGGING_SPEC: 'info' }
  const program = plan.peerProgram ?? { program: fabric.program('peer'), args: ['node', 'start'] }
  const process = nodeProcess({ ...program, env, folder: node.folder })
  process.start()
  const endpoint = {
    node: node.name,
    host: node.host,
    port: node.port,
    serverName: node.name,
    tlsRoots: [read(node.crypto, 'tls/ca.crt')],
    ...(plan.mutualTls ? ownTls(node.crypto) : {}),
  }
  return {
    plan: node,
    process,
    endpoint,
    connection: pool.get(endpoint),
    admin: memberOfOrg(plan, node.org.name, 'Admin'),
  }
}

function ownTls(crypto: string): Pick<Endpoint, 'clientCertificate' | 'clientKey'> {
  return { clientCertificate: read(crypto, 'tls/server.crt'), clientKey: read(crypto, 'tls/server.key') }
}

function memberOfOrg(plan: NetworkPlan, name: string, user: string): Signer {
  const org = plan.orgs.find((one) => one.name === name)
  if (!org) throw new Error(`no organization ${name}`)
  return memberOf(org.crypto, org.mspId, `${user}@${org.domain}`)
}

function memberOf(crypto: string, mspId: string, name: string): Signer {
  const msp = join(crypto, 'users', name, 'msp')
  const [key = ''] = readdirSync(join(msp, 'keystore'))
  return signerOf({
    mspId,
    certificate: read(msp, `signcerts/${name}-cert.pem`),
    privateKey: read(msp, `keystore/${key}`),
  })
}

function read(folder: string, file: string): string {
  return readFileSync(join(folder, file), 'utf8')
}
