import type { Secret } from '@cello/kit'
import { type NodeRecord, nodeRef, type ObservedNetwork, PlatformError } from '@cello/model'
import { packageKey, type WantedNetwork } from '@cello/planning'
import type {
  ContractPackage,
  Driver,
  IdentitySubject,
  Ledger,
  LedgerNetwork,
  LedgerSession,
  NetworkRecord,
  NodeSpec,
} from '@cello/ports'
import { specDigest } from '@cello/ports'
import type { OrchestrationContext } from './context.ts'
import type { MadePackage } from './contract-packages.ts'
import { certificatesOf, ledgerNetwork } from './ledger-network.ts'
import { wantedWithPackages } from './wanted-network.ts'

/** Looks that are kept: when all was done, and before the transactions of contracts. */
type Look = 'last' | 'before-contracts'

/**
 * One network as the orchestration works with it: its record, its public side, one session to its nodes, and what was
 * derived from them and is dear to derive again. `refresh` follows a change of the record or of its identities.
 */
export class NetworkContext implements AsyncDisposable {
  readonly shared: OrchestrationContext
  readonly ledger: Ledger
  #record: NetworkRecord
  #view: LedgerNetwork | undefined
  #wanted: WantedNetwork | undefined
  #session: LedgerSession | undefined
  #packages: ReadonlyMap<string, MadePackage> = new Map()
  #refreshing: Promise<void> = Promise.resolve()
  readonly #looks = new Map<Look, { readonly generation: number; readonly observed: ObservedNetwork }>()
  readonly #digests = new Map<string, Promise<string>>()

  constructor(shared: OrchestrationContext, record: NetworkRecord) {
    this.shared = shared
    this.#record = record
    this.ledger = shared.ledger(record.runtime.kind)
  }

  get record(): NetworkRecord {
    return this.#record
  }

  get view(): LedgerNetwork {
    if (!this.#view)
      throw new PlatformError('NODE_NOT_READY', { node: this.#record.name, detail: 'it was not looked at yet' })
    return this.#view
  }

  get wanted(): WantedNetwork {
    if (!this.#wanted) throw new Error('refresh comes before any use')
    return this.#wanted
  }

  get session(): LedgerSession {
    this.#session ??= this.ledger.open(this.view, {
      reach: (nodeId, port, options) => this.driverOf(this.node(nodeId)).reach(nodeId, port, options),
      key: (organization, subject) => this.key(organization, subject),
    })
    return this.#session
  }

  /** Resolves when no refresh is under way. */
  refreshed(): Promise<void> {
    return this.#refreshing
  }

  /** One refresh after the other: a slow one must not put an older view over a newer one. */
  refresh(record: NetworkRecord): Promise<void> {
    const refreshed = this.#refreshing.then(() => this.#refresh(record))
    this.#refreshing = refreshed.catch(() => {})
    return refreshed
  }

  /** An action that ended with a look at the network leaves it for whoever looks next. */
  keepLook(look: Look, observed: ObservedNetwork): void {
    this.#looks.set(look, { generation: this.#record.generation, observed })
  }

  /** The look that the last such action ended with, once; undefined where something else is wanted by now. */
  takeLook(look: Look): ObservedNetwork | undefined {
    const kept = this.#looks.get(look)
    this.#looks.delete(look)
    return kept?.generation === this.#record.generation ? kept.observed : undefined
  }

  /** Looks that an earlier, cut off turn left behind are of its time, not of now. */
  forgetLooks(): void {
    this.#looks.clear()
  }

  node(nodeId: string): NodeRecord {
    const found = this.#record.nodes.find(({ id }) => id === nodeId)
    if (!found) throw new PlatformError('NOT_FOUND', { noun: 'node', id: nodeId })
    return found
  }

  driverOf(node: NodeRecord): Driver {
    return this.shared.driver(node.hostId)
  }

  key(organization: string, subject: IdentitySubject): Promise<Secret> {
    return this.shared.store.identities.key(this.#record.id, organization, subject)
  }

  /** The package that an organization installs for a contract. */
  contractPackage(channel: string, contract: string, organization: string): ContractPackage {
    const found = this.#packages.get(packageKey(channel, contract, organization))
    if (!found) throw new PlatformError('NOT_FOUND', { noun: 'package of contract', id: `${channel}/${contract}` })
    return found
  }

  /** What the driver must be told so that the node is as it is wanted. */
  async nodeSpec(node: NodeRecord): Promise<NodeSpec> {
    const described = this.view.nodes.find(({ record }) => record.id === node.id)
    if (!described) throw new PlatformError('NOT_FOUND', { noun: 'node', id: nodeRef(node) })
    if (node.contract) return this.#contractSpec(node, described)
    const [enrolmentKey, tlsKey] = await Promise.all([
      this.key(node.organization, `node/${node.name}`),
      this.key(node.organization, `node-tls/${node.name}`),
    ])
    return this.ledger.describeNode({
      network: this.view,
      node: described,
      programs: this.#record.runtime.programs,
      enrolmentKey,
      tlsKey,
    })
  }

  /** The digest that the node's driver reports when it runs as wanted. Undefined before its identities are made. */
  async specDigest(node: NodeRecord): Promise<string | undefined> {
    const digest = this.#digests.get(node.id) ?? this.nodeSpec(node).then(specDigest)
    this.#digests.set(node.id, digest)
    try {
      return await digest
    } catch (error) {
      this.#digests.delete(node.id)
      if (error instanceof PlatformError && error.code === 'NOT_FOUND') return undefined
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session?.[Symbol.asyncDispose]()
    this.#session = undefined
  }

  async #refresh(record: NetworkRecord): Promise<void> {
    const [identities, { wanted, packages }] = await Promise.all([
      this.shared.store.identities.list(record.id),
      wantedWithPackages(this.shared, record, this.#packages),
    ])
    this.#record = record
    this.#wanted = wanted
    this.#packages = packages
    this.#view = ledgerNetwork(record, certificatesOf(identities), wanted.addresses)
    this.#digests.clear()
    this.#session?.setNetwork(this.#view)
  }

  async #contractSpec(node: NodeRecord, described: LedgerNetwork['nodes'][number]): Promise<NodeSpec> {
    const { channel, name, package: digest } = node.contract ?? { channel: '', name: '', package: '' }
    const deployed = this.#record.spec.channels
      .find((one) => one.name === channel)
      ?.contracts.find((one) => one.name === name && one.package === digest)
    const code = deployed?.code ?? digest
    const built = await this.shared.store.packages.get(code)
    if (!built) throw new PlatformError('NOT_FOUND', { noun: 'package', id: code })
    const contract = { digest: code, entry: built.entry }
    const { modules } = built
    const programs = { node: await this.shared.contractRuntime(node.hostId), contract, ...(modules && { modules }) }
    const packageId = this.contractPackage(channel, name, node.organization).id
    return this.ledger.describeNode({ network: this.view, node: described, programs, packageId })
  }
}
