import {
  deleteNode,
  followLogs,
  getNode,
  listNodes,
  readLogs,
  readStats,
  restartNode,
  startNode,
  stopNode,
} from '@cello/usecases'
import type { StreamEvent } from '../event-stream.ts'
import type { HandlersOf } from '../handler.ts'

export const nodeHandlers: HandlersOf<'nodes'> = {
  list: ({ context, call, params, query }) => listNodes(context, call, { network: params.network, page: query }),
  get: ({ context, call, params }) => getNode(context, call, params),
  delete: ({ context, call, params }) => deleteNode(context, call, params),
  start: ({ context, call, params }) => startNode(context, call, params),
  stop: ({ context, call, params }) => stopNode(context, call, params),
  restart: ({ context, call, params }) => restartNode(context, call, params),
  logs: async ({ context, call, params, query }) => ({
    items: await readLogs(context, call, { ...params, tail: query.tail }),
  }),
  followLogs:
    async ({ context, call, params, query }) =>
    async (signal) =>
      asLines(await followLogs(context, { ...call, signal }, { ...params, tail: query.tail })),
  stats: ({ context, call, params }) => readStats(context, call, params),
}

async function* asLines(lines: AsyncIterable<unknown>): AsyncIterable<StreamEvent> {
  for await (const line of lines) yield { event: 'line', data: line }
}
