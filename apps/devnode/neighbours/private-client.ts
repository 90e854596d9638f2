/** Asking other peers for private data, and offering it to them. */
import type { LocalSigner } from '../msp/local-msp.ts'
import type { Membership } from '../msp/membership.ts'
import { implicitOwner } from '../validation/application-policy.ts'
import { callBytes } from './call-bytes.ts'
import type { Connections } from './connections.ts'
import type { Neighbour } from './neighbours.ts'
import type { FoundPrivate, PrivateExchange, WantedPrivate } from './private-exchange.ts'
import {
  bodyHash,
  decodeFound,
  encodeOffer,
  encodePrivate,
  encodeWanted,
  fetchMethod,
  type PrivateRequest,
  pushMethod,
} from './private-message.ts'
import { sign } from './statements.ts'

export interface PrivateClientOptions {
  readonly signer: LocalSigner
  readonly localMsp: Membership
  readonly connections: Connections
  /** The other peers on a channel, those of the own organization first, those with most blocks first. */
  readonly peers: (channel: string) => readonly Neighbour[]
  /** PEM of the TLS authorities of an organization; none: no TLS. */
  readonly roots: (mspId: string) => readonly string[]
  readonly signal: AbortSignal
}

/** Milliseconds that a peer has to take an offer (`peer.gossip.pvtData.pushAckTimeout` as shipped), or to answer. */
const patienceMs = 3_000
/** Asked for in one call: the answer holds the values. */
const mostWanted = 100

export function privateClient(options: PrivateClientOptions): PrivateExchange {
  const { signer, localMsp, connections, peers, roots } = options
  const messageOf = (kind: PrivateRequest['kind'], to: string, body: string): Buffer => {
    const request = sign(signer, { kind, time: Date.now(), to, body: bodyHash(body) })
    return encodePrivate({ identity: Buffer.from(signer.serialized).toString('base64'), request, body })
  }
  const fetchFrom = async (
    { endpoint: address, mspId }: Neighbour,
    channel: string,
    wanted: readonly WantedPrivate[],
    signal: AbortSignal,
  ): Promise<readonly FoundPrivate[]> => {
    const request = messageOf('fetch private', mspId, encodeWanted(channel, wanted))
    const place = { connections, address, roots: roots(mspId), patienceMs, signal }
    return decodeFound(await callBytes({ ...place, method: fetchMethod, request }))
  }
  return {
    async push(offer) {
      const body = encodeOffer(offer)
      const { mspId = localMsp.mspId } = offer
      const takers = peers(offer.channel).filter((one) => one.mspId === mspId)
      const pushed = takers.map(async ({ endpoint: address }) => {
        // Each its own signature: one that came before is refused.
        const request = messageOf('push private', mspId, body)
        const place = { connections, address, roots: roots(mspId), patienceMs, signal: options.signal }
        await callBytes({ ...place, method: pushMethod, request })
      })
      return (await Promise.allSettled(pushed)).filter(({ status }) => status === 'fulfilled').length
    },
    async fetch(channel, wanted, signal) {
      const limit = AbortSignal.any([signal, options.signal])
      const found: FoundPrivate[] = []
      for (const neighbour of peers(channel)) {
        const mayHave = neighbour.mspId === localMsp.mspId ? wanted : wanted.filter(isShared)
        const left = mayHave.filter((one) => !found.some((other) => isSame(one, other)))
        for (let at = 0; at < left.length && !limit.aborted; at += mostWanted) {
          try {
            found.push(...(await fetchFrom(neighbour, channel, left.slice(at, at + mostWanted), limit)))
          } catch {
            break // another peer may have it
          }
        }
      }
      return found
    },
  }
}

/** What an organization has by its nature no other one has. */
const isShared = ({ collection }: WantedPrivate): boolean => implicitOwner(collection) === undefined

const isSame = (one: WantedPrivate, other: WantedPrivate): boolean =>
  one.block === other.block &&
  one.transaction === other.transaction &&
  one.namespace === other.namespace &&
  one.collection === other.collection
