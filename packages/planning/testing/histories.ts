import type { NetworkSpec, NetworkSpecInput, NodeRecord } from '@cello/model'
import { memberOrganizations, NetworkSpec as Schema } from '@cello/model'
import * as fc from 'fast-check'
import { quorumOf } from '../quorum.ts'
import { refusals } from '../refusals.ts'
import { channelNodes, serviceAddress } from '../wanted.ts'
import { allotted, digest, wantedOf } from './networks.ts'
import { runPlan } from './run-plan.ts'
import { SimulatedNetwork } from './simulated-network.ts'

/** One thing that happens to a network; numbers choose among what there is, so that every history means something. */
export type Event = { readonly kind: EventKind; readonly pick: number; readonly seed: number }
type EventKind = (typeof eventKinds)[number]

const eventKinds = [
  'work',
  'exit',
  'lose-peer',
  'silence',
  'answer',
  'edit',
  'stop-node',
  'start-node',
  'restart-node',
  'stop-network',
  'start-network',
] as const

export const histories: fc.Arbitrary<readonly Event[]> = fc.array(
  fc.record({
    kind: fc.oneof(
      { weight: 4, arbitrary: fc.constant('work' as const) },
      { weight: 3, arbitrary: fc.constant('edit' as const) },
      { weight: 6, arbitrary: fc.constantFrom(...eventKinds) },
    ),
    pick: fc.nat(1000),
    seed: fc.nat(100_000),
  }),
  { maxLength: 14 },
)

/** Documents to begin with: orderers, member organizations, peers of each, channels, whether a contract is there. */
export const documents: fc.Arbitrary<NetworkSpec> = fc
  .record({
    consensus: fc.constantFrom('raft' as const, 'raft' as const, 'bft' as const),
    orderers: fc.integer({ min: 1, max: 5 }),
    isShared: fc.boolean(),
    peers: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
    channels: fc.integer({ min: 0, max: 2 }),
    isDeployed: fc.boolean(),
  })
  .map(({ consensus, orderers, isShared, peers, channels, isDeployed }) => {
    const count = consensus === 'bft' ? Math.max(4, orderers) : orderers
    const own = names('orderer', count)
    return Schema.parse({
      name: 'demo',
      runtime: { kind: 'fake' },
      organizations: [
        ...(isShared ? [] : [{ name: 'Orderer', orderers: own }]),
        ...peers.map((number, index) => ({
          name: `Org${index}`,
          peers: names('peer', number),
          orderers: isShared && index === 0 ? own : [],
        })),
      ],
      channels: names('channel', channels).map(({ name }) => ({
        name,
        consensus: { type: consensus },
        contracts: isDeployed ? [{ name: 'assets', package: digest('a') }] : [],
      })),
    })
  })

/** A network to which all of it has happened. */
export function live(spec: NetworkSpec, history: readonly Event[]): SimulatedNetwork {
  const network = new SimulatedNetwork(wantedOf(spec))
  for (const event of history) happen(network, event)
  return network
}

/** Ends what a history leaves in the way: every host answers, everything is wanted up. */
export function settle(network: SimulatedNetwork): void {
  network.silent.clear()
  want(network, { power: 'running' })
  for (const { id } of network.wanted.nodes) setNode(network, id, { power: 'running' })
}

/** Asks for another document, as a use case does. @returns whether it was accepted */
export function change(network: SimulatedNetwork, next: NetworkSpec): boolean {
  const { spec, nodes, power, deleting } = network.wanted
  if (refusals({ spec, nodes }, next).length > 0) return false
  network.wanted = wantedOf(next, { nodes: allotted(next, nodes), power, deleting })
  return true
}

function happen(network: SimulatedNetwork, event: Event): void {
  events[event.kind](network, event)
}

const events: Readonly<Record<EventKind, (network: SimulatedNetwork, event: Event) => void>> = {
  work: (network, { pick, seed }) => void runPlan(network, seed, pick % 25),
  exit: (network, { pick }) => network.end(some(network.wanted.nodes, pick)?.id ?? '', 'exited'),
  'lose-peer': (network, { pick }) =>
    network.end(
      some(
        network.wanted.nodes.filter(({ kind }) => kind !== 'orderer'),
        pick,
      )?.id ?? '',
      'lost',
    ),
  silence: (network, { pick }) => void network.silent.add(some(network.wanted.nodes, pick)?.id ?? ''),
  answer: (network) => network.silent.clear(),
  edit: (network, { pick, seed }) => {
    const draft: NetworkSpecInput = structuredClone(network.wanted.spec)
    some(edits, pick)?.(draft, seed)
    some(edits, seed)?.(draft, pick)
    const parsed = Schema.safeParse(draft)
    if (parsed.success && canBeDone(network, parsed.data)) change(network, parsed.data)
  },
  'stop-node': (network, { pick }) => {
    const node = some(
      network.wanted.nodes.filter((candidate) => canStop(network, candidate)),
      pick,
    )
    if (node) setNode(network, node.id, { power: 'stopped' })
  },
  'start-node': (network, { pick }) => {
    const node = some(network.wanted.nodes, pick)
    if (node) setNode(network, node.id, { power: 'running' })
  },
  'restart-node': (network, { pick }) => {
    const node = some(network.wanted.nodes, pick)
    if (node) setNode(network, node.id, { incarnation: node.incarnation + 1 })
  },
  'stop-network': (network) => want(network, { power: 'stopped' }),
  'start-network': (network) => want(network, { power: 'running' }),
}

