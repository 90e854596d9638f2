/** Asking the organization's other peers for private data, and offering it to them. */
import type { LocalSigner } from '../msp/local-msp.ts'
import type { Membership } from '../msp/membership.ts'
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
  /** The other peers of the organization on a channel, those with most blocks first. */
  readonly peers: (channel: string) => readonly Neighbour[]
  /** PEM of the TLS authorities of the organization; none: no TLS. */
  readonly roots: () => readonly string[]
  readonly signal: AbortSignal
}

/** Milliseconds that a peer has to take an offer (`peer.gossip.pvtData.pushAckTimeout` as shipped), or to answer. */
const patienceMs = 3_000
/** Asked for in one call: the answer holds the values. */
const mostWanted = 100

export function privateClient(options: PrivateClientOptions): PrivateExchange {
  const { signer, localMsp, connections, peers, roots } = options
  const messageOf = (kind: PrivateRequest['kind'], body: string): Buffer => {
    const request = sign(signer, { kind, time: Date.now(), to: localMsp.mspId, body: bodyHash(body) })
    return encodePrivate({ identity: Buffer.from(signer.serialized).toString('base64'), request, body })
  }
  const fetchFrom = async (
    address: string,
    channel: string,
    wanted: readonly WantedPrivate[],
    signal: AbortSignal,
  ): Promise<readonly FoundPrivate[]> => {
    const request = messageOf('fetch private', encodeWanted(channel, wanted))
    const place = { connections, address, roots: roots(), patienceMs, signal }
    return decodeFound(await callBytes({ ...place, method: fetchMethod, request }))
  }
  return {
    async push(offer) {
      const body = encodeOffer(offer)
      const pushed = peers(offer.channel).map(async ({ endpoint: address }) => {
        // Each its own signature: one that came before is refused.
        const request = messageOf('push private', body)
        const place = { connections, address, roots: roots(), patienceMs, signal: options.signal }
        await callBytes({ ...place, method: pushMethod, request })
      })
      return (await Promise.allSettled(pushed)).filter(({ status }) => status === 'fulfilled').length
    },
    async fetch(channel, wanted, signal) {
      const limit = AbortSignal.any([signal, options.signal])
      const found: FoundPrivate[] = []
      for (const { endpoint } of peers(channel)) {
        const left = wanted.filter((one) => !found.some((other) => isSame(one, other)))
        for (let at = 0; at < left.length && !limit.aborted; at += mostWanted) {
          try {
            found.push(...(await fetchFrom(endpoint, channel, left.slice(at, at + mostWanted), limit)))
          } catch {
            break // another peer may have it
          }
        }
      }
      return found
    },
  }
}

const isSame = (one: WantedPrivate, other: WantedPrivate): boolean =>
  one.block === other.block &&
  one.transaction === other.transaction &&
  one.namespace === other.namespace &&
  one.collection === other.collection
