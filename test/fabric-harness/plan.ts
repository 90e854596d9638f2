import { join } from 'node:path'

/** What a test network shall be. */
export interface NetworkShape {
  readonly version: '3.1.5' | '2.5.16'
  readonly consensus: 'etcdraft' | 'BFT'
  readonly orderers: number
  /** Peers of Org1, Org2 …, each organization by its number of peers. */
  readonly peers: readonly number[]
  readonly channel: string
  /** Whether orderers and peers ask every client for a certificate. */
  readonly mutualTls?: boolean
  /** What orders instead of Fabric's own program. */
  readonly ordererProgram?: Program
  /** What the peers are instead. */
  readonly peerProgram?: Program
}

export interface Program {
  readonly program: string
  /** Its first arguments. */
  readonly args: readonly string[]
}

export interface PlannedOrderer {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly adminPort: number
  readonly operationsPort: number
  readonly folder: string
  readonly crypto: string
}

export interface PlannedPeer {
  readonly name: string
  readonly org: PlannedOrg
  readonly host: string
  readonly port: number
  readonly contractPort: number
  readonly operationsPort: number
  readonly folder: string
  readonly crypto: string
}

export interface PlannedOrg {
  readonly name: string
  readonly mspId: string
  readonly domain: string
  readonly crypto: string
}

export interface NetworkPlan extends NetworkShape {
  readonly root: string
  readonly ordererOrg: PlannedOrg
  readonly orgs: readonly PlannedOrg[]
  readonly nodes: { readonly orderers: readonly PlannedOrderer[]; readonly peers: readonly PlannedPeer[] }
}

/** Names, ports and folders; nothing is made. `ports` gives so many free ones. */
export async function planNetwork(
  shape: NetworkShape,
  root: string,
  ports: (count: number) => Promise<readonly number[]>,
): Promise<NetworkPlan> {
  const peerCount = shape.peers.reduce((sum, count) => sum + count, 0)
  const free = [...(await ports(3 * (shape.orderers + peerCount)))]
  const port = () => {
    const next = free.pop()
    if (next === undefined) throw new Error('too few ports')
    return next
  }
  const ordererOrg = orgPlan(root, 'Orderer', 'orderer.test', 'ordererOrganizations')
  const orgs = shape.peers.map((_, index) =>
    orgPlan(root, `Org${index + 1}`, `org${index + 1}.test`, 'peerOrganizations'),
  )
  const orderers = Array.from({ length: shape.orderers }, (_, index) => {
    const host = `orderer${index}.${ordererOrg.domain}`
    const ends = { port: port(), adminPort: port(), operationsPort: port() }
    return {
      name: host,
      host: '127.0.0.1',
      ...ends,
      folder: join(root, host),
      crypto: join(ordererOrg.crypto, 'orderers', host),
    }
  })
  const peers = orgs.flatMap((org, at) =>
    Array.from({ length: shape.peers[at] ?? 0 }, (_, index) => {
      const host = `peer${index}.${org.domain}`
      const ends = { port: port(), contractPort: port(), operationsPort: port() }
      return {
        name: host,
        org,
        host: '127.0.0.1',
        ...ends,
        folder: join(root, host),
        crypto: join(org.crypto, 'peers', host),
      }
    }),
  )
  return { ...shape, root, ordererOrg, orgs, nodes: { orderers, peers } }
}

function orgPlan(root: string, name: string, domain: string, kind: string): PlannedOrg {
  return { name, mspId: `${name}MSP`, domain, crypto: join(root, 'crypto', kind, domain) }
}
