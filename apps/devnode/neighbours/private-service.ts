/** Private data for other peers: given to who asks and may have it, taken from who endorsed. */
import { type handleUnaryCall, type ServiceDefinition, status } from '@grpc/grpc-js'
import { isMember } from '../committing/contract-collections.ts'
import type { PeerChannel, PeerChannels } from '../committing/peer-channel.ts'
import type { Lifecycle } from '../lifecycle/lifecycle.ts'
import { readIdentity } from '../msp/identity.ts'
import type { Membership } from '../msp/membership.ts'
import { reasonOf } from '../operations/log.ts'
import { sha256 } from '../simulation/hashed-set.ts'
import { decodePrivateSets, encodePrivateSets } from '../simulation/rwset.ts'
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
import { checkQuestion, memberOf, signerOf } from './statements.ts'

export interface PrivateServiceOptions {
  readonly channels: PeerChannels
  readonly lifecycle: () => Lifecycle
  readonly localMsp: Membership
}

export const privateDefinition = { fetchPrivate: fetchMethod, pushPrivate: pushMethod } satisfies ServiceDefinition

type Handler = handleUnaryCall<Buffer, Buffer>

export function privateService(options: PrivateServiceOptions): Record<keyof typeof privateDefinition, Handler> {
  const isNew = rememberSignatures()
  const read = (bytes: Buffer, kind: PrivateRequest['kind']): Asked => readAsked(bytes, kind, options, isNew)
  return {
    fetchPrivate: answering((bytes) => {
      const asked = read(bytes, 'fetch private')
      const { channel: name, wanted } = decodeWanted(asked.body)
      const channel = options.channels.get(name)
      if (!channel) return encodeFound([])
      // As in Fabric, members ask members: who endorsed without being one is not asked.
      const mspIds = [checkedPeer(asked, channel, options), options.localMsp.mspId]
      return encodeFound(
        findHere(
          channel,
          wanted.filter((one) => isOf(one, mspIds, channel, options)),
        ),
      )
    }),
    pushPrivate: answering((bytes) => {
      const asked = read(bytes, 'push private')
      const { channel: name, txId, writes } = decodeOffer(asked.body)
      const channel = options.channels.get(name)
      if (!channel) throw new Error(`channel '${name}' not found`)
      checkedPeer(asked, channel, options)
      const { mspId } = options.localMsp
      const shared = decodePrivateSets(writes).filter((one) => isOf(one, [mspId], channel, options))
      if (shared.length === 0) throw new Error(`no collection of ${mspId}`)
      channel.privateData.keep(txId, encodePrivateSets(shared), channel.height)
      return Buffer.alloc(0)
    }),
  }
}

/** Whether the collection belongs to all of these organizations. */
function isOf(
  { namespace, collection }: Pick<WantedPrivate, 'namespace' | 'collection'>,
  mspIds: readonly string[],
  { state }: PeerChannel,
  { lifecycle }: PrivateServiceOptions,
): boolean {
  const sources = { state, lifecycle: lifecycle() }
  return mspIds.every((mspId) => isMember(sources, namespace, collection, mspId))
}

/** What somebody signed, before it is known whether it is a peer of the channel. */
interface Asked {
  readonly body: string
  readonly identity: Uint8Array
  readonly mspId: string
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

/** @throws Error unless a member of a known organization asks this one, now, for the first time */
function readAsked(
  bytes: Buffer,
  kind: PrivateRequest['kind'],
  { channels, localMsp }: PrivateServiceOptions,
  isNew: (signature: string) => boolean,
): Asked {
  const message = decodePrivate(bytes)
  const request = decodePrivateRequest(message.request.text, kind)
  checkQuestion(request, localMsp.mspId)
  if (request.body !== bodyHash(message.body)) throw new Error('the body is not what was signed')
  const identity = Buffer.from(message.identity, 'base64')
  const mspId = signerOf({ localMsp, channels }, identity, message.request)
  if (!isNew(message.request.signature)) throw new Error('the request came before')
  return { body: message.body, identity, mspId }
}

/**
 * Where an organization does not tell its peers from other members, a member is enough.
 * @returns the peer's organization @throws Error when it is no peer, or not of the channel
 */
function checkedPeer({ identity, mspId }: Asked, channel: PeerChannel, { localMsp }: PrivateServiceOptions): string {
  const membership = mspId === localMsp.mspId ? localMsp : memberOf(channel, mspId)
  if (!membership) throw new Error(`${mspId} is no member of channel ${channel.name}`)
  const { enforced, roles } = membership.units
  const { certificate } = readIdentity(identity, new Map([[mspId, membership]]))
  if (enforced && roles.peer && !certificate.units.includes(roles.peer.unit)) {
    throw new Error('private data is given to peers alone')
  }
  return mspId
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
