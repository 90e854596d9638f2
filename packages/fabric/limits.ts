import type { CallOptions } from './endpoint.ts'
import { FabricError } from './errors.ts'

/** Fabric's own limit of a gRPC message (comm.MaxRecvMsgSize), 100 MiB. */
export const maxMessageBytes = 100 * 1024 * 1024

/** Default of `CallOptions.timeoutMs`. */
export const defaultTimeoutMs = 30_000

/** The time that a call may take, in ms. @throws FabricError INVALID on anything below 1 or not a number. */
export function timeoutOf(options: CallOptions | undefined): number {
  const timeoutMs = options?.timeoutMs ?? defaultTimeoutMs
  if (!(timeoutMs >= 1)) throw new FabricError('INVALID', `A time-out of ${timeoutMs} ms is no time`)
  return timeoutMs
}

/** What a call is about: the words and facts that its errors carry. */
export interface CallSubject {
  /** The act in the infinitive, e.g. `install a package`. */
  readonly doing: string
  readonly channel?: string
  readonly transactionId?: string
}

/** @throws FabricError CANCELLED when the signal has fired already. */
export function throwIfAborted(signal: AbortSignal | undefined, subject: CallSubject): void {
  if (signal?.aborted) throw cancelled(signal, subject)
}

/** The error of a call that its caller took back. @param node where it was under way, if it was */
export function cancelled(signal: AbortSignal | undefined, subject: CallSubject, node?: string): FabricError {
  const facts = { ...factsOf(subject), ...(node === undefined ? {} : { node }) }
  return new FabricError('CANCELLED', `Cancelled: ${subject.doing}`, facts, { cause: signal?.reason })
}

/** The facts of a subject, without keys for what it does not say. */
export function factsOf(subject: CallSubject): { channel?: string; transactionId?: string } {
  return {
    ...(subject.channel === undefined ? {} : { channel: subject.channel }),
    ...(subject.transactionId === undefined ? {} : { transactionId: subject.transactionId }),
  }
}
