/** Who can endorse a call on a channel: Fabric's discovery/endorsement. */
import type { msp, peer } from '@hyperledger/fabric-protos'
import type { PeerChannel } from '../committing/peer-channel.ts'
import type { ChannelConfig } from '../config/channel-config.ts'
import type { Lifecycle } from '../lifecycle/lifecycle.ts'
import { readIdentity } from '../msp/identity.ts'
import { satisfies } from '../msp/principal.ts'
import type { Neighbour, Neighbours } from '../neighbours/neighbours.ts'
import { type ContractPolicies, contractPolicies } from './contract-policies.ts'
import { signaturePolicyNode } from './policy-node.ts'
import { mergeSets, type Principal, type PrincipalSet, setsOf } from './principal-sets.ts'

/** One layout must be filled: of each of its groups, so many peers. */
export interface Endorsers {
  readonly contract: string
  readonly groups: ReadonlyMap<string, readonly Neighbour[]>
  readonly layouts: readonly ReadonlyMap<string, number>[]
}

export interface EndorsersContext {
  readonly channel: PeerChannel
  readonly neighbours: Neighbours
  readonly lifecycle: Lifecycle
}

/** @param interest with at least one contract @throws Error in Fabric's words when no peers known here could do it */
export function endorsersFor(context: EndorsersContext, interest: peer.ChaincodeInterest): Endorsers {
  const calls = interest.getChaincodesList()
  const { contracts, sets } = wantedBy(context, interest)
  const members = authorizedPeers(context, contracts).filter(({ endpoint }) => endpoint !== '')
  const groupNames = new Map<string, string>()
  for (const { key } of sets.flat()) if (!groupNames.has(key)) groupNames.set(key, `G${groupNames.size}`)
  const principals = new Map(sets.flat().map((principal) => [groupNames.get(principal.key) ?? '', principal]))
  const fitting = new Map(
    [...principals].map(([group, principal]) => [group, members.filter((one) => isPrincipal(context, one, principal))]),
  )
  const layouts = sets
    .map((set) => layoutOf(set, groupNames))
    .filter((layout) => [...layout].every(([group, needed]) => (fitting.get(group)?.length ?? 0) >= needed))
  if (layouts.length === 0) throw new Error('no peer combination can satisfy the endorsement policy')
  const groups = runningGroups(context, { contracts, layouts, fitting })
  const possible = layouts.filter((layout) =>
    [...layout].every(([group, needed]) => (groups.get(group)?.length ?? 0) >= needed),
  )
  if (possible.length === 0) throw new Error('required chaincodes are not installed on sufficient peers')
  return { contract: calls[0]?.getName() ?? '', groups, layouts: possible }
}

/** The channel's peers that run the contracts and may see their collections; all of them where nothing is asked. */
export function peersFor(
  context: EndorsersContext,
  interest: peer.ChaincodeInterest | undefined,
): readonly Neighbour[] {
  const contracts = interest?.getChaincodesList().map((call) => contractPolicies(context, call)) ?? []
  const peers = authorizedPeers(context, contracts)
  return peers.filter((one) => contracts.every((contract) => runs(context, one, contract)))
}

function authorizedPeers(context: EndorsersContext, contracts: readonly ContractPolicies[]): readonly Neighbour[] {
  const { channel, neighbours } = context
  const rules = contracts.flatMap(({ readers }) => readers)
  return neighbours
    .onChannel(channel.name)
    .filter((one) => rules.every((principals) => principals.some((message) => satisfiesHere(channel, one, message))))
}

/** Of each group in a layout, the peers that run all the contracts. */
function runningGroups(
  context: EndorsersContext,
  found: {
    readonly contracts: readonly ContractPolicies[]
    readonly layouts: readonly ReadonlyMap<string, number>[]
    readonly fitting: ReadonlyMap<string, readonly Neighbour[]>
  },
): ReadonlyMap<string, readonly Neighbour[]> {
  const used = new Set(found.layouts.flatMap((layout) => [...layout.keys()]))
  const groups = new Map<string, readonly Neighbour[]>()
  for (const group of used) {
    const running = (found.fitting.get(group) ?? []).filter((one) =>
      found.contracts.every((contract) => runs(context, one, contract)),
    )
    if (running.length > 0) groups.set(group, running)
  }
  return groups
}

