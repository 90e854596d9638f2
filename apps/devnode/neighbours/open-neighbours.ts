/** The peer's neighbours: asked, answered, told of changes, and forgotten when they are gone. */
import { type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js'
import type { PeerChannel, PeerChannels } from '../committing/peer-channel.ts'
import type { Lifecycle } from '../lifecycle/lifecycle.ts'
import type { LocalSigner } from '../msp/local-msp.ts'
import type { Membership } from '../msp/membership.ts'
import type { GrpcService } from '../operations/grpc-listener.ts'
import { reasonOf } from '../operations/log.ts'
import { Calls, type Pace } from './calls.ts'
import type { Connections } from './connections.ts'
import { Directory } from './directory.ts'
import { decodeAnswer, decodeExchange, decodeQuestion, type Entry, encodeMessage, exchangeMethod } from './message.ts'
import type { Neighbour, Neighbours } from './neighbours.ts'
import { OwnStatements } from './own-statements.ts'
import { privateClient } from './private-client.ts'
import type { FoundPrivate, PrivateExchange, PrivateOffer, WantedPrivate } from './private-exchange.ts'
import { privateDefinition, privateService } from './private-service.ts'
import { checkQuestion, memberOf, type Organizations, signerOf } from './statements.ts'
import { rootsFor, targetsOf } from './targets.ts'

export interface NeighboursOptions {
  readonly channels: WatchedChannels
  readonly lifecycle: () => Lifecycle
  readonly signer: LocalSigner
  readonly localMsp: Membership
  readonly connections: Connections
  /** Whether peers are dialled with TLS: as this one's own listener. */
  readonly tls: boolean
  /** `peer.gossip.externalEndpoint`: where others dial this peer. Empty: nobody of another organization sees it. */
  readonly externalEndpoint: string
  /** Other addresses of this very peer, which it need not ask. */
  readonly ownAddresses?: readonly string[]
  /** `peer.gossip.bootstrap`: addresses of peers of the same organization. */
  readonly bootstrap: readonly string[]
  /** Milliseconds without a sign of life after which a peer counts as gone; default 25 s, gossip's own. */
  readonly expiryMs?: number
  readonly pace?: Pace
}

/** The peer's channels, and when another one is joined. */
export interface WatchedChannels extends PeerChannels {
  /** @returns how to stop it */
  onJoin(listener: () => void): () => void
}

export interface OpenNeighbours extends Neighbours, PrivateExchange, AsyncDisposable {
  readonly service: GrpcService
  /** Looks what has changed here, a channel joined or a package installed, and tells it at once. */
  tell(): void
}

/** At rest a call to each neighbour every 8 s, or less where it calls; a call each second while there are blocks. */
const usualPace: Pace = { restMs: 8_000, blocksMs: 1_000, retryMs: 250 }
const usualExpiryMs = 25_000

export function openNeighbours(options: NeighboursOptions): OpenNeighbours {
  return new Neighbourhood(options)
}

class Neighbourhood implements OpenNeighbours {
  readonly service: GrpcService
  readonly #options: NeighboursOptions
  readonly #organizations: Organizations
  readonly #own: OwnStatements
  readonly #directory: Directory
  readonly #calls: Calls
  readonly #pace: Pace
  readonly #ownAddresses: ReadonlySet<string>
  /** How to stop listening to each channel. */
  readonly #watched = new Map<PeerChannel, () => void>()
  readonly #stopJoins: () => void
  readonly #closing = new AbortController()
  readonly #private: PrivateExchange

  constructor(options: NeighboursOptions) {
    const { channels, lifecycle, signer, localMsp, connections, externalEndpoint } = options
    const { pace = usualPace, expiryMs = usualExpiryMs } = options
    this.#options = options
    this.#pace = pace
    this.#organizations = { localMsp, channels }
    this.#own = new OwnStatements({ signer, endpoint: externalEndpoint, channels, lifecycle, freshMs: pace.restMs / 2 })
    const ownIdentity = this.#own.identity
    this.#directory = new Directory({ organizations: this.#organizations, ownIdentity, expiryMs })
    this.#ownAddresses = new Set([externalEndpoint, ...(options.ownAddresses ?? [])])
    this.#calls = new Calls({
      connections,
      pace,
      request: (mspId) => encodeMessage({ question: this.#own.questionTo(mspId), self: this.#own.entryFor(mspId) }),
      hear: (answer) => this.#hear(decodeAnswer(answer).entries),
      prepare: () => this.#prepare(),
    })
    this.service = {
      definition: { exchange: exchangeMethod, ...privateDefinition },
      implementation: {
        ...privateService({ channels, lifecycle, localMsp }),
        exchange: (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) => this.#serve(call, answer),
      },
    }
    const roots = (mspId: string) => (options.tls ? rootsFor(mspId, this.#organizations) : [])
    const peers = (channel: string) => this.#nearest(channel)
    this.#private = privateClient({ signer, localMsp, connections, peers, roots, signal: this.#closing.signal })
    this.#own.refresh()
    this.#watch()
    this.#aim()
    this.#stopJoins = channels.onJoin(() => this.tell())
  }

  self(): Neighbour {
    return this.#own.neighbour()
  }

  others(): readonly Neighbour[] {
    return this.#directory.neighbours()
  }

  onChannel(name: string): readonly Neighbour[] {
    const channel = this.#options.channels.get(name)
    if (!channel) return []
    const others = this.others().filter((one) => one.channels.has(name))
    return memberOf(channel, this.#options.localMsp.mspId) ? [this.self(), ...others] : others
  }

  push(offer: PrivateOffer): Promise<number> {
    return this.#private.push(offer)
  }

  fetch(channel: string, wanted: readonly WantedPrivate[], signal: AbortSignal): Promise<readonly FoundPrivate[]> {
    return this.#private.fetch(channel, wanted, signal)
  }

  /** Also when nobody called it: installing a package may have gone unnoticed. */
  tell(): void {
    if (!this.#own.refresh()) return
    this.#watch()
    this.#aim()
    this.#calls.hurry(0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    this.#stopJoins()
    this.#calls[Symbol.dispose]()
    for (const stop of this.#watched.values()) stop()
  }

  /** The others on the channel: those of the own organization first, those with most blocks first. */
  #nearest(channel: string): readonly Neighbour[] {
    const { mspId } = this.#options.localMsp
    const isForeign = (one: Neighbour): number => Number(one.mspId !== mspId)
    const heightOf = (one: Neighbour): number => one.channels.get(channel)?.height ?? 0
    return this.others()
      .filter((one) => one.endpoint !== '' && one.channels.has(channel))
      .sort((one, other) => isForeign(one) - isForeign(other) || heightOf(other) - heightOf(one))
  }

  #aim(): void {
    const { bootstrap, channels, localMsp, tls } = this.#options
    const known = this.#directory.known.values()
    this.#calls.aim(targetsOf({ bootstrap, channels, localMsp, known, own: this.#ownAddresses, tls }))
  }

  #prepare(): void {
    if (this.#directory.expire()) this.#aim()
    this.tell()
  }

  #hear(entries: readonly Entry[]): void {
    const news = entries.map((entry) => this.#directory.take(entry))
    if (news.includes('new')) this.#aim()
  }

  #watch(): void {
    const { channels } = this.#options
    const present = new Set(channels.names().flatMap((name) => channels.get(name) ?? []))
    for (const [channel, stop] of this.#watched) {
      if (present.has(channel)) continue
      stop()
      this.#watched.delete(channel)
    }
    for (const channel of present) {
      if (this.#watched.has(channel)) continue
      const stop = channel.onCommit(({ isConfig, transactions }) => {
        if (isConfig) this.#aim()
        if (transactions.some(({ namespaces }) => namespaces.includes('_lifecycle'))) this.tell()
        this.#calls.hurry(isConfig ? 0 : this.#pace.blocksMs)
      })
      this.#watched.set(channel, stop)
    }
  }

  #serve({ request }: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>): void {
    try {
      answer(null, this.#exchange(request))
    } catch (error) {
      answer({ code: status.PERMISSION_DENIED, details: reasonOf(error) })
    }
  }

  #exchange(request: Buffer): Buffer {
    const { question, self } = decodeExchange(request)
    checkQuestion(decodeQuestion(question.text), this.#options.localMsp.mspId)
    const mspId = signerOf(this.#organizations, Buffer.from(self.identity, 'base64'), question)
    this.#hear([self])
    this.#calls.met(this.#directory.known.get(self.identity)?.endpoint ?? '')
    return encodeMessage({ entries: [this.#own.entryFor(mspId), ...this.#directory.entriesFor(mspId)] })
  }
}
