/** For tests only: a channel with one orderer, which is a devnode or a real one: same files, same variables. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Connection, type Endpoint, openConnection, type Signer } from '@cello/fabric'
import { type ChannelSpec, genesisBlock, type MspSpec } from '@cello/fabric/config'
import {
  type Credential,
  createOrganizationAuthorities,
  type OrganizationAuthorities,
  trustOf,
} from '@cello/fabric/identity'
import { openParticipation, type Participation } from '@cello/fabric/ordering'
import { freePorts } from '@cello/fabric/testing/real-node'
import { type NodeProcess, nodeProcess } from '../fabric-harness/node-process.ts'
import { memberOf, mspOf, writeNode } from './organizations.ts'

/** Everything of a channel that outlives a start of its orderer. */
export interface Ordering {
  readonly folder: string
  readonly spec: ChannelSpec
  readonly genesis: Uint8Array
  readonly orderers: OrganizationAuthorities
  readonly members: OrganizationAuthorities
  readonly tls: Credential
  readonly ports: { readonly service: number; readonly admin: number; readonly operations: number }
  readonly ordererAdmin: Signer
  readonly memberAdmin: Signer
  readonly member: Signer
  readonly env: Readonly<Record<string, string>>
  [Symbol.dispose](): void
}

export interface OrderingPlan {
  /** The folder with the orderer.yaml to start from; absent: an empty file, and variables alone. */
  readonly shipped?: string
  readonly batch?: Partial<ChannelSpec['orderer']['batch']>
  readonly v3?: boolean
  /** Authorities of Org1; new ones when absent. */
  readonly members?: OrganizationAuthorities
  /** Organizations and policies of the application; Org1 alone when absent. */
  readonly application?: ChannelSpec['application']
  /** Clients of the gRPC service must show a certificate. */
  readonly mutualTls?: boolean
}

export const channel = 'orders'
const mspIds = { orderers: 'OrdererMSP', members: 'Org1MSP' }

