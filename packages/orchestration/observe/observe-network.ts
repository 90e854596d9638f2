import type { ChannelSpec, ObservedChannelState, ObservedContractState, ObservedNetwork } from '@cello/model'
import { channelNodes, emptyObservation } from '@cello/planning'
import type { NetworkRecord } from '@cello/ports'
import type { NetworkContext } from '../network-context.ts'
import type { HostSnapshots } from './host-snapshots.ts'
import { askHosts, haveRunSince, observeNodes, type SeenNode, unknownState } from './observe-nodes.ts'

/** How long (milliseconds) a look at one channel may take before it counts as not seen. */
const channelMs = 10_000

/**
 * Everything that a plan needs to know of a network, asked now.
 *
 * @param earlier a look since which nothing but contracts' transactions was done. While the same processes run, only what
 * these change is asked again: heights, definitions, and whether contracts listen. That is a quarter of the calls.
 */
export async function observeNetwork(
  network: NetworkContext,
  hosts: HostSnapshots,
  earlier?: ObservedNetwork,
): Promise<ObservedNetwork> {
  const { store, clock } = network.shared
  const { record } = network
  const at = clock.now()
  const [identities, genesis, onHosts] = await Promise.all([
    store.identities.list(record.id),
    store.artifacts.names(record.id, 'genesis'),
    askHosts(network, hosts),
  ])
  const before = earlier && haveRunSince(network, earlier, onHosts) ? earlier : undefined
  const known = new Map(
    record.spec.channels.flatMap((channel) => {
      const state = before?.channels[channel.name]
      return state ? [[channel.name, { state, contracts: observeContracts(network, channel) }]] : []
    }),
  )
  const nodes = await observeNodes(network, onHosts, before)
  const held = new Set(identities.map(({ organization, subject }) => `${organization}/${subject}`))
  const channels = await Promise.all(
    record.spec.channels.map(
      async (channel) =>
        [channel.name, await observeChannel(network, channel, nodes, known.get(channel.name))] as const,
    ),
  )
  return {
    networkId: record.id,
    at,
    identities: {
      organizations: record.spec.organizations
        .map(({ name }) => name)
        .filter((org) => ['ca', 'tls-ca', 'admin'].every((subject) => held.has(`${org}/${subject}`))),
      nodes: record.nodes
        .filter((node) => ['node', 'node-tls'].every((use) => held.has(`${node.organization}/${use}/${node.name}`)))
        .map(({ id }) => id),
    },
    genesis,
    nodes: Object.fromEntries(nodes.map(({ node, state }) => [node.id, state])),
    channels: Object.fromEntries(channels.flatMap(([name, state]) => (state ? [[name, state]] : []))),
  }
}

/** What is known of a network whose host says nothing at all: of its nodes nothing, and of what is kept here what was known. */
export function observeSilence(
  { id, nodes }: Pick<NetworkRecord, 'id' | 'nodes'>,
  before: ObservedNetwork | undefined,
  at: number,
): ObservedNetwork {
  const { identities, genesis } = before ?? emptyObservation(id, at)
  const states = nodes.map((node) => [node.id, unknownState] as const)
  return { networkId: id, at, identities, genesis, nodes: Object.fromEntries(states), channels: {} }
}

/** A channel as it was seen earlier, and its contracts, which are asked about together with its nodes. */
interface KnownChannel {
  readonly state: ObservedChannelState
  readonly contracts: Promise<ObservedChannelState['contracts']>
}

async function observeChannel(
  network: NetworkContext,
  channel: ChannelSpec,
  nodes: readonly SeenNode[],
  known: KnownChannel | undefined,
): Promise<ObservedChannelState | undefined> {
  const { orderers, peers } = membersOf(channel, nodes)
  const joined = Object.keys(peers)
  if (Object.keys(orderers).length === 0 && joined.length === 0) return undefined
  const { config, contracts, discovered } = await askChannel(network, channel, joined, known)
  return { orderers, peers, ...(config && { config }), ...(contracts && { contracts }), discovered }
}

/** What the nodes that have the channel say of it, each by itself. */
function membersOf(
  { name }: ChannelSpec,
  nodes: readonly SeenNode[],
): Pick<ObservedChannelState, 'orderers' | 'peers'> {
  const orderers = nodes.flatMap(({ node, orderer }) => {
    const seen = orderer?.channels.find((channel) => channel.name === name)
    if (!seen) return []
    const { height, status, relation, leads } = seen
    return [[node.id, { height, status, relation, leads }] as const]
  })
  const peers = nodes.flatMap(({ node, peer }) => {
    const seen = peer?.channels.find((channel) => channel.name === name)
    return seen ? [[node.id, { height: seen.height }] as const] : []
  })
  return { orderers: Object.fromEntries(orderers), peers: Object.fromEntries(peers) }
}

/** What they say of it together. */
async function askChannel(
  network: NetworkContext,
  channel: ChannelSpec,
  joined: readonly string[],
  known: KnownChannel | undefined,
): Promise<Pick<ObservedChannelState, 'config' | 'contracts' | 'discovered'>> {
  const signal = AbortSignal.timeout(channelMs)
  const [config, contracts, discovered] = await Promise.all([
    known?.state.config ?? network.session.observeChannel(channel.name, { signal }).catch(() => undefined),
    known?.contracts ?? (joined.length > 0 ? observeContracts(network, channel) : undefined),
    known?.state.discovered || isDiscovered(network, channel, joined, signal),
  ])
  return { config, contracts, discovered }
}

/** Undefined where nobody answers. */
async function observeContracts(
  network: NetworkContext,
  channel: ChannelSpec,
): Promise<Record<string, ObservedContractState> | undefined> {
  const signal = AbortSignal.timeout(channelMs)
  const names = channel.contracts.map(({ name }) => name as string)
  try {
    const seen = await network.session.observeContracts(channel.name, names, { signal })
    return Object.fromEntries(seen.map((contract) => [contract.name, contract]))
  } catch {
    return undefined
  }
}

/** Each peer that has the channel sees every peer of it that is wanted up and has joined. */
async function isDiscovered(
  network: NetworkContext,
  channel: ChannelSpec,
  joined: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  const expected = channelNodes(network.wanted, channel, 'peer')
    .filter((node) => node.power === 'running')
    .map(({ id }) => id)
  if (expected.length === 0) return true
  if (expected.some((id) => !joined.includes(id))) return false
  try {
    const seen = await network.session.observeDiscovery(channel.name, { signal })
    return expected.every((viewer) => expected.every((id) => id === viewer || seen.get(viewer)?.includes(id)))
  } catch {
    return false
  }
}
