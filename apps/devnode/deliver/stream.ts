/** Streams of requests for blocks: what an orderer's and a peer's services share. */
import { createHash } from 'node:crypto'
import { tagBytes, varintBytes, wireType } from '@cello/fabric/codec'
import { status as grpcStatus, type MethodDefinition, type ServerDuplexStream } from '@grpc/grpc-js'
import { common, orderer } from '@hyperledger/fabric-protos'
import { reasonOf } from '../operations/log.ts'
import type { StatusCode } from '../ordering/refusal.ts'

/** Answers are encoded messages: blocks go out as they lie on disk, without being decoded. */
export type DeliverStream = ServerDuplexStream<common.Envelope, Buffer>

/** A method whose answers are written as encoded messages. */
export function encodedResponses<Q>(
  method: Omit<MethodDefinition<Q, unknown>, 'responseSerialize' | 'responseDeserialize'>,
): MethodDefinition<Q, Buffer> {
  return {
    ...method,
    responseSerialize: (bytes: Buffer): Buffer => bytes,
    responseDeserialize: (bytes: Buffer): Buffer => bytes,
  }
}

/** Aborted when the client is gone. */
export function goneSignal(call: ServerDuplexStream<common.Envelope, unknown>): AbortSignal {
  const gone = new AbortController()
  call.once('cancelled', () => gone.abort())
  call.once('close', () => gone.abort())
  return gone.signal
}

/** Answers the requests of a stream one after the other, until one is refused or the client is done. */
export function serve<R>(
  call: ServerDuplexStream<common.Envelope, R>,
  answer: (envelope: common.Envelope) => Promise<StatusCode>,
): void {
  let isOver = false
  let busy = Promise.resolve()
  const end = () => {
    if (!isOver) call.end()
    isOver = true
  }
  const fail = (error: unknown) => {
    if (!isOver) call.emit('error', { code: grpcStatus.UNKNOWN, details: reasonOf(error) })
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
    busy.catch(fail)
  })
  call.on('end', () => void busy.then(end, fail))
}

/** SHA-256 of the client's TLS certificate (DER), where it showed one. */
export function clientHash(call: Pick<DeliverStream, 'getAuthContext'>): Uint8Array | undefined {
  const raw = call.getAuthContext().sslPeerCertificate?.raw
  return raw && new Uint8Array(createHash('sha256').update(raw).digest())
}

/** Resolves when more may be written, or nobody reads any more. */
export async function write<R>(call: ServerDuplexStream<common.Envelope, R>, message: R): Promise<void> {
  if (call.cancelled || call.destroyed || call.write(message)) return
  await new Promise<void>((resolve) => {
    const done = () => {
      for (const event of ['drain', 'close', 'cancelled', 'error']) call.off(event, done)
      resolve()
    }
    for (const event of ['drain', 'close', 'cancelled', 'error']) call.on(event, done)
  })
}

/** Field numbers of `DeliverResponse`: the orderer's has the first two of the peer's. */
export const responseField = { block: 2, filteredBlock: 3, blockAndPrivateData: 4 } as const

/** A `DeliverResponse` around an encoded message. */
export function frame(field: (typeof responseField)[keyof typeof responseField], message: Uint8Array): Buffer {
  return Buffer.concat([tagBytes(field, wireType.delimited), varintBytes(message.length), message])
}

/** The `DeliverResponse` that ends a request; orderers' and peers' are the same bytes. */
export function statusFrame(status: StatusCode): Buffer {
  const response = new orderer.DeliverResponse()
  response.setStatus(status)
  return Buffer.from(response.serializeBinary())
}