export async function planOrdering(plan: OrderingPlan = {}): Promise<Ordering> {
  const folder = mkdtempSync(join(tmpdir(), 'cello-devnode-'))
  const orderers = createOrganizationAuthorities({ domain: 'example.com' })
  const members = plan.members ?? createOrganizationAuthorities({ domain: 'org1.example.com' })
  const ordering = { mspId: mspIds.orderers, authorities: orderers }
  const using = { mspId: mspIds.members, authorities: members }
  const [service = 0, admin = 0, operations = 0] = await freePorts(3)
  const ports = { service, admin, operations }
  const tls = writeNode(join(folder, 'files'), orderers, { name: 'orderer0.example.com', role: 'orderer' })
  mkdirSync(join(folder, 'config'))
  const yaml = join(folder, 'config', 'orderer.yaml')
  if (plan.shipped === undefined) writeFileSync(yaml, '')
  else copyFileSync(join(plan.shipped, 'orderer.yaml'), yaml)
  const spec = specOf(plan, { orderers: mspOf(ordering), members: mspOf(using), tls, ports })
  return {
    folder,
    spec,
    genesis: genesisBlock(spec).serializeBinary(),
    orderers,
    members,
    tls,
    ports,
    ordererAdmin: memberOf(ordering, 'a-admin', 'admin'),
    memberAdmin: memberOf(using, 'a-admin', 'admin'),
    member: memberOf(using, 'a-client', 'client'),
    env: environment(folder, ports, plan.mutualTls ?? false),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** A running orderer of the channel, with clients of it. */
export interface RunningOrderer extends AsyncDisposable {
  readonly process: NodeProcess
  readonly connection: Connection
  readonly participation: Participation
  readonly operations: string
}

/** @param node program and arguments of the orderer */
export async function startOrderer(
  ordering: Ordering,
  node: { readonly program: string; readonly args: readonly string[] },
): Promise<RunningOrderer> {
  const process = nodeProcess({ ...node, env: ordering.env, folder: ordering.folder })
  process.start()
  const participation = openParticipation(endpointOf(ordering, ordering.ports.admin))
  await answered(process, participation)
  const connection = openConnection(endpointOf(ordering, ordering.ports.service))
  return {
    process,
    connection,
    participation,
    operations: `http://127.0.0.1:${ordering.ports.operations}`,
    async [Symbol.asyncDispose]() {
      connection.close()
      await participation[Symbol.asyncDispose]()
      await process.stop()
    },
  }
}

/** How to reach a port of the orderer as one of its own organization's clients. */
export function endpointOf({ orderers, tls }: Ordering, port: number): Endpoint {
  return {
    node: 'orderer0',
    host: '127.0.0.1',
    port,
    serverName: 'localhost',
    tlsRoots: [trustOf(orderers.tls).root],
    clientCertificate: tls.certificate,
    clientKey: tls.privateKey,
  }
}

async function answered(process: NodeProcess, participation: Participation): Promise<void> {
  const end = Date.now() + 90_000
  for (;;) {
    try {
      await participation.list({ timeoutMs: 2_000 })
      return
    } catch (error) {
      if (Date.now() > end) throw new Error(`the orderer does not answer; its log:\n${process.log()}`, { cause: error })
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

interface SpecParts {
  readonly orderers: MspSpec
  readonly members: MspSpec
  readonly tls: Credential
  readonly ports: Ordering['ports']
}

function specOf(plan: OrderingPlan, { orderers, members, tls, ports }: SpecParts): ChannelSpec {
  const certificates = { clientTlsCertificate: tls.certificate, serverTlsCertificate: tls.certificate }
  return {
    channelId: channel,
    capabilities: { channel: [plan.v3 ? 'V3_0' : 'V2_0'], orderer: ['V2_0'], application: ['V2_5'] },
    orderer: {
      batch: {
        maxMessageCount: 10,
        absoluteMaxBytes: 100_000,
        preferredMaxBytes: 20_000,
        timeout: '100ms',
        ...plan.batch,
      },
      consensus: {
        type: 'etcdraft',
        consenters: [{ host: '127.0.0.1', port: ports.service, ...certificates }],
        options: { tickInterval: '100ms' },
      },
      organizations: [{ name: mspIds.orderers, msp: orderers, endpoints: [`127.0.0.1:${ports.service}`] }],
    },
    application: plan.application ?? { organizations: [{ name: mspIds.members, msp: members }] },
  }
}

function environment(folder: string, ports: Ordering['ports'], mutualTls: boolean): Record<string, string> {
  const home = join(folder, 'files')
  const tls = (prefix: string) => ({
    [`${prefix}_TLS_ENABLED`]: 'true',
    [`${prefix}_TLS_PRIVATEKEY`]: join(home, 'tls/server.key'),
    [`${prefix}_TLS_CERTIFICATE`]: join(home, 'tls/server.crt'),
    [`${prefix}_TLS_ROOTCAS`]: `[${join(home, 'tls/ca.crt')}]`,
    [`${prefix}_TLS_CLIENTROOTCAS`]: `[${join(home, 'tls/ca.crt')}]`,
  })
  return {
    FABRIC_CFG_PATH: join(folder, 'config'),
    FABRIC_LOGGING_SPEC: 'info',
    ORDERER_GENERAL_LISTENADDRESS: '127.0.0.1',
    ORDERER_GENERAL_LISTENPORT: String(ports.service),
    ORDERER_GENERAL_LOCALMSPID: mspIds.orderers,
    ORDERER_GENERAL_LOCALMSPDIR: join(home, 'msp'),
    ORDERER_GENERAL_BOOTSTRAPMETHOD: 'none',
    ORDERER_GENERAL_TLS_CLIENTAUTHREQUIRED: String(mutualTls),
    ORDERER_GENERAL_CLUSTER_CLIENTCERTIFICATE: join(home, 'tls/server.crt'),
    ORDERER_GENERAL_CLUSTER_CLIENTPRIVATEKEY: join(home, 'tls/server.key'),
    ORDERER_GENERAL_CLUSTER_ROOTCAS: `[${join(home, 'tls/ca.crt')}]`,
    ORDERER_CHANNELPARTICIPATION_ENABLED: 'true',
    ORDERER_ADMIN_LISTENADDRESS: `127.0.0.1:${ports.admin}`,
    ORDERER_ADMIN_TLS_CLIENTAUTHREQUIRED: 'true',
    ORDERER_OPERATIONS_LISTENADDRESS: `127.0.0.1:${ports.operations}`,
    ORDERER_METRICS_PROVIDER: 'prometheus',
    ORDERER_FILELEDGER_LOCATION: join(folder, 'ledger'),
    ORDERER_CONSENSUS_WALDIR: join(folder, 'wal'),
    ORDERER_CONSENSUS_SNAPDIR: join(folder, 'snap'),
    ...tls('ORDERER_GENERAL'),
    ...tls('ORDERER_ADMIN'),
  }
}
