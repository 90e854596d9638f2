/**
 * Streams to orderers that are kept: envelopes go one after the other, and answers come in the same order. A stream of its own
 * for each envelope costs both sides a millisecond.
 */
import { soundMethod } from '@cello/fabric/codec'
import { type ClientDuplexStream, Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { common, orderer } from '@hyperledger/fabric-protos'
import type { Connections } from '../neighbours/connections.ts'
import { oncePer } from '../once-per.ts'

export interface BroadcastPlace {
  /** `host:port` */
  readonly address: string
  /** PEM of the TLS authorities to trust there; none: no TLS. */
  readonly roots: readonly string[]
}

export interface BroadcastStreams extends Disposable {
  /** @throws ServiceError when no answer comes in time, or the stream breaks; Error at the signal */
  send(place: BroadcastPlace, envelope: common.Envelope, signal: AbortSignal): Promise<orderer.BroadcastResponse>
}

interface Waiting {
  readonly envelope: common.Envelope
  settle(outcome: orderer.BroadcastResponse | Error): void
  /** Nobody waits any more. */
  isOver: boolean
}

type Call = ClientDuplexStream<common.Envelope, orderer.BroadcastResponse>

/** Milliseconds that a stream is kept after its last answer: an orderer that stops waits for its streams. */
const idleMs = 500

/** @param timeoutMs `peer.gateway.broadcastTimeout`, for each envelope */
export function openBroadcastStreams(connections: Connections, timeoutMs: number): BroadcastStreams {
  const streams = new Map<string, Stream>()
  const streamTo = (place: BroadcastPlace): Stream => {
    const name = nameOf(place)
    const known = streams.get(name)
    if (known?.isOpen) return known
    const { path, requestSerialize, responseDeserialize } = soundMethod(orderer.AtomicBroadcastService.broadcast)
    const client = connections.to(place.address, place.roots)
    const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, new Metadata())
    const stream = new Stream(call, (left) => {
      if (streams.get(name) === stream) streams.delete(name)
      // Behind a refused envelope an orderer takes nothing more from the stream: what waits there goes again.
      for (const one of left) if (!one.isOver) streamTo(place).send(one)
    })
    streams.set(name, stream)
    return stream
  }
  return {
    send: (place, envelope, signal) =>
      new Promise((resolve, reject) => {
        const stop = () => waiting.settle(new Error('context canceled'))
        const timer = setTimeout(() => waiting.settle(tooLate()), timeoutMs)
        const waiting: Waiting = {
          envelope,
          isOver: false,
          settle(outcome) {
            if (waiting.isOver) return
            waiting.isOver = true
            clearTimeout(timer)
            signal.removeEventListener('abort', stop)
            if (outcome instanceof Error) reject(outcome)
            else resolve(outcome)
          },
        }
        signal.addEventListener('abort', stop, { once: true })
        if (signal.aborted) stop()
        else streamTo(place).send(waiting)
      }),
    [Symbol.dispose]() {
      for (const stream of streams.values()) stream.cancel()
      streams.clear()
    },
  }
}

const nameOf = oncePer(({ address, roots }: BroadcastPlace) => `${address} ${roots.join('')}`)

class Stream {
  readonly #call: Call
  readonly #waiting: Waiting[] = []
  readonly #onEnd: (left: readonly Waiting[]) => void
  #isOpen = true
  #wasRefused = false
  #idle: NodeJS.Timeout | undefined

  /** @param onEnd called once, with what the orderer has not looked at */
  constructor(call: Call, onEnd: (left: readonly Waiting[]) => void) {
    this.#call = call
    this.#onEnd = onEnd
    call.on('data', (response: orderer.BroadcastResponse) => this.#answered(response))
    call.on('end', () => this.#ended(new Error('EOF')))
    call.on('error', (error: Error) => this.#ended(error))
  }

  /** Whether more may be sent: not behind an envelope whose answer is overdue. */
  get isOpen(): boolean {
    return this.#isOpen && !this.#waiting[0]?.isOver
  }

  send(waiting: Waiting): void {
    clearTimeout(this.#idle)
    this.#waiting.push(waiting)
    this.#call.write(waiting.envelope)
  }

  cancel(): void {
    clearTimeout(this.#idle)
    this.#isOpen = false
    this.#call.cancel()
  }

  #answered(response: orderer.BroadcastResponse): void {
    this.#waiting.shift()?.settle(response)
    if (response.getStatus() !== common.Status.SUCCESS) {
      this.#isOpen = false
      this.#wasRefused = true
    }
    const isDone = this.#waiting.length === 0
    if (isDone && this.#isOpen) this.#idle = setTimeout(() => this.#leave(), idleMs)
    else if (isDone) this.#leave()
  }

  #leave(): void {
    this.#isOpen = false
    this.#call.end()
  }

  #ended(reason: Error): void {
    clearTimeout(this.#idle)
    this.#isOpen = false
    const left = this.#waiting.splice(0)
    const isUnread = this.#wasRefused && reason.message === 'EOF'
    if (!isUnread) for (const one of left) one.settle(reason)
    this.#onEnd(isUnread ? left : [])
  }
}

/** As gRPC says that a deadline has passed. */
function tooLate(): ServiceError {
  const details = 'context deadline exceeded'
  return Object.assign(new Error(details), { code: status.DEADLINE_EXCEEDED, details, metadata: new Metadata() })
}
