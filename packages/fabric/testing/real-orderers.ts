/** For tests only: an ordering service of real orderers on loopback, with one organization of peers that has none. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { common } from '@hyperledger/fabric-protos'
import type { BftConsenter, ChannelSpec, ConsensusSpec, MspSpec, OrdererOrganization } from '../config/index.ts'
import { type Connection, openConnection } from '../connection.ts'
import type { Endpoint } from '../endpoint.ts'
import {
  createOrganizationAuthorities,
  enrol,
  memberMspFiles,
  type OrganizationAuthorities,
  signerOf,
  tlsFiles,
  trustOf,
  under,
} from '../identity/index.ts'
import { openParticipation, type Participation } from '../ordering/index.ts'
import type { Signer } from '../signer.ts'
import type { RealFabric } from './real-fabric.ts'
import { freePorts, RealNode, run, writeTree } from './real-node.ts'
import { mspOf, orderersOf, raftPart } from './sample-channels.ts'

export interface RealOrderers extends AsyncDisposable {
  readonly spec: ChannelSpec
  readonly ordererAdmin: Signer
  readonly peerAdmin: Signer
  readonly connections: readonly Connection[]
  readonly participations: readonly Participation[]
  readonly nodes: readonly RealNode[]
  /** `osnadmin channel join` at every orderer. @throws with what osnadmin said */
  join(block: common.Block): Promise<void>
}

export interface OrderersPlan {
  readonly folder: string
  readonly consensus: ConsensusSpec['type']
  readonly count: number
  /** Whether the orderers' organization issues by intermediate authorities. */
  readonly withIntermediates?: boolean
}

/** Starts the orderers; none has joined a channel yet. */
export async function startOrderers(fabric: RealFabric, plan: OrderersPlan): Promise<RealOrderers> {
  const authorities = createOrganizationAuthorities({
    domain: 'example.com',
    withIntermediates: plan.withIntermediates ?? false,
  })
  const peerAuthorities = createOrganizationAuthorities({ domain: 'org1.example.com' })
  const ports = await freePorts(plan.count * 3)
  const listens = ports.slice(0, plan.count)
  const admins = ports.slice(plan.count, plan.count * 2)
  const orderers = orderersOf(authorities, listens)
  const client = orderers[0]?.tls
  if (!client) throw new Error('at least one orderer')

  const nodes = orderers.map(({ enrolment, tls }, index) => {
    const home = homeOf(plan, index)
    writeTree(home, {
      ...under('msp', memberMspFiles(authorities, enrolment)),
      ...under('tls', tlsFiles(authorities.tls, tls)),
    })
    const places = { listen: listens[index], admin: admins[index], operations: ports[plan.count * 2 + index] }
    const env = ordererEnvironment(home, fabric.config, places)
    return new RealNode({ program: fabric.program('orderer'), args: [], env, folder: home })
  })
  const endpoint = (port: number, index: number): Endpoint => ({
    node: `orderer${index}`,
    host: '127.0.0.1',
    port,
    serverName: 'localhost',
    tlsRoots: [trustOf(authorities.tls).root],
    clientCertificate: [client.certificate, ...trustOf(authorities.tls).intermediates].join(''),
    clientKey: client.privateKey,
  })
  const connections = listens.map((port, index) => openConnection(endpoint(port, index)))
  const participations = admins.map((port, index) => openParticipation(endpoint(port, index)))
  for (const [index, participation] of participations.entries()) {
    await nodes[index]?.until(`orderer ${index} answers`, () => isAnswered(participation.list()))
  }
  const consenters = orderers.map(({ consenter }) => consenter)
  const endpoints = listens.map((port) => `127.0.0.1:${port}`)
  const ordererOrganization = { name: 'OrdererMSP', msp: mspOf('OrdererMSP', authorities), endpoints }
  return {
    spec: specOf(plan, consenters, ordererOrganization, mspOf('Org1MSP', peerAuthorities)),
    ordererAdmin: adminOf('OrdererMSP', authorities),
    peerAdmin: adminOf('Org1MSP', peerAuthorities),
    connections,
    participations,
    nodes,
    join: (block) => joinAll(fabric, plan, admins, block),
    async [Symbol.asyncDispose]() {
      for (const connection of connections) connection.close()
      for (const participation of participations) await participation[Symbol.asyncDispose]()
      await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()))
    },
  }
}

function homeOf({ folder }: OrderersPlan, index: number): string {
  return join(folder, `orderer${index}`)
}

