import { type ClientDuplexStream, type ClientReadableStream, Metadata, type MethodDefinition } from '@grpc/grpc-js'
import type { CallContext, Connection } from './connection.ts'
import { FabricError } from './errors.ts'
import { fromGrpcError } from './grpc-errors.ts'
import { cancelled, factsOf, throwIfAborted, timeoutOf } from './limits.ts'

/**
 * What a server streams, one message after the other. `timeoutMs` of the context is idle time: the longest wait for the
 * next message while somebody asks for it. Leaving the loop early, an error or the signal ends the call at the server too.
 */
export type MessageStream<R> = AsyncGenerator<R, void, undefined>

/** Server streaming: one request, many messages. @throws FabricError as `unaryCall`, while iterating */
export async function* serverStream<Q, R>(
  connection: Connection,
  method: MethodDefinition<Q, R>,
  request: Q,
  context: CallContext,
): MessageStream<R> {
  throwIfAborted(context.signal, context)
  const call = connection.client.makeServerStreamRequest(
    method.path,
    method.requestSerialize,
    method.responseDeserialize,
    request,
    new Metadata(),
  )
  yield* readAll(connection, call, context)
}

/** Bidirectional streaming where all requests are known at the start. @throws FabricError as `unaryCall`, while iterating */
export async function* duplexStream<Q, R>(
  connection: Connection,
  method: MethodDefinition<Q, R>,
  requests: readonly Q[],
  context: CallContext,
): MessageStream<R> {
  throwIfAborted(context.signal, context)
  const call: ClientDuplexStream<Q, R> = connection.client.makeBidiStreamRequest(
    method.path,
    method.requestSerialize,
    method.responseDeserialize,
    new Metadata(),
  )
  // A cut connection is reported by the reading side; unheard, the writing side's event would end the process.
  call.on('error', () => undefined)
  for (const request of requests) call.write(request)
  yield* readAll(connection, call, context)
}

async function* readAll<R>(
  connection: Connection,
  call: ClientReadableStream<R>,
  context: CallContext,
): MessageStream<R> {
  const { signal } = context
  const idleMs = timeoutOf(context)
  let idle = false
  const abort = () => call.cancel()
  const giveUp = () => {
    idle = true
    call.cancel()
  }
  signal?.addEventListener('abort', abort, { once: true })
  const messages: AsyncIterator<R> = call[Symbol.asyncIterator]()
  try {
    for (;;) {
      const timer = setTimeout(giveUp, idleMs)
      const next = await messages.next().finally(() => clearTimeout(timer))
      if (next.done) return
      yield next.value
      if (signal?.aborted) throw cancelled(signal, context)
    }
  } catch (error) {
    if (signal?.aborted) throw cancelled(signal, context)
    if (idle) throw silence(connection, context, idleMs, error)
    throw fromGrpcError(error, connection.endpoint, context)
  } finally {
    signal?.removeEventListener('abort', abort)
    call.on('error', () => undefined)
    call.cancel()
  }
}

function silence(connection: Connection, context: CallContext, idleMs: number, cause: unknown): FabricError {
  return new FabricError(
    'DEADLINE_EXCEEDED',
    `Nothing came for ${idleMs} ms: ${context.doing}`,
    { node: connection.endpoint.node, ...factsOf(context), next: 'Ask again from the last position received' },
    { cause },
  )
}
