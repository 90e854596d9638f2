/** The other peers that are known: each with its newest statements, as long as it gives signs of life. */
import { decodeChannel, decodePeer, type Entry, type Signed } from './message.ts'
import type { Neighbour, NeighbourChannel } from './neighbours.ts'
import { isOfReader, memberOf, type Organizations, signerOf } from './statements.ts'

/** `new`: not known before, or it has joined a channel, or runs at another place. */
export type Taken = 'refused' | 'known' | 'new'

export interface KnownPeer {
  readonly mspId: string
  readonly endpoint: string
}

interface Known extends KnownPeer {
  readonly identity: Uint8Array
  readonly peer: Signed
  readonly time: number
  /** When news of it came last, by our own clock: clocks may differ, and old statements be told again. */
  readonly heardAt: number
  readonly channels: Map<string, KnownChannel>
}

interface KnownChannel {
  readonly signed: Signed
  readonly time: number
  readonly state: NeighbourChannel
}

export interface DirectoryOptions {
  readonly organizations: Organizations
  /** Base64: what is told of this very peer is passed over. */
  readonly ownIdentity: string
  readonly expiryMs: number
}

/** Statements from further away in time are not believed. Milliseconds; as in Fabric's checks of messages. */
const timeWindowMs = 15 * 60_000
/** Ends of peers that are remembered, so that nobody brings them back by telling what they said once. */
const mostEnds = 10_000

export class Directory {
  readonly #options: DirectoryOptions
  readonly #known = new Map<string, Known>()
  readonly #ends = new Map<string, number>()

  constructor(options: DirectoryOptions) {
    this.#options = options
  }

  /** Peers of which a sign of life came lately, by identity. */
  get known(): ReadonlyMap<string, KnownPeer> {
    return this.#known
  }

  /** Takes in what somebody told of a peer. What is not newer, or cannot be believed, is passed over. */
  take(entry: Entry): Taken {
    if (entry.identity === this.#options.ownIdentity) return 'known'
    try {
      const before = this.#known.get(entry.identity)
      const peer = this.#lifeOf(entry)
      if (!peer) return 'refused'
      this.#known.set(entry.identity, peer)
      if (before?.endpoint !== peer.endpoint) this.#forgetEarlier(entry.identity, peer)
      const joined = entry.channels.filter((signed) => this.#takeChannel(peer, signed))
      return before?.endpoint === peer.endpoint && joined.length === 0 ? 'known' : 'new'
    } catch {
      return 'refused'
    }
  }

  /** Those that members of this organization may know of, as they said it themselves. */
  entriesFor(mspId: string): readonly Entry[] {
    const { channels } = this.#options.organizations
    return [...this.#known]
      .filter(([, peer]) => peer.mspId === mspId || (peer.endpoint !== '' && this.#doMeet(peer.mspId, mspId)))
      .map(([identity, peer]) => {
        const shared = [...peer.channels].filter(([name]) => memberOf(channels.get(name), mspId))
        return { identity, peer: peer.peer, channels: shared.map(([, { signed }]) => signed) }
      })
  }

  neighbours(): readonly Neighbour[] {
    const { channels } = this.#options.organizations
    return [...this.#known.values()].map(({ endpoint, mspId, identity, channels: theirs }) => ({
      endpoint,
      mspId,
      identity,
      // An organization may have left a channel since.
      channels: new Map(
        [...theirs].flatMap(([name, { state }]) => (memberOf(channels.get(name), mspId) ? [[name, state]] : [])),
      ),
    }))
  }

  /** Forgets those that gave no sign of life. @returns whether there were any */
  expire(): boolean {
    const { expiryMs } = this.#options
    const gone = [...this.#known].filter(([, { heardAt }]) => performance.now() - heardAt > expiryMs)
    for (const [identity, { time }] of gone) {
      this.#known.delete(identity)
      this.#ends.set(identity, time)
    }
    const tooMany = [...this.#ends.keys()].slice(0, Math.max(0, this.#ends.size - mostEnds))
    for (const identity of tooMany) this.#ends.delete(identity)
    return gone.length > 0
  }

  /** A peer that was given a new certificate is not two. */
  #forgetEarlier(identity: string, { endpoint, mspId, time }: Known): void {
    for (const [other, peer] of this.#known) {
      const isSame = other !== identity && endpoint !== '' && peer.endpoint === endpoint && peer.mspId === mspId
      if (!isSame || peer.time >= time) continue
      this.#known.delete(other)
      this.#ends.set(other, peer.time)
    }
  }

  #lifeOf(entry: Entry): Known | undefined {
    const before = this.#known.get(entry.identity)
    if (before?.peer.signature === entry.peer.signature) return before
    const { time, endpoint } = decodePeer(entry.peer.text)
    if (time <= (before?.time ?? this.#ends.get(entry.identity) ?? 0)) return before
    if (Math.abs(Date.now() - time) > timeWindowMs) return before
    const identity = Buffer.from(entry.identity, 'base64')
    const mspId = signerOf(this.#options.organizations, identity, entry.peer)
    const heardAt = performance.now()
    return { mspId, endpoint, identity, peer: entry.peer, time, heardAt, channels: before?.channels ?? new Map() }
  }

  /** @returns whether it is the first from this channel */
  #takeChannel(peer: Known, signed: Signed): boolean {
    const statement = decodeChannel(signed.text)
    const { time, height } = statement
    const before = peer.channels.get(statement.channel)
    const channel = this.#options.organizations.channels.get(statement.channel)
    if (!channel || (before && before.time >= time) || !isOfReader(channel, peer.identity, signed)) return false
    const contracts = statement.contracts.map(([name, version]) => ({ name, version }))
    peer.channels.set(statement.channel, { signed, time, state: { height, contracts } })
    return before === undefined
  }

  /** Members of both organizations meet in a channel, so they may know of each other. */
  #doMeet(one: string, other: string): boolean {
    const { channels } = this.#options.organizations
    return channels.names().some((name) => memberOf(channels.get(name), one) && memberOf(channels.get(name), other))
  }
}