function adminOf(mspId: string, { enrolment }: OrganizationAuthorities): Signer {
  return signerOf({ mspId, ...enrol(enrolment, { name: 'admin', role: 'admin' }) })
}

function isAnswered(answer: Promise<unknown>): Promise<boolean> {
  return answer.then(
    () => true,
    () => false,
  )
}

async function joinAll(
  fabric: RealFabric,
  plan: OrderersPlan,
  admins: readonly number[],
  block: common.Block,
): Promise<void> {
  const file = join(plan.folder, 'genesis.block')
  writeFileSync(file, block.serializeBinary())
  const tls = join(homeOf(plan, 0), 'tls')
  const files = ['--ca-file', join(tls, 'ca.crt'), '--client-cert', join(tls, 'server.crt')]
  for (const port of admins) {
    const target = ['-o', `127.0.0.1:${port}`, '--channelID', channelId, '--config-block', file]
    const args = ['channel', 'join', ...target, ...files, '--client-key', join(tls, 'server.key')]
    const { code, text } = await run(fabric.program('osnadmin'), args)
    if (code !== 0 || !text.includes('Status: 201')) throw new Error(text)
  }
}

const channelId = 'live-channel'

function specOf(
  { consensus }: OrderersPlan,
  consenters: readonly BftConsenter[],
  ordererOrganization: OrdererOrganization,
  msp: MspSpec,
): ChannelSpec {
  return {
    channelId,
    capabilities: { channel: [consensus === 'BFT' ? 'V3_0' : 'V2_0'], orderer: ['V2_0'], application: ['V2_5'] },
    orderer: {
      batch: { maxMessageCount: 500, absoluteMaxBytes: 10_485_760, preferredMaxBytes: 2_097_152, timeout: '200ms' },
      consensus:
        consensus === 'BFT'
          ? { type: consensus, consenters }
          : { type: consensus, consenters: consenters.map(raftPart), options: { tickInterval: '100ms' } },
      organizations: [ordererOrganization],
    },
    application: { organizations: [{ name: 'Org1MSP', msp }] },
  }
}

interface OrdererPorts {
  readonly listen: number | undefined
  readonly admin: number | undefined
  readonly operations: number | undefined
}

function ordererEnvironment(home: string, config: string, ports: OrdererPorts): Record<string, string> {
  const tls = (prefix: string) => ({
    [`${prefix}_TLS_ENABLED`]: 'true',
    [`${prefix}_TLS_PRIVATEKEY`]: join(home, 'tls/server.key'),
    [`${prefix}_TLS_CERTIFICATE`]: join(home, 'tls/server.crt'),
  })
  const root = `[${join(home, 'tls/ca.crt')}]`
  return {
    FABRIC_CFG_PATH: config,
    FABRIC_LOGGING_SPEC: 'info',
    ORDERER_GENERAL_LISTENADDRESS: '127.0.0.1',
    ORDERER_GENERAL_LISTENPORT: String(ports.listen),
    ORDERER_GENERAL_LOCALMSPID: 'OrdererMSP',
    ORDERER_GENERAL_LOCALMSPDIR: join(home, 'msp'),
    ORDERER_GENERAL_BOOTSTRAPMETHOD: 'none',
    ORDERER_GENERAL_TLS_ROOTCAS: root,
    ORDERER_GENERAL_CLUSTER_CLIENTCERTIFICATE: join(home, 'tls/server.crt'),
    ORDERER_GENERAL_CLUSTER_CLIENTPRIVATEKEY: join(home, 'tls/server.key'),
    ORDERER_GENERAL_CLUSTER_ROOTCAS: root,
    ORDERER_CHANNELPARTICIPATION_ENABLED: 'true',
    ORDERER_ADMIN_LISTENADDRESS: `127.0.0.1:${ports.admin}`,
    ORDERER_ADMIN_TLS_CLIENTROOTCAS: root,
    ORDERER_ADMIN_TLS_CLIENTAUTHREQUIRED: 'true',
    ORDERER_OPERATIONS_LISTENADDRESS: `127.0.0.1:${ports.operations}`,
    ORDERER_FILELEDGER_LOCATION: join(home, 'ledger'),
    ORDERER_CONSENSUS_WALDIR: join(home, 'wal'),
    ORDERER_CONSENSUS_SNAPDIR: join(home, 'snap'),
    ...tls('ORDERER_GENERAL'),
    ...tls('ORDERER_ADMIN'),
  }
}
