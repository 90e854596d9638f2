/** The gRPC service `gateway.Gateway`: clients hand it proposals, and it finds the peers and orderers. */
import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js'
import { gateway } from '@hyperledger/fabric-protos'
import type { AccessControl } from '../access/access.ts'
import type { OrdererOverride } from '../following/orderer-endpoints.ts'
import type { GrpcService } from '../operations/grpc-listener.ts'
import { openBroadcastStreams } from './broadcast-streams.ts'
import { commitStatus, openCommits } from './commit-status.ts'
import { contractEvents, type EventStream } from './contract-events.ts'
import { endorse } from './endorse.ts'
import { evaluate } from './evaluate.ts'
import { Registry, type RegistryOptions } from './registry.ts'
import { serviceError } from './rpc-error.ts'
import { ordererAddresses, submit } from './submit.ts'

export interface GatewayOptions extends RegistryOptions {
  readonly overrides: readonly OrdererOverride[]
  readonly access: AccessControl
  /** `peer.gateway.broadcastTimeout` */
  readonly broadcastTimeoutMs: number
}

export type GatewayService = GrpcService & Disposable

export function gatewayService(options: GatewayOptions): GatewayService {
  const { channels, access } = options
  const registry = new Registry(options)
  const commits = openCommits()
  const statuses = { channels, access, commits }
  const broadcasts = openBroadcastStreams(options.connections, options.broadcastTimeoutMs)
  const submitting = { registry, broadcasts, orderersOf: ordererAddresses(options.overrides) }
  return {
    definition: gateway.GatewayService,
    implementation: {
      evaluate: unary<gateway.EvaluateRequest, gateway.EvaluateResponse>((request, signal) =>
        evaluate(registry, request, signal),
      ),
      endorse: unary<gateway.EndorseRequest, gateway.EndorseResponse>((request, signal) =>
        endorse(registry, request, signal),
      ),
      submit: unary<gateway.SubmitRequest, gateway.SubmitResponse>((request, signal) =>
        submit(submitting, request, signal),
      ),
      commitStatus: unary<gateway.SignedCommitStatusRequest, gateway.CommitStatusResponse>((request, signal) =>
        commitStatus(statuses, request, signal),
      ),
      chaincodeEvents(call: EventStream) {
        const gone = new AbortController()
        call.once('cancelled', () => gone.abort())
        call.once('close', () => gone.abort())
        contractEvents(options, call, gone.signal).then(
          () => call.end(),
          (error: unknown) => call.emit('error', serviceError(error)),
        )
      },
    },
    [Symbol.dispose]() {
      broadcasts[Symbol.dispose]()
      commits[Symbol.dispose]()
    },
  }
}

/** One for all: an error of its own would take its stack at each call. */
const clientGone = new Error('the client is gone')

function unary<Q, R>(handle: (request: Q, signal: AbortSignal) => Promise<R>) {
  return (call: ServerUnaryCall<Q, R>, answer: sendUnaryData<R>): void => {
    const gone = new AbortController()
    // Also when the client's deadline has passed; grpc-js says so too when a call has ended well.
    const leave = () => gone.abort(clientGone)
    call.once('cancelled', leave)
    handle(call.request, gone.signal)
      .finally(() => call.off('cancelled', leave))
      .then(
        (response) => answer(null, response),
        (error: unknown) => answer(serviceError(error)),
      )
  }
}
