/** The gRPC service `orderer.AtomicBroadcast`. */
import type { ServerDuplexStream, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js'
import { common, orderer } from '@hyperledger/fabric-protos'
import { type DeliverContext, deliver } from '../deliver/deliver.ts'
import {
  clientHash,
  type DeliverStream,
  encodedResponses,
  frame,
  goneSignal,
  responseField,
  serve,
  statusFrame,
  write,
} from '../deliver/stream.ts'
import type { Metrics } from '../operations/metrics.ts'
import { broadcast, broadcastResponse } from './broadcast.ts'
import type { Channel } from './channel.ts'
import type { Channels } from './channels.ts'
import { checkAccess } from './filters.ts'
import type { StatusCode } from './refusal.ts'

export interface AtomicBroadcastOptions {
  readonly channels: Channels
  readonly metrics: Metrics
  readonly timeWindowMs: number
  readonly ignoreExpiry: boolean
  /** Clients must show a TLS certificate, so deliver requests are bound to it. */
  readonly mutualTls: boolean
}

/** Blocks go out as they lie on disk: their bytes need no decoding. */
export const atomicBroadcastDefinition = {
  broadcast: orderer.AtomicBroadcastService.broadcast,
  deliver: encodedResponses(orderer.AtomicBroadcastService.deliver),
} satisfies ServiceDefinition

export function atomicBroadcast(options: AtomicBroadcastOptions): UntypedServiceImplementation {
  const { channels, metrics } = options
  return {
    broadcast: (call: ServerDuplexStream<common.Envelope, orderer.BroadcastResponse>) =>
      serve(call, async (envelope) => {
        const outcome = await broadcast(channels, envelope)
        const { channel, type } = outcome
        metrics.add('broadcast_processed_count', { channel, type, status: statusName(outcome.status) })
        await write(call, broadcastResponse(outcome))
        return outcome.status
      }),
    deliver(call: DeliverStream) {
      const context = deliverContext(options, call, goneSignal(call))
      serve(call, async (envelope) => {
        const status = await deliver(context, envelope)
        await write(call, statusFrame(status))
        return status
      })
    },
  }
}

function deliverContext(
  options: AtomicBroadcastOptions,
  call: DeliverStream,
  signal: AbortSignal,
): DeliverContext<Channel> {
  const { channels, metrics, timeWindowMs, ignoreExpiry, mutualTls } = options
  return {
    channels,
    check: (channel, signed) => checkAccess(signed, channel.config, 'Readers'),
    timeWindowMs,
    ignoreExpiry,
    signal,
    ...(mutualTls ? { tlsBinding: { clientHash: clientHash(call) } } : {}),
    async send(block) {
      await write(call, frame(responseField.block, block))
      metrics.add('deliver_blocks_sent', {})
    },
  }
}

function statusName(status: StatusCode): string {
  return Object.entries(common.Status).find(([, number]) => number === status)?.[0] ?? String(status)
}
