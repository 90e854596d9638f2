import { type common, orderer } from '@hyperledger/fabric-protos'
import type { Connection } from '../connection.ts'
import { type BlockPosition, type DeliverRange, deliver } from '../deliver-request.ts'
import type { CallOptions } from '../endpoint.ts'
import { FabricError } from '../errors.ts'
import { lastConfigIndex } from '../last-config.ts'
import { readAnswer } from '../read-answer.ts'
import type { Signer } from '../signer.ts'

const service = {
  method: orderer.AtomicBroadcastService.deliver,
  blockOf: (answer: orderer.DeliverResponse) => answer.getBlock(),
}

/** Blocks of a channel from an orderer, in order. `timeoutMs` is idle time. @throws FabricError, see `deliver` */
export function deliverFromOrderer(
  connection: Connection,
  signer: Signer,
  range: DeliverRange,
  options: CallOptions = {},
): AsyncGenerator<common.Block, void, undefined> {
  return deliver({ connection, signer, ...service }, range, options)
}

/** One block from an orderer as it has it, with or without a leader. @throws FabricError NOT_FOUND when the orderer does not have it (yet) */
export async function blockFromOrderer(
  connection: Connection,
  signer: Signer,
  at: { readonly channel: string; readonly block: BlockPosition },
  options: CallOptions = {},
): Promise<common.Block> {
  const range: DeliverRange = {
    channel: at.channel,
    from: at.block,
    to: at.block,
    missing: 'fail',
    withoutLeader: true,
  }
  for await (const block of deliverFromOrderer(connection, signer, range, options)) return block
  throw new FabricError('PROTOCOL', `No block came for ${at.block}`, {
    node: connection.endpoint.node,
    channel: at.channel,
  })
}

/** The channel's current config block as an orderer has it. @throws FabricError NOT_FOUND, DENIED, UNREACHABLE */
export async function configBlockFromOrderer(
  connection: Connection,
  signer: Signer,
  channel: string,
  options: CallOptions = {},
): Promise<common.Block> {
  const newest = await blockFromOrderer(connection, signer, { channel, block: 'newest' }, options)
  const context = { doing: 'read the config block', channel }
  const index = readAnswer(connection, context, () => lastConfigIndex(newest))
  if (newest.getHeader()?.getNumber() === index) return newest
  return blockFromOrderer(connection, signer, { channel, block: index }, options)
}
