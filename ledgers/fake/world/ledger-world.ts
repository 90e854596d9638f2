import { type Clock, type FaultRule, FaultRules, sha256Hex, silence, systemClock } from '@cello/kit'
import { type EncodedError, type ErrorCode, encodeError, isErrorCode, PlatformError } from '@cello/model'
import type { ObservedContract, ObservedOrderer } from '@cello/ports'
import { decodeGenesis } from '../chain-config.ts'
import { decodeEnvelope } from '../envelope.ts'
import { Chain } from './chain.ts'
import { simulateInvocation } from './key-value-contract.ts'
import {
  approvalOf,
  committedDefinition,
  observeContracts,
  simulateApproval,
  simulateCommit,
  withInit,
} from './lifecycle.ts'
import { checkEnvelope, leaderOf, liveConsenters } from './ordering.ts'
import { type Copy, Volume } from './volume.ts'
import type {
  Block,
  ChainFacts,
  ChannelCall,
  Committed,
  JoinCall,
  LedgerEffect,
  LedgerWorldApi,
  Simulation,
  WorldForSessions,
} from './world-api.ts'

type Call<M extends keyof WorldForSessions> = Parameters<WorldForSessions[M]>[0]

export interface LedgerWorldOptions {
  readonly clock?: Clock
  /** For faults with a probability; default 1. */
  readonly seed?: number
}

/**
 * What the nodes of all networks of the fake ledger have on their disks, by volume, and how they answer. It does not know
 * which nodes run: whoever calls says so, having reached them.
 */
export class LedgerWorld implements LedgerWorldApi {
  readonly #clock: Clock
  readonly #faults: FaultRules
  readonly #volumes = new Map<string, Volume>()
  readonly #chains = new Map<string, Chain>()
  readonly #journal: LedgerEffect[] = []
  readonly #calls = new Map<string, number>()
  #latencyMs = 0

  constructor(options: LedgerWorldOptions = {}) {
    this.#clock = options.clock ?? systemClock
    this.#faults = new FaultRules(options.seed)
  }

