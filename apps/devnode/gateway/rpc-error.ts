/** How the gateway says that something went wrong: a gRPC status, and for each node that was asked what it said. */
import { delimitedField } from '@cello/fabric/codec'
import { Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { gateway, google } from '@hyperledger/fabric-protos'

/** What one node said. */
export interface Detail {
  readonly address: string
  readonly mspId: string
  readonly message: string
}

export class RpcError extends Error {
  readonly code: status
  readonly details: readonly Detail[]

  constructor(code: status, message: string, details: readonly Detail[] = []) {
    super(message)
    this.code = code
    this.details = details
  }
}

/** The error as grpc-js sends it. */
export function serviceError(error: unknown): Pick<ServiceError, 'code' | 'details' | 'metadata'> {
  if (!(error instanceof RpcError)) {
    const details = error instanceof Error ? error.message : String(error)
    return { code: status.UNKNOWN, details, metadata: new Metadata() }
  }
  const metadata = new Metadata()
  if (error.details.length > 0) metadata.set('grpc-status-details-bin', statusBytes(error))
  return { code: error.code, details: error.message, metadata }
}

/** `google.rpc.Status`, whose details are `google.protobuf.Any`; written by hand, since that class is in no library of ours. */
function statusBytes({ code, message, details }: RpcError): Buffer {
  const found = new google.rpc.Status()
  found.setCode(code)
  found.setMessage(message)
  const parts = details.map((one) => {
    const detail = new gateway.ErrorDetail()
    detail.setAddress(one.address)
    detail.setMspId(one.mspId)
    detail.setMessage(one.message)
    const typeUrl = Buffer.from('type.googleapis.com/gateway.ErrorDetail')
    const any = [delimitedField(1, typeUrl), delimitedField(2, detail.serializeBinary())]
    return delimitedField(3, Buffer.concat(any))
  })
  return Buffer.concat([found.serializeBinary(), ...parts])
}

/** What Go's gRPC prints of a status that another node answered with, or that the connection made up. */
export function goErrorText(error: unknown): string {
  if (!isServiceError(error)) return error instanceof Error ? error.message : String(error)
  const name = Object.entries(goCodes).find(([, code]) => code === error.code)?.[0] ?? 'Unknown'
  return `rpc error: code = ${name} desc = ${dialled(error.details)}`
}

/** Go's words where nobody listened; grpc-js tells in its own. */
function dialled(details: string): string {
  const [, address] = /\bconnect ECONNREFUSED (\S+:\d+)/.exec(details) ?? []
  if (address === undefined) return details
  return `connection error: desc = "transport: Error while dialing: dial tcp ${address}: connect: connection refused"`
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error
}

const goCodes = {
  OK: status.OK,
  Canceled: status.CANCELLED,
  Unknown: status.UNKNOWN,
  InvalidArgument: status.INVALID_ARGUMENT,
  DeadlineExceeded: status.DEADLINE_EXCEEDED,
  NotFound: status.NOT_FOUND,
  AlreadyExists: status.ALREADY_EXISTS,
  PermissionDenied: status.PERMISSION_DENIED,
  ResourceExhausted: status.RESOURCE_EXHAUSTED,
  FailedPrecondition: status.FAILED_PRECONDITION,
  Aborted: status.ABORTED,
  OutOfRange: status.OUT_OF_RANGE,
  Unimplemented: status.UNIMPLEMENTED,
  Internal: status.INTERNAL,
  Unavailable: status.UNAVAILABLE,
  DataLoss: status.DATA_LOSS,
  Unauthenticated: status.UNAUTHENTICATED,
} as const
