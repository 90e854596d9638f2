import { common, orderer } from '@hyperledger/fabric-protos'
import { decode } from '../codec/decode.ts'
import type { Connection } from '../connection.ts'
import type { CallOptions } from '../endpoint.ts'
import { FabricError, isTransient } from '../errors.ts'
import { type CallSubject, factsOf } from '../limits.ts'
import { duplexStream } from '../message-stream.ts'
import { pollUntil } from '../polling.ts'
import { fromFabricStatus } from '../status-errors.ts'

/** Which envelope this is, for messages. */
export interface BroadcastSubject {
  readonly channel: string
  readonly transactionId?: string
}

/**
 * Hands one envelope to one orderer. Acceptance promises nothing: a transaction is done at its commit status.
 * @throws FabricError NOT_READY (no leader), ALREADY_DONE (BFT: waiting to be ordered, or ordered), DENIED, CONFLICT, INVALID …
 */
export async function broadcast(
  connection: Connection,
  envelope: Uint8Array,
  subject: BroadcastSubject,
  options: CallOptions = {},
): Promise<void> {
  const context = { ...options, ...subject, doing: 'hand an envelope to the orderer' }
  const message = decode(common.Envelope, envelope)
  for await (const answer of duplexStream(connection, orderer.AtomicBroadcastService.broadcast, [message], context)) {
    if (answer.getStatus() === common.Status.SUCCESS) return
    throw fromFabricStatus(answer.getStatus(), answer.getInfo(), connection.endpoint, context)
  }
  throw new FabricError('UNREACHABLE', 'The orderer closed the stream without an answer', {
    node: connection.endpoint.node,
    ...factsOf(context),
    next: 'Send the same envelope again',
  })
}

export interface OrderOptions extends CallOptions {
  /** `first` (Raft, default): one acceptance is enough. `quorum` (BFT): sent to all, a BFT quorum must accept. */
  readonly accept?: 'first' | 'quorum'
}

/**
 * Hands one envelope to the ordering service and waits out missing leaders and dead orderers until `timeoutMs`. The same
 * envelope may so reach the service more than once: a transaction's second copy lands as DUPLICATE_TXID, which is no
 * error. For a config update a lost answer can surface as CONFLICT: compare the config's sequence.
 * @throws FabricError of the refusal that waiting would not cure; DEADLINE_EXCEEDED, CANCELLED
 */
export async function submitToOrderers(
  orderers: readonly Connection[],
  envelope: Uint8Array,
  subject: BroadcastSubject,
  options: OrderOptions = {},
): Promise<void> {
  if (orderers.length === 0) {
    throw new FabricError('INVALID', 'No orderers given', { ...subject, next: 'Name the channel’s running orderers' })
  }
  const waiting: CallSubject = { doing: 'have an envelope accepted', ...subject }
  await pollUntil(
    waiting,
    async (limits) => {
      if (options.accept === 'quorum') await sendToAll(orderers, envelope, subject, limits)
      else await sendToOne(orderers, envelope, subject, limits)
      return true
    },
    options,
  )
}

/** Milliseconds. Orderers answer as soon as the envelope is queued; forwarding to a Raft leader times out after 7 s (RPCTimeout). */
const longestTryMs = 10_000

async function sendToOne(
  orderers: readonly Connection[],
  envelope: Uint8Array,
  subject: BroadcastSubject,
  limits: CallOptions,
): Promise<void> {
  let last: unknown
  for (const connection of orderers) {
    try {
      // One silent orderer must not use up the time of all.
      const share = Math.max(1, Math.min(limits.timeoutMs ?? longestTryMs, longestTryMs) / orderers.length)
      return await broadcast(connection, envelope, subject, { ...limits, timeoutMs: share })
    } catch (error) {
      const weight = weightOf(error)
      if (weight === 2) throw error
      if (last === undefined || weight > weightOf(last)) last = error
    }
  }
  throw last
}

/**
 * How much a refusal says of the whole service: 2 that waiting cures nothing, 1 that it may, 0 nothing, since an orderer that
 * has not joined the channel, or still follows it, knows it from no broadcast.
 */
function weightOf(error: unknown): 0 | 1 | 2 {
  if (isTransient(error)) return 1
  return error instanceof FabricError && error.code === 'NOT_FOUND' ? 0 : 2
}

/** Acceptances that a BFT cluster of `size` needs: any two such sets share a correct node (SmartBFT's computeQuorum). */
export function bftQuorum(size: number): number {
  const faulty = Math.floor((size - 1) / 3)
  return Math.ceil((size + faulty + 1) / 2)
}

function sendToAll(
  orderers: readonly Connection[],
  envelope: Uint8Array,
  subject: BroadcastSubject,
  limits: CallOptions,
): Promise<void> {
  const needed = bftQuorum(orderers.length)
  // One silent orderer must not use up the time of all tries.
  const share = { ...limits, timeoutMs: Math.min(limits.timeoutMs ?? longestTryMs, longestTryMs) }
  const tally = { accepted: 0, known: 0, moved: 0, answered: 0 }
  return new Promise((resolve, reject) => {
    let refusal: unknown
    const refuse = (error: unknown) => {
      if (refusal === undefined || weightOf(error) > weightOf(refusal)) refusal = error
    }
    const settle = () => {
      const { accepted, known, moved } = tally
      // An orderer that has applied this config update already says CONFLICT; beside an acceptance that is agreement.
      const agreed = accepted + known + (accepted > 0 ? moved : 0)
      if (agreed >= needed) resolve()
      else if (tally.answered === orderers.length) reject(agreed > 0 ? notAllTakePart(refusal, subject) : refusal)
    }
    for (const connection of orderers) {
      void broadcast(connection, envelope, subject, share)
        .then(
          () => void tally.accepted++,
          (error: unknown) => {
            const code = error instanceof FabricError ? error.code : undefined
            if (code === 'ALREADY_DONE') tally.known++
            else if (code === 'CONFLICT') tally.moved++
            if (code !== 'ALREADY_DONE') refuse(error)
          },
        )
        .then(() => {
          tally.answered++
          settle()
        })
    }
  })
}

/** Where some accepted, those who do not know the channel are yet to take part in it. */
function notAllTakePart(refusal: unknown, subject: BroadcastSubject): unknown {
  if (weightOf(refusal) > 0) return refusal
  const next = 'Wait until all orderers take part in the channel'
  return new FabricError(
    'NOT_READY',
    'No quorum of orderers knows the channel',
    { ...subject, next },
    { cause: refusal },
  )
}
