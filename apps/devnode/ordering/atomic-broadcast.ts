/** The gRPC service `orderer.AtomicBroadcast`. */
import { createHash } from 'node:crypto'
import type { ServerDuplexStream, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js'
import { common, orderer } from '@hyperledger/fabric-protos'
import type { Metrics } from '../operations/metrics.ts'
import { broadcast, broadcastResponse } from './broadcast.ts'
import type { Channels } from './channels.ts'
import { type DeliverContext, deliver } from './deliver.ts'
import type { StatusCode } from './refusal.ts'

export interface AtomicBroadcastOptions {
  readonly channels: Channels
  readonly metrics: Metrics
  readonly timeWindowMs: number
  readonly ignoreExpiry: boolean
  /** Clients must show a TLS certificate, so deliver requests are bound to it. */
  readonly mutualTls: boolean
}

type Stream<R> = ServerDuplexStream<common.Envelope, R>

/** Blocks go out as they lie on disk: their bytes need no decoding. */
export const atomicBroadcastDefinition = {
  broadcast: orderer.AtomicBroadcastService.broadcast,
  deliver: {
    ...orderer.AtomicBroadcastService.deliver,
    responseSerialize: (bytes: Buffer): Buffer => bytes,
    responseDeserialize: (bytes: Buffer): Buffer => bytes,
  },
} satisfies ServiceDefinition

export function atomicBroadcast(options: AtomicBroadcastOptions): UntypedServiceImplementation {
  const { channels, metrics } = options
  return {
    broadcast: (call: Stream<orderer.BroadcastResponse>) =>
      serve(call, async (envelope) => {
        const outcome = await broadcast(channels, envelope)
        const { channel, type } = outcome
        metrics.add('broadcast_processed_count', { channel, type, status: statusName(outcome.status) })
        await write(call, broadcastResponse(outcome))
        return outcome.status
      }),
    deliver(call: Stream<Buffer>) {
      const gone = new AbortController()
      call.once('cancelled', () => gone.abort())
      call.once('close', () => gone.abort())
      const context = deliverContext(options, call, gone.signal)
      serve(call, async (envelope) => {
        const status = await deliver(context, envelope)
        await write(call, statusFrame(status))
        return status
      })
    },
  }
}

/** Answers the requests of a stream one after the other, until one is refused or the client is done. */
function serve<R>(call: Stream<R>, answer: (envelope: common.Envelope) => Promise<StatusCode>): void {
  let isOver = false
  let busy = Promise.resolve()
  const end = () => {
    if (!isOver) call.end()
    isOver = true
  }
  call.on('error', () => {
    isOver = true // the client is gone
  })
  call.on('data', (envelope: common.Envelope) => {
    call.pause()
    busy = busy.then(async () => {
      if (isOver) return
      const status = await answer(envelope)
      if (status === common.Status.SUCCESS) call.resume()
      else end()
    })
    busy.catch(() => end())
  })
  call.on('end', () => void busy.then(end, end))
}

function deliverContext(options: AtomicBroadcastOptions, call: Stream<Buffer>, signal: AbortSignal): DeliverContext {
  const { channels, metrics, timeWindowMs, ignoreExpiry, mutualTls } = options
  return {
    channels,
    timeWindowMs,
    ignoreExpiry,
    signal,
    ...(mutualTls ? { tlsBinding: { clientHash: clientHash(call) } } : {}),
    async send(block) {
      await write(call, blockFrame(block))
      metrics.add('deliver_blocks_sent', {})
    },
  }
}

function clientHash(call: Stream<Buffer>): Uint8Array | undefined {
  const raw = call.getAuthContext().sslPeerCertificate?.raw
  return raw && new Uint8Array(createHash('sha256').update(raw).digest())
}

async function write<R>(call: Stream<R>, message: R): Promise<void> {
  if (call.cancelled || call.destroyed || call.write(message)) return
  await new Promise<void>((resolve) => {
    const done = () => {
      for (const event of ['drain', 'close', 'cancelled', 'error']) call.off(event, done)
      resolve()
    }
    for (const event of ['drain', 'close', 'cancelled', 'error']) call.on(event, done)
  })
}

/** `DeliverResponse.block` (field 2) around an encoded block. */
function blockFrame(block: Uint8Array): Buffer {
  const length: number[] = []
  let rest = block.length
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) length.push((rest % 128) | 0x80)
  return Buffer.concat([Uint8Array.from([0x12, ...length, rest]), block])
}

function statusFrame(status: StatusCode): Buffer {
  const response = new orderer.DeliverResponse()
  response.setStatus(status)
  return Buffer.from(response.serializeBinary())
}

function statusName(status: StatusCode): string {
  return Object.entries(common.Status).find(([, number]) => number === status)?.[0] ?? String(status)
}
