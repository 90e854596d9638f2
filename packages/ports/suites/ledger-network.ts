import { newId, type Secret } from '@cello/kit'
import { type NodeKind, type NodeRecord, nodeRef, type PortName } from '@cello/model'
import type {
  Authority,
  IdentitySubject,
  LedgerNetwork,
  LedgerNode,
  LedgerOrganization,
  LedgerSession,
  MadeIdentity,
} from '../ledger.ts'
import type { LedgerCapabilities, LedgerWorld } from './ledger-world.ts'

const portsOf: Readonly<Record<NodeKind, readonly PortName[]>> = {
  orderer: ['service', 'operations', 'admin'],
  peer: ['service', 'operations'],
  contract: ['service'],
}

/** A network as the suite makes it: what the platform keeps in its store, kept in memory. */
export class SuiteNetwork {
  readonly world: LedgerWorld
  /** Of the ordering organization. */
  readonly ordererRefs: readonly string[]
  readonly id = newId()
  readonly #address: string
  readonly #keys = new Map<string, Secret>()
  readonly #authorities = new Map<string, Authority>()
  readonly #organizations: LedgerOrganization[] = []
  readonly #nodes: LedgerNode[] = []
  #session: LedgerSession | undefined

  private constructor(world: LedgerWorld, address: string, orderers: number) {
    this.world = world
    this.ordererRefs = Array.from({ length: orderers }, (_, index) => `Orderer/orderer${index}`)
    this.#address = address
  }

  static async make(world: LedgerWorld, { consenters }: LedgerCapabilities): Promise<SuiteNetwork> {
    return new SuiteNetwork(world, (await world.driver.facts()).address, consenters ? 3 : 1)
  }

  get view(): LedgerNetwork {
    const { version } = this.world
    return { id: this.id, name: 'suite', version, organizations: [...this.#organizations], nodes: [...this.#nodes] }
  }

  /** One session for the whole network, told of each change. */
  get session(): LedgerSession {
    this.#session ??= this.world.ledger.open(this.view, {
      reach: (nodeId, port, options) => this.world.driver.reach(nodeId, port, options),
      key: async (organization, subject) => this.#key(organization, subject),
    })
    return this.#session
  }

  /** @param ref `Org1/peer0` */
  node(ref: string): LedgerNode {
    const found = this.#nodes.find(({ record }) => nodeRef(record) === ref)
    if (!found) throw new Error(`the suite has no node ${ref}`)
    return found
  }

  idOf(ref: string): string {
    return this.node(ref).record.id
  }

  organization(name: string): LedgerOrganization {
    const found = this.#organizations.find((org) => org.name === name)
    if (!found) throw new Error(`the suite has no organization ${name}`)
    return found
  }

  keep(organization: string, made: readonly MadeIdentity[]): void {
    for (const { subject, key } of made) if (key) this.#keys.set(`${organization}/${subject}`, key)
  }

  async addOrganization(name: string): Promise<MadeIdentity[]> {
    const facts = { name, mspId: `${name}MSP`, domain: `${name}.suite.cello`.toLowerCase() }
    const made = await this.world.ledger.makeOrganization(facts)
    this.keep(name, made)
    const certificate = (subject: IdentitySubject) => made.find((one) => one.subject === subject)?.certificate ?? ''
    for (const subject of ['ca', 'tls-ca'] as const) {
      this.#authorities.set(`${name}/${subject}`, {
        certificate: certificate(subject),
        key: this.#key(name, subject),
      })
    }
    this.#organizations.push({
      ...facts,
      caCertificate: certificate('ca'),
      tlsCaCertificate: certificate('tls-ca'),
      adminCertificate: certificate('admin'),
    })
    this.#changed()
    return made
  }

  authority(organization: string, subject: 'ca' | 'tls-ca'): Authority {
    const found = this.#authorities.get(`${organization}/${subject}`)
    if (!found) throw new Error(`the suite has no authority of ${organization}`)
    return found
  }

  /** A node's row and, but for contracts, its identities. Nothing is started. */
  async addNode(kind: NodeKind, organization: string, name: string): Promise<LedgerNode> {
    const ports: Partial<Record<PortName, number>> = {}
    for (const port of portsOf[kind]) ports[port] = await this.world.takePort()
    const record: NodeRecord = {
      id: newId(),
      networkId: this.id,
      organization,
      name,
      kind,
      hostId: 'suite',
      ports,
      power: 'running',
      incarnation: 1,
      removed: false,
      createdAt: Date.now(),
      ...(kind === 'contract' && { contract: { channel: 'main', name: 'basic', package: '0'.repeat(64) } }),
    }
    const hostName = `${name}.${this.organization(organization).domain}`
    const node: LedgerNode = { record, hostName, address: this.#address, ...(await this.#identities(record, hostName)) }
    this.#nodes.push(node)
    this.#changed()
    return node
  }

  /** Lets the driver run it. */
  async start(ref: string, packageId?: string): Promise<void> {
    await this.world.driver.ensure(this.describe(ref, packageId), { fence: 1 })
  }

  describe(ref: string, packageId?: string): ReturnType<LedgerWorld['ledger']['describeNode']> {
    const node = this.node(ref)
    const { organization, name, kind } = node.record
    const keys = kind !== 'contract' && {
      enrolmentKey: this.#key(organization, `node/${name}`),
      tlsKey: this.#key(organization, `node-tls/${name}`),
    }
    return this.world.ledger.describeNode({
      network: this.view,
      node,
      programs: this.world.programs,
      ...keys,
      packageId,
    })
  }

  async stop(ref: string): Promise<void> {
    await this.world.driver.stop(this.node(ref).record.id, { fence: 1 })
  }

  /** Forgets the row of a node that has been removed. */
  async remove(ref: string): Promise<void> {
    const node = this.node(ref)
    await this.world.driver.remove(node.record.id, { fence: 1 })
    this.#nodes.splice(this.#nodes.indexOf(node), 1)
    this.#changed()
  }

  async close(): Promise<void> {
    await this.#session?.[Symbol.asyncDispose]()
    await Promise.all(this.#nodes.map(({ record }) => this.world.driver.remove(record.id, { fence: 1 })))
  }

  async #identities(record: NodeRecord, hostName: string): Promise<Pick<LedgerNode, 'certificate' | 'tlsCertificate'>> {
    const { organization, name, kind } = record
    if (kind === 'contract') return {}
    const made = await this.world.ledger.makeNodeIdentities({
      organization: this.organization(organization),
      ca: this.authority(organization, 'ca'),
      tlsCa: this.authority(organization, 'tls-ca'),
      name,
      kind,
      hosts: [...new Set([hostName, this.#address, 'localhost', '127.0.0.1'])],
    })
    this.keep(organization, made)
    const certificate = (subject: IdentitySubject) => made.find((one) => one.subject === subject)?.certificate
    return { certificate: certificate(`node/${name}`), tlsCertificate: certificate(`node-tls/${name}`) }
  }

  #key(organization: string, subject: IdentitySubject): Secret {
    const found = this.#keys.get(`${organization}/${subject}`)
    if (!found) throw new Error(`the suite holds no key of ${organization}/${subject}`)
    return found
  }

  #changed(): void {
    this.#session?.setNetwork(this.view)
  }
}
