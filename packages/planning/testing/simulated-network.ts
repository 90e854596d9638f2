import {
  type ChannelSpec,
  isNetworkStep,
  memberOrganizations,
  type NetworkStepKind,
  type NodeRecord,
  type ObservedChannelConfig,
  type ObservedDefinition,
  type ObservedNetwork,
  orderingOrganizations,
  type Step,
} from '@cello/model'
import { wantedSequence } from '../plan-contracts.ts'
import { quorumOf } from '../quorum.ts'
import { channelNodes, packageKey, serviceAddress, type WantedNetwork, wantedChannel } from '../wanted.ts'

interface SimulatedNode {
  state: 'running' | 'stopped' | 'exited'
  /** The incarnation that runs. */
  incarnation: number
  readonly channels: Set<string>
  readonly packages: Set<string>
}

interface SimulatedContract {
  committed?: ObservedDefinition
  readonly approvals: Map<string, { readonly definition: ObservedDefinition; readonly packageId?: string | undefined }>
}

interface SimulatedChannel {
  config: ObservedChannelConfig
  readonly contracts: Map<string, SimulatedContract>
}

/** What never may happen, whatever the order: a plan that leads to it is wrong. */
export class Harm extends Error {
  override readonly name = 'Harm'
}

/** What passes, or fails until something else is done: the step is tried again by a later plan. */
class NotNow extends Error {
  override readonly name = 'NotNow'
}

/**
 * A network of which nothing is real: what steps do to one, and what is seen of it, by the rules of Fabric that plans
 * hang on (quorum, membership before joins, approvals before commits).
 */
export class SimulatedNetwork {
  wanted: WantedNetwork
  isForgotten = false
  /** Ids of nodes whose host does not answer. */
  readonly silent = new Set<string>()
  readonly #organizations = new Set<string>()
  readonly #identities = new Set<string>()
  readonly #channels = new Map<string, SimulatedChannel>()
  readonly #nodes = new Map<string, SimulatedNode>()

  constructor(wanted: WantedNetwork) {
    this.wanted = wanted
  }

  /** @returns whether it was done. @throws Harm */
  apply(step: Step): boolean {
    const [first = '', second = '', third = ''] = step.key.split('/')
    if (!isNetworkStep(step.kind)) throw new Error(`${step.kind} is no step of a network`)
    try {
      this.#acts[step.kind](first, second, third)
      return true
    } catch (error) {
      if (error instanceof NotNow) return false
      throw error
    }
  }

  /** The node ends by itself; `lost` with its data. */
  end(nodeId: string, how: 'exited' | 'lost'): void {
    const node = this.#nodes.get(nodeId)
    if (how === 'lost') this.#nodes.delete(nodeId)
    else if (node?.state === 'running') node.state = 'exited'
  }