type Edit = (draft: NetworkSpecInput, pick: number) => unknown

const edits: readonly Edit[] = [
  (draft, pick) => {
    const org = some(draft.organizations, pick)
    Object.assign(org ?? {}, { peers: [...(org?.peers ?? []), { name: `peer${pick}` }] })
  },
  (draft, pick) => {
    const org = some(draft.organizations, pick)
    Object.assign(org ?? {}, {
      peers: (org?.peers ?? []).slice(pick % 2, (org?.peers ?? []).length - ((pick + 1) % 2)),
    })
  },
  (draft, pick) => {
    const org = draft.organizations.find(({ orderers }) => (orderers ?? []).length > 0)
    Object.assign(org ?? {}, { orderers: [...(org?.orderers ?? []), { name: `orderer${pick}` }] })
  },
  (draft, pick) => {
    const org = draft.organizations.find(({ orderers }) => (orderers ?? []).length > 1)
    Object.assign(org ?? {}, { orderers: (org?.orderers ?? []).slice(1 + (pick % 2)) })
  },
  (draft, pick) => {
    draft.organizations.push({ name: `New${pick}`, peers: [{ name: 'peer0' }] })
  },
  (draft, pick) => {
    draft.channels = [...(draft.channels ?? []), { name: `channel-${pick}` }]
  },
  (draft, pick) => {
    Object.assign(some(draft.channels ?? [], pick) ?? {}, { batch: { maxMessages: 1 + pick } })
  },
  (draft, pick) => {
    const contract = { name: 'assets', version: `${pick}.0`, package: digest(pick % 2 === 0 ? 'a' : 'b') }
    Object.assign(some(draft.channels ?? [], pick) ?? {}, { contracts: [contract] })
  },
  (draft, pick) => {
    Object.assign(some(draft.channels ?? [], pick) ?? {}, { contracts: [] })
  },
]

/** Stops that leave a network able to do what is asked of it: a peer of each organization, a quorum of each channel. */
function canStop(network: SimulatedNetwork, node: NodeRecord): boolean {
  const { wanted } = network
  if (node.kind === 'contract') return true
  const up = wanted.nodes.filter(({ id, kind, power }) => id !== node.id && kind === node.kind && power === 'running')
  if (node.kind === 'peer')
    return up.some(({ organization, removed }) => organization === node.organization && !removed)
  return wanted.spec.channels.every((channel) => {
    const present = network.config(channel.name)?.consenters
    const addresses = channelNodes(wanted, channel, 'orderer').map((other) => serviceAddress(wanted, other))
    return [present ?? addresses, addresses].every((consenters) => {
      const left = up.filter((other) => consenters.includes(serviceAddress(wanted, other)))
      return left.length >= quorumOf(channel.consensus.type, consenters.length)
    })
  })
}

/** Whether what the document asks for can be done by the nodes that are not stopped. */
function canBeDone({ wanted }: SimulatedNetwork, next: NetworkSpec): boolean {
  const nodes = allotted(next, wanted.nodes)
  return next.channels.every((channel) => {
    const orderers = channelNodes({ spec: next, nodes }, channel, 'orderer')
    const up = orderers.filter(({ power }) => power === 'running').length
    const peers = channelNodes({ spec: next, nodes }, channel, 'peer').filter(({ power }) => power === 'running')
    return (
      up >= quorumOf(channel.consensus.type, orderers.length) &&
      memberOrganizations(next, channel).every(({ name }) => peers.some(({ organization }) => organization === name))
    )
  })
}

function want(network: SimulatedNetwork, change: { readonly power: 'running' | 'stopped' }): void {
  network.wanted = { ...network.wanted, ...change }
}

function setNode(network: SimulatedNetwork, id: string, change: Partial<NodeRecord>): void {
  const nodes = network.wanted.nodes.map((node) => (node.id === id ? { ...node, ...change } : node))
  network.wanted = { ...network.wanted, nodes }
}

function names(prefix: string, count: number): { readonly name: string }[] {
  return Array.from({ length: count }, (_, index) => ({ name: `${prefix}${index}` }))
}

function some<T>(values: readonly T[], pick: number): T | undefined {
  return values[pick % Math.max(1, values.length)]
}
