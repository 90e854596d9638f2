import { type ServiceError, status as Status } from '@grpc/grpc-js'
import { gateway, google } from '@hyperledger/fabric-protos'
import { decode } from './codec/decode.ts'
import type { Endpoint } from './endpoint.ts'
import { FabricError, type FabricErrorCode } from './errors.ts'
import { type Meaning, meaningOf } from './foreign-text.ts'
import { type CallSubject, factsOf } from './limits.ts'

const codes: Readonly<Record<number, FabricErrorCode>> = {
  [Status.CANCELLED]: 'UNREACHABLE', // the node gave the call up: what its caller took back is told before this
  [Status.UNKNOWN]: 'INVALID',
  [Status.INVALID_ARGUMENT]: 'INVALID',
  [Status.DEADLINE_EXCEEDED]: 'DEADLINE_EXCEEDED',
  [Status.NOT_FOUND]: 'NOT_FOUND',
  [Status.ALREADY_EXISTS]: 'ALREADY_DONE',
  [Status.PERMISSION_DENIED]: 'DENIED',
  [Status.RESOURCE_EXHAUSTED]: 'NOT_READY', // Fabric's concurrency limits
  [Status.FAILED_PRECONDITION]: 'INVALID',
  [Status.ABORTED]: 'INVALID', // the Gateway: endorsers refused, see details
  [Status.OUT_OF_RANGE]: 'INVALID',
  [Status.UNIMPLEMENTED]: 'INVALID',
  [Status.INTERNAL]: 'PROTOCOL',
  [Status.UNAVAILABLE]: 'UNREACHABLE',
  [Status.DATA_LOSS]: 'PROTOCOL',
  [Status.UNAUTHENTICATED]: 'DENIED',
}

/** What other nodes said, as the Gateway passes it on: `address (MSP id): text`. */
function gatewayDetails(error: ServiceError): readonly string[] {
  return error.metadata.get('grpc-status-details-bin').flatMap((value) => {
    try {
      const status = decode(google.rpc.Status, typeof value === 'string' ? Buffer.from(value) : value)
      return status.getDetailsList().map((detail) => {
        const said = decode(gateway.ErrorDetail, detail.getValue_asU8())
        return `${said.getAddress()} (${said.getMspId()}): ${said.getMessage()}`
      })
    } catch {
      // The failure itself says more than that its details are broken.
      return []
    }
  })
}

/** Whether `error` is what grpc-js gives for a failed call. */
export function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error && 'metadata' in error
}

/** fabric-gateway wraps the gRPC error, whose metadata hold what the endorsers said. */
function unwrapped(error: unknown): unknown {
  return !isServiceError(error) && error instanceof Error && isServiceError(error.cause) ? error.cause : error
}

/**
 * The one place where a gRPC failure becomes a `FabricError`; what is no gRPC failure is a PROTOCOL error.
 * @param deadline of the call, in ms since 1970: the node keeps it too, and its reset may be read before our timer runs
 */
export function fromGrpcError(
  thrown: unknown,
  endpoint: Endpoint,
  subject: CallSubject,
  deadline = Infinity,
): FabricError {
  if (thrown instanceof FabricError) return thrown
  const error = unwrapped(thrown)
  if (!isServiceError(error)) {
    return new FabricError(
      'PROTOCOL',
      `Could not ${subject.doing}: ${error instanceof Error ? error.message : String(error)}`,
      { node: endpoint.node, ...factsOf(subject) },
      { cause: error },
    )
  }
  const sentences = [error.details, ...gatewayDetails(error)]
  const said = sentences.join('; ')
  const isLate = error.code === Status.CANCELLED && Date.now() >= deadline
  const { code, next } = judge(isLate ? Status.DEADLINE_EXCEEDED : error.code, sentences)
  return new FabricError(
    code,
    `Could not ${subject.doing}: ${said}`,
    {
      node: endpoint.node,
      ...factsOf(subject),
      ...(next === undefined ? {} : { next }),
      status: Status[error.code] ?? String(error.code),
    },
    { cause: error },
  )
}

/** grpc-js reports a refused handshake as a connection that does not come: waiting would not cure it. */
const tlsRefusal = /No connection established.*(certificate|altnames|SSL alert|tlsv1)/i

/** How the Gateway passes on what a contract said (internal/pkg/gateway/apiutils.go responseStatus): whatever that was. */
const contractsOwn = /^(\S+ \([^)]*\): |evaluate call to endorser returned error: )?chaincode response \d+, /

function judge(status: number, sentences: readonly string[]): Meaning {
  const own = codes[status] ?? 'PROTOCOL'
  // Both ends tell it, and no sentence of Fabric's tells more.
  if (own === 'DEADLINE_EXCEEDED') return { code: own }
  const said = sentences.filter((sentence) => !contractsOwn.test(sentence)).join('; ')
  if (own === 'UNREACHABLE' && tlsRefusal.test(said)) {
    return { code: 'DENIED', next: 'Check the TLS roots, the server name and our client certificate' }
  }
  return meaningOf(said) ?? { code: own }
}
