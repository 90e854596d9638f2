import { Metadata, type MethodDefinition } from '@grpc/grpc-js'
import { soundMethod } from './codec/sound-methods.ts'
import type { CallContext, Connection } from './connection.ts'
import { FabricError } from './errors.ts'
import { fromGrpcError } from './grpc-errors.ts'
import { cancelled, factsOf, throwIfAborted, timeoutOf } from './limits.ts'

/**
 * What a server streams, one message after the other. `timeoutMs` of the context is idle time: the longest wait for the
 * next message while somebody asks for it. Leaving the loop early, an error or the signal ends the call at the server too.
 */
export type MessageStream<R> = AsyncGenerator<R, void, undefined>

/** Bidirectional streaming where all requests are known at the start. @throws FabricError as `unaryCall`, while iterating */
export async function* duplexStream<Q, R>(
  connection: Connection,
  method: MethodDefinition<Q, R>,
  requests: readonly Q[],
  context: CallContext,
): MessageStream<R> {
  throwIfAborted(context.signal, context)
  const call = connection.client.makeBidiStreamRequest(
    method.path,
    method.requestSerialize,
    soundMethod(method).responseDeserialize,
    new Metadata(),
  )
  // A cut connection is reported by the reading side; unheard, this event would end the process.
  call.on('error', () => undefined)
  for (const request of requests) call.write(request)
  yield* readMessages(connection, call, () => call.cancel(), context)
}

/**
 * Reads a stream that somebody else opened, with this package's idle time, signal and errors.
 * @param cancel ends the call at the server; called once reading ends, however it ends
 */
export async function* readMessages<R>(
  connection: Connection,
  stream: AsyncIterable<R>,
  cancel: () => void,
  context: CallContext,
): MessageStream<R> {
  const { signal } = context
  const idleMs = timeoutOf(context)
  let idle = false
  const giveUp = () => {
    idle = true
    cancel()
  }
  signal?.addEventListener('abort', cancel, { once: true })
  const messages = stream[Symbol.asyncIterator]()
  try {
    for (;;) {
      throwIfAborted(signal, context)
      const timer = setTimeout(giveUp, idleMs)
      const next = await messages.next().finally(() => clearTimeout(timer))
      if (next.done) break
      yield next.value
    }
    // Some libraries end the iteration without an error when their call is cancelled.
    throwIfAborted(signal, context)
    if (idle) throw silence(connection, context, idleMs, undefined)
  } catch (error) {
    if (signal?.aborted) throw cancelled(signal, context, connection.endpoint.node)
    if (idle) throw silence(connection, context, idleMs, error)
    throw fromGrpcError(error, connection.endpoint, context)
  } finally {
    signal?.removeEventListener('abort', cancel)
    cancel()
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
