import { type CallOptions as GrpcCallOptions, InterceptingCall, type Interceptor, status } from '@grpc/grpc-js'
import type { CallContext, Connection } from '../connection.ts'
import { fromGrpcError } from '../grpc-errors.ts'
import { cancelled, throwIfAborted, timeoutOf } from '../limits.ts'

/** Options for a call that a library makes on our client: its deadline, and an end when the signal fires. */
function grpcLimits(deadline: number, signal: AbortSignal | undefined): GrpcCallOptions {
  return signal ? { deadline, interceptors: [cancelOn(signal)] } : { deadline }
}

function cancelOn(signal: AbortSignal): Interceptor {
  return (options, nextCall) => {
    const call = new InterceptingCall(nextCall(options), {
      start(metadata, _listener, next) {
        const abort = () => call.cancelWithStatus(status.CANCELLED, 'cancelled by the caller')
        signal.addEventListener('abort', abort, { once: true })
        // Only what is changed: grpc-js takes an object with all of a listener's methods for one that has no successor.
        next(metadata, {
          onReceiveStatus(received, pass) {
            signal.removeEventListener('abort', abort)
            pass(received)
          },
        })
      },
    })
    return call
  }
}

/** Runs a library's call on our client with our limits, and translates what it throws. @throws FabricError */
export async function limited<T>(
  connection: Connection,
  context: CallContext,
  call: (limits: GrpcCallOptions) => Promise<T>,
): Promise<T> {
  throwIfAborted(context.signal, context)
  const deadline = Date.now() + timeoutOf(context)
  try {
    return await call(grpcLimits(deadline, context.signal))
  } catch (error) {
    if (context.signal?.aborted) throw cancelled(context.signal, context, connection.endpoint.node)
    throw fromGrpcError(error, connection.endpoint, context, deadline)
  }
}
