import { common } from '@hyperledger/fabric-protos'
import { Unimplemented } from '../config/raft-metadata.ts'

export type StatusCode = common.StatusMap[keyof common.StatusMap]

/** Why a message is not ordered, or blocks are not given out, with the status that says it on the wire. */
export class Refusal extends Error {
  readonly status: StatusCode

  constructor(status: StatusCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}

/** The refusal that an error means: its own, NOT_IMPLEMENTED, or BAD_REQUEST as Fabric says of all else. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  const message = error instanceof Error ? error.message : String(error)
  const status = error instanceof Unimplemented ? common.Status.NOT_IMPLEMENTED : common.Status.BAD_REQUEST
  return new Refusal(status, message, { cause: error })
}

/** The same refusal with a sentence in front, as Fabric wraps errors. */
export function prefixed(prefix: string, error: unknown): Refusal {
  if (error instanceof Unimplemented) return refusalOf(error)
  const { status, message } = refusalOf(error)
  return new Refusal(status, `${prefix}: ${message}`, { cause: error })
}