  async enter({ method, about, signal }: Call<'enter'>): Promise<EncodedError | undefined> {
    signal?.throwIfAborted()
    this.#calls.set(method, (this.#calls.get(method) ?? 0) + 1)
    if (this.#latencyMs > 0) await this.#clock.sleep(this.#latencyMs, { signal })
    const fault = this.#faults.strike(method, about)
    if (fault?.when === 'hang') await silence(signal)
    if (fault?.when === 'before') throw faultError(fault, about, 'connection refused', 'NODE_UNREACHABLE')
    return fault && encodeError(faultError(fault, about, 'the answer did not come in time', 'LEDGER_BUSY'))
  }

  async observeOrderer(call: Call<'observeOrderer'>): Promise<ObservedOrderer['channels']> {
    const live = call.live.map((id) => this.#volume(id))
    return [...this.#volume(call.volume).copies.values()].map((copy) => {
      const { chain } = copy
      const consenters = liveConsenters(chain, live)
      const isConsenter = chain.config.consenters.includes(copy.endpoint)
      return {
        name: chain.name,
        height: copy.height,
        status: copy.height < chain.height ? 'onboarding' : 'active',
        relation: isConsenter ? 'consenter' : 'follower',
        leads: leaderOf(chain, consenters) === copy,
      }
    })
  }

  async observePeer(call: Call<'observePeer'>): ReturnType<WorldForSessions['observePeer']> {
    const { copies, packages } = this.#volume(call.volume)
    const channels = [...copies.values()].map((copy) => ({ name: copy.chain.name, height: pulled(copy).height }))
    return { channels, packages: [...packages.keys()] }
  }

  async join(call: JoinCall): Promise<void> {
    const volume = this.#volume(call.volume)
    // As with Fabric, a second join changes nothing, whatever block comes with it.
    if (volume.copies.has(call.channel)) return
    const genesis = decodeGenesis(call.genesis)
    if (genesis.channel !== call.channel) refuse(`the block is of channel ${genesis.channel}`)
    const id = sha256Hex(call.genesis)
    const known = genesis.config.authorities[call.organization]
    if (known !== undefined && known !== call.authority) {
      refuse(`access denied: the channel knows another authority of ${call.organization}`)
    }
    const chain = this.#chains.get(id) ?? new Chain(id, genesis)
    this.#chains.set(id, chain)
    const { kind, organization, endpoint } = call
    volume.copies.set(call.channel, { chain, kind, organization, endpoint, height: 1 })
    this.#record({ kind: 'join', id: call.channel, chain: id, volume: call.volume })
  }

  async leave(call: ChannelCall): Promise<void> {
    const chain = this.#volume(call.volume).copies.get(call.channel)?.chain.id
    if (this.#volume(call.volume).copies.delete(call.channel)) {
      this.#record({ kind: 'leave', id: call.channel, chain, volume: call.volume })
    }
  }

  async config(call: ChannelCall): ReturnType<WorldForSessions['config']> {
    const { chain, height } = this.#copy(call)
    return { config: chain.config, height }
  }

  async install(call: Call<'install'>): Promise<void> {
    if (sha256Hex(call.bytes) !== call.id.split(':').at(-1)) refuse('the package is not the one that its id names')
    if (this.#volume(call.volume).install(call.id, call.bytes)) {
      this.#record({ kind: 'install', id: call.id, volume: call.volume })
    }
  }

  async contracts(call: Call<'contracts'>): Promise<ObservedContract[]> {
    const { chain } = this.#copy(call)
    return observeContracts(chain, call.names)
  }

  async endorsement(call: Call<'endorsement'>): ReturnType<WorldForSessions['endorsement']> {
    const { chain, organization } = this.#copy(call)
    const definition = committedDefinition(chain, call.contract)
    if (!definition) throw notReady(organization, `no peers available to evaluate chaincode ${call.contract}`)
    const packageId = approvalOf(chain, organization, definition)?.packageId
    const address = packageId === undefined ? undefined : this.#volume(call.volume).packages.get(packageId)
    if (address === undefined) {
      throw notReady(organization, `chaincode definition for '${call.contract}' exists, but chaincode is not installed`)
    }
    return { definition, address }
  }

  async simulate({ proposal, ...call }: Call<'simulate'>): Promise<Simulation> {
    const { chain, organization } = this.#copy(call)
    if (proposal.kind === 'approve') return simulateApproval(chain, organization, proposal)
    if (proposal.kind === 'commit') return simulateCommit(chain, organization, proposal)
    return withInit(chain, proposal, simulateInvocation(chain, proposal))
  }

  async order(call: Call<'order'>): Promise<void> {
    const { chain } = this.#copy(call)
    const consenters = liveConsenters(
      chain,
      call.live.map((id) => this.#volume(id)),
    )
    if (!leaderOf(chain, consenters)) throw new PlatformError('NO_LEADER', { channel: call.channel })
    const envelope = decodeEnvelope(call.envelope)
    if (envelope.channel !== call.channel) refuse(`the envelope is for channel ${envelope.channel}`)
    checkEnvelope(chain, envelope, consenters)
    const { txId, status, block } = chain.append(envelope)
    for (const copy of consenters) copy.height = chain.height
    const { type: kind, purpose } = envelope
    this.#record({ kind, id: call.channel, chain: chain.id, txId, purpose, status, block })
  }

  async find(call: Call<'find'>): Promise<Committed | undefined> {
    return this.#copy(call).chain.find(call.txId)
  }

  async block(call: Call<'block'>): Promise<Block> {
    return this.#copy(call).chain.block(call.number)
  }

  async tip(call: ChannelCall): Promise<Block> {
    const { chain } = this.#copy(call)
    return chain.block(chain.height - 1)
  }

  async addFault(rule: FaultRule): Promise<void> {
    this.#faults.add(rule)
  }

  async clearFaults(seed?: number): Promise<void> {
    this.#faults.clear()
    this.#latencyMs = 0
    if (seed !== undefined) this.#faults.seed(seed)
  }

  async setLatency(ms: number): Promise<void> {
    this.#latencyMs = ms
  }

  async journal(since = 0): Promise<LedgerEffect[]> {
    return this.#journal.slice(since)
  }

  async calls(): Promise<Record<string, number>> {
    return Object.fromEntries(this.#calls)
  }

  async chains(): Promise<ChainFacts[]> {
    const volumes = [...this.#volumes.values()]
    const holders = (chain: Chain, kind: Copy['kind']) =>
      volumes
        .filter(({ copies }) => copies.get(chain.name)?.chain === chain && copies.get(chain.name)?.kind === kind)
        .map((volume) => volume.id)
    return [...this.#chains.values()].map((chain) => ({
      chain: chain.id,
      channel: chain.name,
      height: chain.height,
      config: chain.config,
      orderers: holders(chain, 'orderer'),
      peers: holders(chain, 'peer'),
      transactions: chain
        .entries()
        .filter((entry) => entry.type !== 'genesis')
        .map(({ txId, status, block, purpose, creator }) => ({ txId, status, block, purpose, creator })),
    }))
  }

  #volume(id: string): Volume {
    const known = this.#volumes.get(id)
    if (known) return known
    const volume = new Volume(id)
    this.#volumes.set(id, volume)
    return volume
  }

  #copy(call: ChannelCall): Copy {
    return pulled(this.#volume(call.volume).copy(call.channel))
  }

  #record(effect: Omit<LedgerEffect, 'seq' | 'at'>): void {
    this.#journal.push({ seq: this.#journal.length + 1, at: this.#clock.now(), ...effect })
  }
}

/** A peer that answers has pulled what there is; an orderer gets blocks from the other orderers alone. */
function pulled(copy: Copy): Copy {
  if (copy.kind === 'peer') copy.height = copy.chain.height
  return copy
}

function faultError(fault: FaultRule, about: readonly string[], detail: string, usual: ErrorCode): PlatformError {
  return new PlatformError(isErrorCode(fault.error) ? fault.error : usual, {
    node: about[0],
    channel: about[0],
    detail,
  })
}

/** As Fabric's gateway says it: what is missing may still come. */
function notReady(node: string, detail: string): PlatformError {
  return new PlatformError('NODE_NOT_READY', { node, detail })
}

function refuse(detail: string): never {
  throw new PlatformError('LEDGER_REFUSED', { detail })
}
