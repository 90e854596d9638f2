import { Metadata, type MethodDefinition } from '@grpc/grpc-js'
import type { Connections } from './connections.ts'

export interface BytesCall {
  readonly connections: Connections
  readonly address: string
  /** PEM of the TLS authorities to trust there; none: no TLS. */
  readonly roots: readonly string[]
  readonly method: MethodDefinition<Buffer, Buffer>
  readonly request: Buffer
  /** Milliseconds that it may take. */
  readonly patienceMs: number
  readonly signal: AbortSignal
}

/** One call of another peer's method. @throws ServiceError */
export function callBytes(options: BytesCall): Promise<Buffer> {
  const { connections, address, roots, method, request, patienceMs, signal } = options
  const { path, requestSerialize, responseDeserialize } = method
  const limits = { deadline: Date.now() + patienceMs }
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, answer?: Buffer): void => {
      signal.removeEventListener('abort', stop)
      if (error || !answer) reject(error ?? new Error('an answer without a message'))
      else resolve(answer)
    }
    const call = connections
      .to(address, roots)
      .makeUnaryRequest(path, requestSerialize, responseDeserialize, request, new Metadata(), limits, done)
    const stop = (): void => call.cancel()
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
  })
}
