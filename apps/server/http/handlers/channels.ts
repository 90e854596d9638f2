import { getBlock, getChainTransaction, getChannel, listBlocks, listChannels, traceTransaction } from '@cello/usecases'
import type { HandlersOf } from '../handler.ts'

export const channelHandlers: HandlersOf<'channels'> = {
  list: ({ context, call, params, query }) => listChannels(context, call, { network: params.network, page: query }),
  get: ({ context, call, params }) => getChannel(context, call, params),
  blocks: ({ context, call, params, query }) => listBlocks(context, call, { ...params, page: query }),
  block: ({ context, call, params }) => getBlock(context, call, { ...params, number: Number(params.number) }),
  transaction: ({ context, call, params }) => getChainTransaction(context, call, params),
  trace: ({ context, call, params }) => traceTransaction(context, call, params),
}