function runs({ channel }: EndorsersContext, neighbour: Neighbour, contract: ContractPolicies): boolean {
  const running = neighbour.channels.get(channel.name)?.contracts ?? []
  return running.some(({ name, version }) => name === contract.name && version === contract.sequence)
}

const isPrincipal = ({ channel }: EndorsersContext, neighbour: Neighbour, { message }: Principal): boolean =>
  satisfiesHere(channel, neighbour, message)

function satisfiesHere(channel: PeerChannel, { identity }: Neighbour, principal: msp.MSPPrincipal): boolean {
  try {
    return satisfies(readIdentity(identity, channel.config.memberships), principal)
  } catch {
    return false // its organization is no member of this channel
  }
}

interface Wanted {
  readonly contracts: readonly ContractPolicies[]
  readonly sets: readonly PrincipalSet[]
}

interface KnownWanted extends Wanted {
  /** Of the calls' contracts: while these are the same objects, so is what is wanted. */
  readonly definitions: readonly unknown[]
}

/** By config and encoded interest: gateways ask for the same at each transaction. */
const known = new WeakMap<ChannelConfig, Map<string, KnownWanted>>()
const mostKnown = 100

function wantedBy(context: EndorsersContext, interest: peer.ChaincodeInterest): Wanted {
  const { channel, lifecycle } = context
  const calls = interest.getChaincodesList()
  const definitions = calls.map((call) => lifecycle.definition(channel.state, call.getName()))
  const byInterest = known.get(channel.config) ?? new Map<string, KnownWanted>()
  known.set(channel.config, byInterest)
  const key = Buffer.from(interest.serializeBinary()).toString('latin1')
  const earlier = byInterest.get(key)
  if (earlier?.definitions.every((definition, index) => definition === definitions[index])) return earlier
  const contracts = calls.map((call) => contractPolicies(context, call))
  const wanted = { contracts, sets: principalSets(calls, contracts), definitions }
  if (byInterest.size >= mostKnown) byInterest.clear()
  byInterest.set(key, wanted)
  return wanted
}

/** What satisfies the policies of all calls at once. */
function principalSets(
  calls: readonly peer.ChaincodeCall[],
  contracts: readonly ContractPolicies[],
): readonly PrincipalSet[] {
  const policies = calls.flatMap((call, index) => policiesOf(call, contracts[index]?.policies ?? []))
  const keyPolicies = calls.flatMap((call) => call.getKeyPoliciesList().map(signaturePolicyNode))
  const all = [...policies.map(setsOf), ...keyPolicies.map(setsOf)]
  const [first, ...rest] = all
  if (!first) throw new Error('no principal sets remained after filtering')
  return rest.reduce(mergeSets, first)
}

function policiesOf(call: peer.ChaincodeCall, policies: ContractPolicies['policies']): ContractPolicies['policies'] {
  if (!call.getDisregardNamespacePolicy()) return policies
  if (policies.length === 1 && call.getKeyPoliciesList().length === 0) {
    throw new Error(
      `requested to disregard chaincode ${call.getName()}'s policy but key and collection policies are missing, either disable DisregardNamespacePolicy or specify at least one key policy or at least one collection policy`,
    )
  }
  return policies.slice(1)
}

function layoutOf(set: PrincipalSet, groupNames: ReadonlyMap<string, string>): ReadonlyMap<string, number> {
  const layout = new Map<string, number>()
  for (const { key } of set) {
    const group = groupNames.get(key) ?? ''
    layout.set(group, (layout.get(group) ?? 0) + 1)
  }
  return layout
}
