import { type Connection, type ConnectionPool, createConnectionPool, type Endpoint, type Signer } from '@cello/fabric'
import { signerOf } from '@cello/fabric/identity'
import { openParticipation, openRest, type Participation, type RestClient } from '@cello/fabric/ordering'
import { nodeRef, PlatformError, type PortName } from '@cello/model'
import type { IdentitySubject, LedgerAccess, LedgerNetwork, Reached } from '@cello/ports'
import { nodeById, organizationNamed } from '../channel-definition.ts'
import { FirstJoins } from './first-joins.ts'
import { SeenHeights } from './seen-heights.ts'

/**
 * The ways to the nodes of one network, opened when needed and kept: one gRPC connection a node, one HTTP client for each
 * of an orderer's two pages, one signer an identity.
 */
export class Connections implements AsyncDisposable {
  network: LedgerNetwork
  readonly heights = new SeenHeights()
  readonly firstJoins = new FirstJoins()
  readonly #access: LedgerAccess
  readonly #pool: ConnectionPool = createConnectionPool()
  readonly #reached = new Map<string, Promise<Reached>>()
  readonly #signers = new Map<string, Promise<Signer>>()
  readonly #participations = new Map<string, Participation>()
  readonly #operations = new Map<string, RestClient>()

  constructor(network: LedgerNetwork, access: LedgerAccess) {
    this.network = network
    this.#access = access
  }

  /** The connection to a node's service. */
  async service(nodeId: string): Promise<Connection> {
    return this.#pool.get(await this.#endpoint(nodeId, 'service'))
  }

  /** An orderer's participation API, with the orderer's own TLS certificate as the client's: its listener trusts its own authority. */
  async participation(nodeId: string): Promise<Participation> {
    const node = nodeById(this.network, nodeId)
    const endpoint = await this.#endpoint(nodeId, 'admin')
    return keep(this.#participations, `${nodeId}/${endpoint.host}:${endpoint.port}`, async () => {
      const key = await this.#access.key(node.record.organization, `node-tls/${node.record.name}`)
      return openParticipation({ ...endpoint, clientCertificate: node.tlsCertificate ?? '', clientKey: key.reveal() })
    })
  }

  /** A node's operations page: plain HTTP on loopback. */
  async operations(nodeId: string): Promise<RestClient> {
    const { node, host, port } = await this.#endpoint(nodeId, 'operations')
    return keep(this.#operations, `${nodeId}/${host}:${port}`, async () => openRest({ node, host, port, tlsRoots: [] }))
  }

  /** Where a node's service listens. */
  async serviceAddress(nodeId: string): Promise<Pick<Endpoint, 'host' | 'port'>> {
    const { host, port } = await this.#reach(nodeId, 'service')
    return { host, port }
  }

  /** The organization's administrator. */
  admin(organization: string): Promise<Signer> {
    return this.signer(organization, 'admin', organizationNamed(this.network, organization).adminCertificate)
  }

  signer(organization: string, subject: IdentitySubject, certificate: string): Promise<Signer> {
    const id = `${organization}/${subject}/${certificate}`
    const known = this.#signers.get(id) ?? this.#makeSigner(organization, subject, certificate)
    this.#signers.set(id, known)
    known.catch(() => this.#signers.delete(id))
    return known
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool[Symbol.asyncDispose]()
    const clients = [...this.#participations.values(), ...this.#operations.values()]
    await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()))
    const reached = await Promise.allSettled(this.#reached.values())
    for (const way of reached) if (way.status === 'fulfilled') await way.value.close()
  }

  async #makeSigner(organization: string, subject: IdentitySubject, certificate: string): Promise<Signer> {
    const { mspId } = organizationNamed(this.network, organization)
    const key = await this.#access.key(organization, subject)
    return signerOf({ mspId, certificate, privateKey: key.reveal() })
  }

  async #endpoint(nodeId: string, port: PortName): Promise<Endpoint> {
    const node = nodeById(this.network, nodeId)
    const { host, port: number } = await this.#reach(nodeId, port)
    const tlsRoots = [organizationNamed(this.network, node.record.organization).tlsCaCertificate]
    return { node: nodeRef(node.record), host, port: number, serverName: node.hostName, tlsRoots }
  }

  #reach(nodeId: string, port: PortName): Promise<Reached> {
    const id = `${nodeId}/${port}`
    const known = this.#reached.get(id) ?? this.#dial(nodeId, port)
    this.#reached.set(id, known)
    known.catch(() => this.#reached.delete(id))
    return known
  }

  /** A node that its host does not know is one that does not answer. */
  async #dial(nodeId: string, port: PortName): Promise<Reached> {
    try {
      return await this.#access.reach(nodeId, port)
    } catch (error) {
      if (!(error instanceof PlatformError) || error.code !== 'NOT_FOUND') throw error
      const node = nodeRef(nodeById(this.network, nodeId).record)
      throw new PlatformError('NODE_UNREACHABLE', { node, detail: error.message }, { cause: error })
    }
  }
}

async function keep<T>(known: Map<string, T>, id: string, open: () => Promise<T>): Promise<T> {
  const made = known.get(id) ?? (await open())
  known.set(id, made)
  return made
}
