/** For tests only: one orderer and a peer of each of two organizations, all of Fabric's programs or all of the devnode's. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Connection, openConnection, type Signer, waitUntilConnected } from '@cello/fabric'
import { type ApplicationOrganization, defaultApplicationPolicies } from '@cello/fabric/config'
import { createOrganizationAuthorities, trustOf } from '@cello/fabric/identity'
import { joinPeer } from '@cello/fabric/peers'
import { freePorts } from '@cello/fabric/testing/real-node'
import { writeBuilder } from '../../fabric-harness/node-config.ts'
import { type NodeProcess, nodeProcess } from '../../fabric-harness/node-process.ts'
import type { NodeProgram, Runtime } from '../agreement/scenario.ts'
import { type Ordering, planOrdering, type RunningOrderer, startOrderer } from '../ordering.ts'
import { memberOf, mspOf, type OrganizationIdentity, writeNode } from '../organizations.ts'
import { coreYaml } from './core-yaml.ts'

export interface Organization extends OrganizationIdentity {
  readonly name: string
  readonly admin: Signer
  readonly user: Signer
  /** Signs as the organization's peer does. */
  readonly peer: Signer
}

export interface PeerPlan {
  readonly name: string
  readonly org: Organization
  readonly folder: string
  readonly ports: { readonly service: number; readonly operations: number; readonly contracts: number }
}

export interface RunningPeer extends PeerPlan {
  readonly address: string
  readonly process: NodeProcess
  readonly connection: Connection
}

export interface PeerNetwork extends AsyncDisposable {
  readonly ordering: Ordering
  readonly orderer: RunningOrderer
  readonly peers: readonly [RunningPeer, RunningPeer]
  /** Org1 and Org2 with a peer each; Org3 has none, and is not of the channel at first. */
  readonly organizations: readonly [Organization, Organization, Organization]
}

/** An organization with new authorities: `Org1` … */
export function organization(number: number): Organization {
  const name = `Org${number}`
  const mspId = `${name}MSP`
  const domain = `org${number}.example.com`
  const identity = { mspId, authorities: createOrganizationAuthorities({ domain }) }
  return {
    name,
    ...identity,
    admin: memberOf(identity, `admin@${domain}`, 'admin'),
    user: memberOf(identity, `user@${domain}`, 'client'),
    peer: memberOf(identity, `peer0@${domain}`, 'peer'),
  }
}

/** Policies that contracts refer to, beside the usual ones. */
const policies = {
  ...defaultApplicationPolicies,
  AnyEndorsement: { type: 'ImplicitMeta', rule: 'ANY Endorsement' },
  AllEndorsement: { type: 'ImplicitMeta', rule: 'ALL Endorsement' },
  SecondEndorsement: { type: 'Signature', rule: "OR('Org2MSP.peer')" },
} as const

export interface PlannedNetwork {
  readonly ordering: Ordering
  readonly peers: readonly [PeerPlan, PeerPlan]
  readonly organizations: PeerNetwork['organizations']
}

/** Writes the files of an orderer and two peers; nothing is started. */
export async function planPeerNetwork({ shipped }: Pick<Runtime, 'shipped'> = {}): Promise<PlannedNetwork> {
  const organizations = [organization(1), organization(2), organization(3)] as const
  const [first, second] = organizations
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = await freePorts(6)
  const ports = [
    { service: a, operations: b, contracts: c },
    { service: d, operations: e, contracts: f },
  ] as const
  const member = (org: Organization, port: number): ApplicationOrganization => ({
    name: org.mspId,
    msp: mspOf(org),
    anchorPeers: [{ host: '127.0.0.1', port }],
  })
  const ordering = await planOrdering({
    ...(shipped === undefined ? {} : { shipped }),
    members: first.authorities,
    application: { policies, organizations: [member(first, a), member(second, d)] },
    batch: { timeout: '100ms', maxMessageCount: 30, absoluteMaxBytes: 10_000_000, preferredMaxBytes: 2_000_000 },
  })
  const peers = [planPeer(ordering, first, ports[0]), planPeer(ordering, second, ports[1])] as const
  return { ordering, peers, organizations }
}

/** Starts everything; the orderer and both peers have joined the channel. */
export async function startPeerNetwork(runtime: Runtime): Promise<PeerNetwork> {
  const { ordering, peers: plans, organizations } = await planPeerNetwork(runtime)
  const peers = [startPeer(plans[0], runtime.peers[0]), startPeer(plans[1], runtime.peers[1])] as const
  const orderer = await startOrderer(ordering, runtime.orderer)
  const network: PeerNetwork = {
    ordering,
    orderer,
    peers,
    organizations,
    async [Symbol.asyncDispose]() {
      for (const { connection } of peers) connection.close()
      await Promise.all(peers.map(({ process }) => process.stop()))
      await orderer[Symbol.asyncDispose]()
      ordering[Symbol.dispose]()
    },
  }
  try {
    await orderer.participation.join(ordering.genesis)
    await Promise.all(peers.map(({ connection }) => waitUntilConnected(connection, { timeoutMs: 90_000 })))
    await Promise.all(peers.map(({ connection, org }) => joinPeer(connection, org.admin, ordering.genesis)))
  } catch (error) {
    const logs = peers.map(({ process }) => process.log()).join('\n---\n')
    await network[Symbol.asyncDispose]()
    throw new Error(`the network did not start\n${logs}`, { cause: error })
  }
  return network
}

/** Writes the files of a peer into a folder of its own; nothing is started. */
export function planPeer(ordering: Ordering, org: Organization, ports: PeerPlan['ports']): PeerPlan {
  const name = `peer0.${org.name.toLowerCase()}.example.com`
  const folder = join(ordering.folder, name)
  const { authorities, mspId } = org
  writeNode(folder, authorities, { name, role: 'peer' })
  mkdirSync(join(folder, 'data'))
  writeFileSync(join(folder, 'core.yaml'), coreYaml({ name, mspId, folder, ports, builder: writeBuilder(folder) }))
  return { name, org, folder, ports }
}

export function startPeer(plan: PeerPlan, program: NodeProgram): RunningPeer {
  const env = { FABRIC_CFG_PATH: plan.folder, PATH: '/usr/bin:/bin', FABRIC_LOGGING_SPEC: 'info' }
  const process = nodeProcess({ ...program, env, folder: plan.folder })
  process.start()
  return { ...plan, address: `127.0.0.1:${plan.ports.service}`, process, connection: connectTo(plan) }
}

/** A connection to a planned peer; dials until it answers. */
export function connectTo({ name, ports, org }: PeerPlan): Connection {
  return openConnection({
    node: name,
    host: '127.0.0.1',
    port: ports.service,
    serverName: 'localhost',
    tlsRoots: [trustOf(org.authorities.tls).root],
  })
}