  observe(): ObservedNetwork {
    const { nodes, spec } = this.wanted
    return {
      networkId: this.wanted.id,
      at: 1,
      identities: { organizations: [...this.#organizations], nodes: [...this.#identities] },
      genesis: [...this.#channels.keys()],
      nodes: Object.fromEntries(nodes.map((node) => [node.id, this.#observeNode(node)])),
      channels: Object.fromEntries(
        spec.channels.flatMap((channel) => {
          const seen = this.#observeChannel(channel)
          return seen ? [[channel.name, seen]] : []
        }),
      ),
    }
  }

  /** Whether enough of the channel's consenters are up and on it. */
  hasQuorum(channel: string): boolean {
    const config = this.#channels.get(channel)?.config
    if (!config) return false
    const active = config.consenters.filter((address) => this.#isActive(channel, address)).length
    return active >= quorumOf(config.consensus.type, config.consenters.length)
  }

  config(channel: string): ObservedChannelConfig | undefined {
    return this.#channels.get(channel)?.config
  }

  committed(channel: string, contract: string): ObservedDefinition | undefined {
    return this.#channels.get(channel)?.contracts.get(contract)?.committed
  }

  isRunning(nodeId: string): boolean {
    return this.#nodes.get(nodeId)?.state === 'running'
  }

  #observeNode(node: NodeRecord) {
    if (this.silent.has(node.id)) return { state: 'unknown' as const, current: true }
    const seen = this.#nodes.get(node.id)
    if (!seen) return { state: 'absent' as const, current: false }
    const packages = seen.state === 'running' && node.kind === 'peer' ? { packages: [...seen.packages] } : {}
    return { state: seen.state, current: seen.incarnation === node.incarnation, ...packages }
  }

  #observeChannel(channel: ChannelSpec) {
    const visible = (kind: NodeRecord['kind']) =>
      this.wanted.nodes.filter(
        ({ id, kind: its }) => its === kind && this.#isOn(id, channel.name) && !this.silent.has(id),
      )
    const [orderers, peers] = [visible('orderer'), visible('peer')]
    const chain = this.#channels.get(channel.name)
    if (!chain || orderers.length + peers.length === 0) return undefined
    const leads = this.hasQuorum(channel.name)
    const expected = channelNodes(this.wanted, channel, 'peer').filter(({ power }) => power === 'running')
    const names = channel.contracts.map(({ name }) => name as string)
    const contracts = names.map((name) => {
      const { committed, approvals } = chain.contracts.get(name) ?? { approvals: new Map() }
      const listed = [...approvals].map(([organization, approval]) => ({ organization, ...approval }))
      return [name, { ...(committed && { committed }), approvals: listed }] as const
    })
    return {
      orderers: Object.fromEntries(
        orderers.map(({ id }) => [id, { height: 1, status: 'active', relation: 'consenter', leads }]),
      ),
      peers: Object.fromEntries(peers.map(({ id }) => [id, { height: 1 }])),
      config: chain.config,
      ...(peers.length > 0 && { contracts: Object.fromEntries(contracts) }),
      discovered: expected.every(({ id }) => peers.some((peer) => peer.id === id)),
    }
  }

  readonly #acts: Readonly<Record<NetworkStepKind, (first: string, second: string, third: string) => void>> = {
    'make-identities': (organization) => {
      this.#organizations.add(organization)
      const kept = this.wanted.nodes.filter(
        (node) => node.organization === organization && node.kind !== 'contract' && !node.removed,
      )
      for (const { id } of kept) this.#identities.add(id)
    },
    'make-genesis': (name) => {
      const channel = this.#spec(name)
      const config = this.#wantedConfig(channel)
      for (const org of [...config.orderers, ...config.members]) this.#needIdentity(this.#organizations, org)
      for (const node of channelNodes(this.wanted, channel, 'orderer')) this.#needIdentity(this.#identities, node.id)
      if (this.#channels.has(name)) throw new Harm(`a second genesis block of ${name}`)
      this.#channels.set(name, { config, contracts: new Map() })
    },
    'ensure-node': (id) => {
      const record = this.#reach(id)
      if (record.kind !== 'contract') this.#needIdentity(this.#identities, id)
      const { channels, packages } = this.#nodes.get(id) ?? { channels: new Set<string>(), packages: new Set<string>() }
      this.#nodes.set(id, { state: 'running', incarnation: record.incarnation, channels, packages })
    },
    'stop-node': (id) => {
      this.#reach(id)
      const node = this.#nodes.get(id)
      if (node) node.state = 'stopped'
    },
    'remove-node': (id) => {
      const record = this.#reach(id)
      if (!record.removed && !this.wanted.deleting) throw new Harm(`${id} is wanted and was removed`)
      if (!this.wanted.deleting) this.#assertNotCounted(record, undefined)
      this.#nodes.delete(id)
      const nodes = this.wanted.nodes.filter((node) => node.id !== id)
      if (!this.wanted.deleting) this.wanted = { ...this.wanted, nodes }
    },
    'join-orderer': (channel, id) => this.#join(channel, id),
    'join-peer': (channel, id) => this.#join(channel, id),
    'leave-orderer': (channel, id) => {
      this.#assertNotCounted(this.#reach(id), channel)
      this.#nodes.get(id)?.channels.delete(channel)
    },
    'update-channel': (name) => {
      this.#needQuorum(name)
      const wanted = this.#wantedConfig(this.#spec(name))
      const chain = this.#chain(name)
      const staying = chain.config.consenters.filter((address) => wanted.consenters.includes(address))
      const isChanged = staying.length !== wanted.consenters.length || staying.length !== chain.config.consenters.length
      if (isChanged && !staying.every((address) => this.#isActive(name, address))) throw new NotNow('one is not active')
      chain.config = { ...wanted, sequence: chain.config.sequence + 1 }
      if (!this.hasQuorum(name)) throw new Harm(`channel ${name} lost its quorum`)
    },
    'install-package': (channel, contract, id) => {
      const { organization } = this.#reach(id)
      const packageId = this.wanted.packageIds[packageKey(channel, contract, organization)]
      if (!this.isRunning(id) || packageId === undefined) throw new NotNow(`${id} cannot install`)
      this.#nodes.get(id)?.packages.add(packageId)
    },
    'approve-contract': (channel, contract, organization) => {
      this.#needQuorum(channel)
      this.#needPeer(channel, organization)
      const { definition, kept } = this.#definition(channel, contract)
      const packageId = this.wanted.packageIds[packageKey(channel, contract, organization)]
      kept.approvals.set(organization, { definition, packageId })
    },
    'commit-contract': (channel, contract) => {
      this.#needQuorum(channel)
      const { definition, kept } = this.#definition(channel, contract)
      for (const { name } of memberOrganizations(this.wanted.spec, this.#spec(channel))) {
        this.#needPeer(channel, name)
        if (kept.approvals.get(name)?.definition.sequence !== definition.sequence) throw new NotNow('not approved')
      }
      if (definition.sequence !== (kept.committed?.sequence ?? 0) + 1) throw new NotNow('committed already')
      kept.committed = definition
    },
    'await-nodes': () => {},
    'await-ready': () => {},
    'forget-network': () => {
      if (this.#nodes.size > 0) throw new Harm('something of a forgotten network still runs')
      this.isForgotten = true
    },
  }

  #join(channel: string, id: string): void {
    const record = this.#reach(id)
    const { config } = this.#chain(channel)
    if (!this.isRunning(id)) throw new NotNow(`${id} does not run`)
    const orgs = record.kind === 'orderer' ? config.orderers : config.members
    if (record.kind === 'peer' && !orgs.includes(record.organization)) throw new NotNow(`${id} is no member yet`)
    this.#nodes.get(id)?.channels.add(channel)
  }

  #definition(channel: string, name: string) {
    const contract = this.#spec(channel).contracts.find((candidate) => candidate.name === name)
    if (!contract) throw new Harm(`contract ${name} is not wanted`)
    const { contracts } = this.#chain(channel)
    const kept: SimulatedContract = contracts.get(name) ?? { approvals: new Map() }
    contracts.set(name, kept)
    const { version, initRequired, policy, collections } = contract
    const sequence = wantedSequence(contract, kept.committed)
    const definition: ObservedDefinition = { version, initRequired, policy, collections, sequence }
    return { definition, kept }
  }

  #wantedConfig(channel: ChannelSpec): ObservedChannelConfig {
    const { consensus, batch, orderers, members, consenters, anchors } = wantedChannel(this.wanted, channel)
    const addresses = (ids: readonly string[]) => ids.map((id) => serviceAddress(this.wanted, this.#record(id)))
    return {
      sequence: 0,
      consensus,
      batch,
      orderers,
      members,
      consenters: addresses(consenters),
      anchors: addresses(anchors),
    }
  }

  #assertNotCounted(record: NodeRecord, channel: string | undefined): void {
    for (const [name, { config }] of this.#channels) {
      if (channel !== undefined && channel !== name) continue
      if (record.kind === 'orderer' && config.consenters.includes(serviceAddress(this.wanted, record)))
        throw new Harm(`${record.id} is a consenter of ${name} and was taken away`)
    }
  }

  #isActive(channel: string, address: string): boolean {
    const node = this.wanted.nodes.find((candidate) => serviceAddress(this.wanted, candidate) === address)
    return node !== undefined && this.#isOn(node.id, channel)
  }

  #isOn(id: string, channel: string): boolean {
    return this.isRunning(id) && this.#nodes.get(id)?.channels.has(channel) === true
  }

  #reach(id: string): NodeRecord {
    if (this.silent.has(id)) throw new Harm(`${id} was touched while its host is silent`)
    return this.#record(id)
  }

  #record(id: string): NodeRecord {
    const found = this.wanted.nodes.find((node) => node.id === id)
    if (!found) throw new Harm(`there is no node ${id}`)
    return found
  }

  #spec(name: string): ChannelSpec {
    const found = this.wanted.spec.channels.find((channel) => channel.name === name)
    if (!found) throw new Harm(`channel ${name} is not wanted`)
    return found
  }

  #chain(name: string): SimulatedChannel {
    const found = this.#channels.get(name)
    if (!found) throw new NotNow(`channel ${name} has no genesis block`)
    return found
  }

  #needIdentity(held: ReadonlySet<string>, name: string): void {
    if (!held.has(name)) throw new NotNow(`${name} has no identity`)
  }

  #needQuorum(channel: string): void {
    this.#chain(channel)
    if (!this.hasQuorum(channel)) throw new NotNow(`channel ${channel} has no leader`)
    if (orderingOrganizations(this.wanted.spec, this.#spec(channel)).length === 0) throw new Harm('nobody orders')
  }

  #needPeer(channel: string, organization: string): void {
    const peers = this.wanted.nodes.filter((node) => node.kind === 'peer' && node.organization === organization)
    if (!peers.some(({ id }) => this.#isOn(id, channel))) throw new NotNow(`no peer of ${organization} answers`)
  }
}
