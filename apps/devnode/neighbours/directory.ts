/** The other peers that are known: each with its newest statements, as long as it gives signs of life. */
import { decodeChannel, decodePeer, type Entry, type Signed } from './message.ts'
import type { Neighbour, NeighbourContract } from './neighbours.ts'
import { isOfReader, memberOf, type Organizations, signerOf } from './statements.ts'

export interface Directory {
  /** Takes in what somebody told of a peer. What is not newer, or cannot be believed, is passed over. */
  take(entry: Entry): Taken
  /** Peers of which a sign of life came lately. */
  readonly known: ReadonlyMap<string, KnownPeer>
  /** Those that members of this organization may know of, as they said it themselves. */
  entriesFor(mspId: string): readonly Entry[]
  neighbours(): readonly Neighbour[]
  /** Forgets those that gave no sign of life. @returns whether there were any */
  expire(): boolean
}

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
  readonly height: number
  readonly contracts: readonly NeighbourContract[]
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

export function openDirectory({ organizations, ownIdentity, expiryMs }: DirectoryOptions): Directory {
  const known = new Map<string, Known>()
  const ends = new Map<string, number>()
  const { channels } = organizations

  const lifeOf = (entry: Entry): Known | undefined => {
    const before = known.get(entry.identity)
    if (before?.peer.signature === entry.peer.signature) return before
    const { time, endpoint } = decodePeer(entry.peer.text)
    if (time <= (before?.time ?? ends.get(entry.identity) ?? 0)) return before
    if (Math.abs(Date.now() - time) > timeWindowMs) return before
    const identity = Buffer.from(entry.identity, 'base64')
    const mspId = signerOf(organizations, identity, entry.peer)
    const heardAt = performance.now()
    return { mspId, endpoint, identity, peer: entry.peer, time, heardAt, channels: before?.channels ?? new Map() }
  }
  const takeChannel = (peer: Known, signed: Signed): boolean => {
    const statement = decodeChannel(signed.text)
    const before = peer.channels.get(statement.channel)
    const channel = channels.get(statement.channel)
    if (!channel || (before && before.time >= statement.time)) return false
    if (!isOfReader(channel, peer.identity, signed)) return false
    const { time, height } = statement
    const contracts = statement.contracts.map(([name, version]) => ({ name, version }))
    peer.channels.set(statement.channel, { signed, time, height, contracts })
    return before === undefined
  }
  /** Members of both organizations meet in a channel, so they may know of each other. */
  const doMeet = (one: string, other: string): boolean =>
    one === other ||
    channels.names().some((name) => memberOf(channels.get(name), one) && memberOf(channels.get(name), other))

  return {
    known,
    take(entry) {
      if (entry.identity === ownIdentity) return 'known'
      try {
        const before = known.get(entry.identity)
        const peer = lifeOf(entry)
        if (!peer) return 'refused'
        known.set(entry.identity, peer)
        const joined = entry.channels.filter((signed) => takeChannel(peer, signed))
        return before?.endpoint === peer.endpoint && joined.length === 0 ? 'known' : 'new'
      } catch {
        return 'refused'
      }
    },
    entriesFor: (mspId) =>
      [...known]
        .filter(([, peer]) => peer.mspId === mspId || (peer.endpoint !== '' && doMeet(peer.mspId, mspId)))
        .map(([identity, peer]) => ({
          identity,
          peer: peer.peer,
          channels: [...peer.channels]
            .filter(([name]) => memberOf(channels.get(name), mspId))
            .map(([, { signed }]) => signed),
        })),
    neighbours: () =>
      [...known.values()].map(({ endpoint, mspId, identity, channels: theirs }) => ({
        endpoint,
        mspId,
        identity,
        // An organization may have left a channel since.
        channels: new Map([...theirs].filter(([name]) => memberOf(channels.get(name), mspId))),
      })),
    expire() {
      const gone = [...known].filter(([, { heardAt }]) => performance.now() - heardAt > expiryMs)
      for (const [identity, { time }] of gone) {
        known.delete(identity)
        ends.set(identity, time)
      }
      for (const identity of [...ends.keys()].slice(0, Math.max(0, ends.size - mostEnds))) ends.delete(identity)
      return gone.length > 0
    },
  }
}
