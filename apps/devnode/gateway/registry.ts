/** The peers of a channel as the gateway sees them, and plans whom to ask: Fabric's internal/pkg/gateway/registry.go. */
import type { peer } from '@hyperledger/fabric-protos'
import type { PeerChannel, PeerChannels } from '../committing/peer-channel.ts'
import { type Endorsers, endorsersFor } from '../discovery/endorsers.ts'
import type { Endorser } from '../endorsement/endorser.ts'
import type { Lifecycle } from '../lifecycle/lifecycle.ts'
import { type Connections, tlsRootsOf } from '../neighbours/connections.ts'
import type { Neighbour, Neighbours } from '../neighbours/neighbours.ts'
import { oncePer } from '../once-per.ts'
import { type GatewayEndorser, localEndorser, remoteEndorser } from './endorsers.ts'
import { Plan } from './plan.ts'

export interface RegistryOptions {
  readonly channels: PeerChannels
  /** Of this very peer, called without gRPC. */
  readonly endorser: Endorser
  readonly neighbours: Neighbours
  readonly lifecycle: Lifecycle
  readonly connections: Connections
  /** The peer's own contracts, which every peer has. */
  readonly systemContracts: ReadonlySet<string>
  /** `peer.gateway.endorsementTimeout` */
  readonly endorsementTimeoutMs: number
}

interface Candidate {
  readonly endorser: GatewayEndorser
  readonly height: number
}

export class Registry {
  readonly mspId: string
  readonly #options: RegistryOptions
  readonly #identity: Uint8Array

  constructor(options: RegistryOptions) {
    this.#options = options
    const { mspId, identity } = options.neighbours.self()
    this.mspId = mspId
    this.#identity = identity
  }

  /** @throws Error in Fabric's words when this peer has not joined it */
  channel(name: string): PeerChannel {
    const channel = this.#options.channels.get(name)
    if (channel) return channel
    throw new Error(`failed to get config for channel [${name}]: could not get last config for channel ${name}`)
  }

  /** One peer of each organization. @throws Error in Fabric's words when one has none that runs the contract */
  planForOrganizations(channel: string, contract: string, mspIds: readonly string[]): Plan {
    const candidates = this.#byOrganization(channel, contract)
    const missing = mspIds.filter((mspId) => !candidates.has(mspId))
    if (missing.length > 0) throw new Error(`failed to find any endorsing peers for org(s): ${missing.join(', ')}`)
    const groups = new Map(mspIds.map((mspId) => [mspId, endorsersOf(candidates.get(mspId) ?? [])]))
    return new Plan({ layouts: [new Map(mspIds.map((mspId) => [mspId, 1]))], groups })
  }

  /** One peer: of the own organization first, and those that have most blocks. @param mspIds none: any organization */
  planForEvaluation(channel: string, contract: string, mspIds: readonly string[]): Plan {
    const candidates = this.#byOrganization(channel, contract)
    const allowed = mspIds.length === 0 ? [...candidates.keys()] : mspIds
    const others = new Set(allowed.filter((mspId) => mspId !== this.mspId))
    const own = allowed.includes(this.mspId) ? (candidates.get(this.mspId) ?? []) : []
    const foreign = best([...others].flatMap((mspId) => candidates.get(mspId) ?? []))
    const all = endorsersOf([...own, ...foreign])
    if (all.length === 0) throw new Error(`no peers available to evaluate chaincode ${contract} in channel ${channel}`)
    return new Plan({ layouts: [new Map([['any', 1]])], groups: new Map([['any', all]]) })
  }

  /** What satisfies all policies. @param preferred who endorsed already @throws Error in Fabric's words */
  planForInterest(name: string, interest: peer.ChaincodeInterest, preferred?: GatewayEndorser): Plan {
    const { channel, found } = this.#discover(name, interest)
    const groups = new Map(
      [...found.groups].map(([group, neighbours]) => [
        group,
        best(neighbours.map((neighbour) => this.#candidate(channel, neighbour))),
      ]),
    )
    const isPreferred = (layout: ReadonlyMap<string, number>): boolean =>
      [...layout.keys()].some((group) => groups.get(group)?.some(({ endorser }) => endorser.id === preferred?.id))
    const layouts = shuffled(found.layouts)
    return new Plan({
      layouts: [...layouts.filter(isPreferred), ...layouts.filter((layout) => !isPreferred(layout))],
      groups: new Map([...groups].map(([group, candidates]) => [group, endorsersOf(candidates)])),
    })
  }

  #discover(name: string, interest: peer.ChaincodeInterest): { channel: PeerChannel; found: Endorsers } {
    const { channels, neighbours, lifecycle } = this.#options
    try {
      const channel = channels.get(name)
      const contract = interest.getChaincodesList()[0]?.getName() ?? ''
      if (!channel) throw new Error(`No metadata was found for chaincode ${contract} in channel ${name}`)
      return { channel, found: endorsersFor({ channel, neighbours, lifecycle }, interest) }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new Error(`no combination of peers can be derived which satisfy the endorsement policy: ${reason}`, {
        cause: error,
      })
    }
  }

  #byOrganization(name: string, contract: string): ReadonlyMap<string, readonly Candidate[]> {
    const { channels, neighbours, systemContracts } = this.#options
    const channel = channels.get(name)
    const runs = (neighbour: Neighbour): boolean =>
      systemContracts.has(contract) ||
      (neighbour.channels.get(name)?.contracts.some((one) => one.name === contract) ?? false)
    const candidates = channel
      ? neighbours
          .onChannel(name)
          .filter(runs)
          .map((neighbour) => this.#candidate(channel, neighbour))
      : []
    return Map.groupBy(best(candidates), ({ endorser }) => endorser.mspId)
  }

  #candidate(channel: PeerChannel, { endpoint, mspId, identity, channels }: Neighbour): Candidate {
    const { endorser, connections, endorsementTimeoutMs } = this.#options
    const height = channels.get(channel.name)?.height ?? 0
    const place = { id: idOf(identity), address: endpoint, mspId }
    if (Buffer.compare(this.#identity, identity) === 0) {
      return { endorser: localEndorser(place, endorser, endorsementTimeoutMs), height: height + 0.5 }
    }
    const roots = tlsRootsOf(channel.config.memberships.get(mspId))
    return { endorser: remoteEndorser({ ...place, roots }, connections, endorsementTimeoutMs), height }
  }
}

const idOf = oncePer((identity: Uint8Array) => Buffer.from(identity).toString('base64'))

/** Most blocks first; of equals this peer itself, which has half a block more, and then any. */
const best = (candidates: readonly Candidate[]): readonly Candidate[] =>
  shuffled(candidates).sort((one, other) => other.height - one.height)

const endorsersOf = (candidates: readonly Candidate[]): readonly GatewayEndorser[] =>
  candidates.map(({ endorser }) => endorser)

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item)
}
