/** Private data for the organization's other peers: given to who asks, taken from who endorsed. */
import { type handleUnaryCall, type ServiceDefinition, status } from '@grpc/grpc-js'
import type { PeerChannel, PeerChannels } from '../committing/peer-channel.ts'
import { readIdentity } from '../msp/identity.ts'
import type { Membership } from '../msp/membership.ts'
import { reasonOf } from '../operations/log.ts'
import { sha256 } from '../simulation/hashed-set.ts'
import { decodePrivateSets } from '../simulation/rwset.ts'
import type { FoundPrivate, WantedPrivate } from './private-exchange.ts'
import {
  bodyHash,
  decodeOffer,
  decodePrivate,
  decodePrivateRequest,
  decodeWanted,
  encodeFound,
  fetchMethod,
  type PrivateRequest,
  pushMethod,
} from './private-message.ts'
import { checkQuestion, signerOf } from './statements.ts'

export interface PrivateServiceOptions {
  readonly channels: PeerChannels
  readonly localMsp: Membership
}

export const privateDefinition = { fetchPrivate: fetchMethod, pushPrivate: pushMethod } satisfies ServiceDefinition

type Handler = handleUnaryCall<Buffer, Buffer>

export function privateService(options: PrivateServiceOptions): Record<keyof typeof privateDefinition, Handler> {
  const isNew = rememberSignatures()
  const read = (bytes: Buffer, kind: PrivateRequest['kind']): string => readBody(bytes, kind, options, isNew)
  return {
    fetchPrivate: answering((bytes) => {
      const { channel, wanted } = decodeWanted(read(bytes, 'fetch private'))
      const found = options.channels.get(channel)
      return encodeFound(found ? findHere(found, wanted) : [])
    }),
    pushPrivate: answering((bytes) => {
      const { channel, txId, writes } = decodeOffer(read(bytes, 'push private'))
      const found = options.channels.get(channel)
      if (!found) throw new Error(`channel '${channel}' not found`)
      decodePrivateSets(writes)
      found.privateData.keep(txId, writes, found.height)
      return Buffer.alloc(0)
    }),
  }
}

function answering(serve: (request: Buffer) => Buffer): Handler {
  return ({ request }, answer) => {
    try {
      answer(null, serve(request))
    } catch (error) {
      answer({ code: status.PERMISSION_DENIED, details: reasonOf(error) })
    }
  }
}

/** @throws Error unless a peer of this very organization asks, now, for the first time */
function readBody(
  bytes: Buffer,
  kind: PrivateRequest['kind'],
  { channels, localMsp }: PrivateServiceOptions,
  isNew: (signature: string) => boolean,
): string {
  const message = decodePrivate(bytes)
  const request = decodePrivateRequest(message.request.text, kind)
  checkQuestion(request, localMsp.mspId)
  if (request.body !== bodyHash(message.body)) throw new Error('the body is not what was signed')
  const identity = Buffer.from(message.identity, 'base64')
  const mspId = signerOf({ localMsp, channels }, identity, message.request)
  if (mspId !== localMsp.mspId || !isPeer(identity, localMsp)) {
    throw new Error(`private data is given to peers of ${localMsp.mspId} alone`)
  }
  if (!isNew(message.request.signature)) throw new Error('the request came before')
  return message.body
}

/** Where the organization does not tell its peers from other members, a member is enough. */
function isPeer(identity: Uint8Array, localMsp: Membership): boolean {
  const { enforced, roles } = localMsp.units
  if (!enforced || !roles.peer) return true
  return readIdentity(identity, new Map([[localMsp.mspId, localMsp]])).certificate.units.includes(roles.peer.unit)
}

/** As long as a request's time is accepted, and twice over; milliseconds. */
const rememberMs = 120_000

function rememberSignatures(): (signature: string) => boolean {
  const seen = new Map<string, number>()
  return (signature) => {
    const now = performance.now()
    for (const [old, at] of seen) {
      if (now - at < rememberMs) break
      seen.delete(old)
    }
    if (seen.has(signature)) return false
    seen.set(signature, now)
    return true
  }
}

/** Committed here, else endorsed: whatever has the hash that stands in the block. */
function findHere(channel: PeerChannel, wanted: readonly WantedPrivate[]): readonly FoundPrivate[] {
  const byBlock = Map.groupBy(wanted, ({ block }) => block)
  return [...byBlock].flatMap(([block, ofBlock]) => {
    const committed = channel.privateData.committed(block)
    return ofBlock.flatMap((one) => {
      const here = committed.filter(({ transaction }) => transaction === one.transaction)
      const endorsed = channel.privateData.endorsed(one.txId).flatMap(decodePrivateSets)
      const found = [...here, ...endorsed].find(
        ({ namespace, collection, writes }) =>
          namespace === one.namespace &&
          collection === one.collection &&
          Buffer.compare(sha256(writes), one.hash) === 0,
      )
      return found ? [{ ...one, writes: found.writes }] : []
    })
  })
}
