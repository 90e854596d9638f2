import type { MethodDefinition } from '@grpc/grpc-js'
import { common, orderer } from '@hyperledger/fabric-protos'
import { channelHeader, signedEnvelope } from './codec/envelope.ts'
import type { Connection } from './connection.ts'
import type { CallOptions } from './endpoint.ts'
import { FabricError } from './errors.ts'
import { factsOf } from './limits.ts'
import { duplexStream } from './message-stream.ts'
import type { Signer } from './signer.ts'
import { fromFabricStatus } from './status-errors.ts'

/** A place in a chain: a block number, or either end as it is when asked. */
export type BlockPosition = number | 'oldest' | 'newest'

export interface DeliverRange {
  readonly channel: string
  /** First block wanted; at most the next one that does not exist yet. */
  readonly from: BlockPosition
  /** Last block wanted; absent: for ever. */
  readonly to?: BlockPosition
  /** What to do at a block that does not exist yet: `wait` for it (default) or `fail` with NOT_FOUND. */
  readonly missing?: 'wait' | 'fail'
  /** Whether an orderer shall read what it has even while its channel has no leader; default: it answers NOT_READY. */
  readonly withoutLeader?: boolean
}

/** What a deliver service sends: blocks of one kind or another, then a status. */
interface DeliverAnswer {
  getStatus(): number
}

/** Whom to ask, as whom, and where the blocks are in its answers. */
export interface DeliverService<A extends DeliverAnswer, B> {
  readonly connection: Connection
  readonly signer: Signer
  readonly method: MethodDefinition<common.Envelope, A>
  readonly blockOf: (answer: A) => B | undefined
}

/**
 * Asks a deliver service of an orderer or a peer for blocks. `timeoutMs` is idle time.
 * @throws FabricError NOT_FOUND, DENIED, NOT_READY (no leader: the orderer refuses to read), INVALID, UNREACHABLE …
 */
export async function* deliver<A extends DeliverAnswer, B>(
  { connection, signer, method, blockOf }: DeliverService<A, B>,
  range: DeliverRange,
  options: CallOptions = {},
): AsyncGenerator<B, void, undefined> {
  const context = { ...options, doing: 'read blocks', channel: range.channel }
  const request = await seekEnvelope(connection, signer, range)
  for await (const answer of duplexStream(connection, method, [request], context)) {
    const block = blockOf(answer)
    if (block !== undefined) {
      yield block
      continue
    }
    const status = answer.getStatus()
    if (status === common.Status.SUCCESS) return
    throw fromFabricStatus(status, '', connection.endpoint, context)
  }
  // The server closed the stream without the closing status that the protocol has.
  throw new FabricError('UNREACHABLE', 'The stream of blocks was closed', {
    node: connection.endpoint.node,
    ...factsOf(context),
    next: 'Ask again from the last block received',
  })
}

async function seekEnvelope(connection: Connection, signer: Signer, range: DeliverRange): Promise<common.Envelope> {
  const seek = new orderer.SeekInfo()
  seek.setStart(position(range.from))
  // "For ever" has no wire form of its own; clients of Fabric ask up to the largest number.
  seek.setStop(position(range.to ?? Number.MAX_SAFE_INTEGER))
  const { BLOCK_UNTIL_READY, FAIL_IF_NOT_READY } = orderer.SeekInfo.SeekBehavior
  seek.setBehavior(range.missing === 'fail' ? FAIL_IF_NOT_READY : BLOCK_UNTIL_READY)
  if (range.withoutLeader) seek.setErrorResponse(orderer.SeekInfo.SeekErrorResponse.BEST_EFFORT)
  const header = channelHeader({
    type: common.HeaderType.DELIVER_SEEK_INFO,
    channelId: range.channel,
    ...(connection.tlsCertHash === undefined ? {} : { tlsCertHash: connection.tlsCertHash }),
  })
  return signedEnvelope({ header, data: seek.serializeBinary(), signer })
}

function position(at: BlockPosition): orderer.SeekPosition {
  const seek = new orderer.SeekPosition()
  if (at === 'oldest') seek.setOldest(new orderer.SeekOldest())
  else if (at === 'newest') seek.setNewest(new orderer.SeekNewest())
  else {
    if (!Number.isSafeInteger(at) || at < 0) throw new FabricError('INVALID', `${at} is no block number`)
    const specified = new orderer.SeekSpecified()
    specified.setNumber(at)
    seek.setSpecified(specified)
  }
  return seek
}
