import type { OperationEvent } from '@cello/api'
import { cancelOperation, followEvents, getOperation, listOperations, retryOperation } from '@cello/usecases'
import { lastEventId, type StreamEvent } from '../event-stream.ts'
import type { HandlersOf } from '../handler.ts'

export const operationHandlers: HandlersOf<'operations'> = {
  list: ({ context, call, query: { network, host, open, ...page } }) =>
    listOperations(context, call, { page, network, host, open }),
  get: ({ context, call, params }) => getOperation(context, call, params.operation),
  cancel: ({ context, call, params }) => cancelOperation(context, call, params.operation),
  retry: ({ context, call, params }) => retryOperation(context, call, params.operation),
  events: async ({ context, call, params, request }) => {
    const after = lastEventId(request)
    return async (signal) =>
      asEvents(await followEvents(context, { ...call, signal }, { operation: params.operation, after }))
  },
  allEvents: async ({ context, call, request }) => {
    const after = lastEventId(request)
    return async (signal) => asEvents(await followEvents(context, { ...call, signal }, { after }))
  },
}

async function* asEvents(events: AsyncIterable<OperationEvent>): AsyncIterable<StreamEvent> {
  for await (const event of events) yield { id: String(event.seq), event: event.kind, data: event }
}
