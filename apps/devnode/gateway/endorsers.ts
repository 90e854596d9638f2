/** Peers that endorse for the gateway: its own without gRPC, others over kept connections. */
import { soundMethod } from '@cello/fabric/codec'
import { Metadata, status } from '@grpc/grpc-js'
import { peer } from '@hyperledger/fabric-protos'
import { type Endorser, ProposalFiltered, ProposalRefused } from '../endorsement/endorser.ts'
import type { Connections } from '../neighbours/connections.ts'
import { goErrorText } from './rpc-error.ts'

export interface GatewayEndorser {
  /** The same for the same peer. */
  readonly id: string
  readonly address: string
  readonly mspId: string
  readonly process: (proposal: peer.SignedProposal, signal: AbortSignal) => Promise<Answer>
  /** Lets go of the connection: the next call dials anew. */
  readonly release: () => void
}

/** A good answer, or what went wrong and what to make of it. */
export type Answer = { readonly response: peer.ProposalResponse } | Failure

export interface Failure {
  readonly code: status
  readonly message: string
  /** Whether another peer may do better. */
  readonly mayRetry: boolean
}

/** What Fabric's peers say when a contract broke off: it may run on another peer. */
const brokenOff = 'chaincode stream terminated'

/** @param timeoutMs `peer.gateway.endorsementTimeout` */
export function localEndorser(
  place: Pick<GatewayEndorser, 'id' | 'address' | 'mspId'>,
  endorser: Endorser,
  timeoutMs: number,
): GatewayEndorser {
  return {
    ...place,
    release: () => undefined,
    async process(proposal, signal) {
      using limit = limited(signal, timeoutMs)
      try {
        return judged(await untilAborted(endorser.process(proposal, limit.signal), limit.signal))
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        const isAtFault = error instanceof ProposalRefused && !(error instanceof ProposalFiltered)
        if (isAtFault) return { code: status.FAILED_PRECONDITION, message, mayRetry: false }
        return { code: status.UNAVAILABLE, message, mayRetry: true }
      }
    },
  }
}

/** The signal with a time-out of its own; `AbortSignal.any` and `timeout` would leave the timer and more to the collector. */
function limited(signal: AbortSignal, timeoutMs: number): Disposable & { readonly signal: AbortSignal } {
  const limit = new AbortController()
  const stop = () => limit.abort(late)
  const timer = setTimeout(stop, timeoutMs)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  return {
    signal: limit.signal,
    [Symbol.dispose]() {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
    },
  }
}

const late = new Error('context deadline exceeded')

export interface RemotePlace extends Pick<GatewayEndorser, 'id' | 'address' | 'mspId'> {
  /** PEM of the TLS authorities to trust there; none: no TLS. */
  readonly roots: readonly string[]
}

export function remoteEndorser(
  { roots, ...place }: RemotePlace,
  connections: Connections,
  timeoutMs: number,
): GatewayEndorser {
  return {
    ...place,
    release: () => connections.drop(place.address),
    async process(proposal, signal) {
      try {
        const { path, requestSerialize, responseDeserialize } = soundMethod(peer.EndorserService.processProposal)
        const deadline = Date.now() + timeoutMs
        return judged(
          await new Promise<peer.ProposalResponse>((resolve, reject) => {
            const call = connections
              .to(place.address, roots)
              .makeUnaryRequest(
                path,
                requestSerialize,
                responseDeserialize,
                proposal,
                new Metadata(),
                { deadline },
                (error, response) => {
                  signal.removeEventListener('abort', stop)
                  if (error || !response) reject(error ?? new Error('an answer without a message'))
                  else resolve(response)
                },
              )
            const stop = () => call.cancel()
            signal.addEventListener('abort', stop, { once: true })
          }),
        )
      } catch (error) {
        return { code: status.UNAVAILABLE, message: goErrorText(error), mayRetry: true }
      }
    },
  }
}

/** As `responseStatus` of Fabric's gateway: what kind of failure a response is. */
function judged(response: peer.ProposalResponse): Answer {
  const answer = response.getResponse()
  const [number, message] = [answer?.getStatus() ?? 0, answer?.getMessage() ?? '']
  if (number >= 200 && number < 400) return { response }
  if (response.getPayload_asU8().length === 0 && number === 500) {
    return { code: status.ABORTED, message, mayRetry: true }
  }
  return { code: status.UNKNOWN, message: `chaincode response ${number}, ${message}`, mayRetry: false }
}

/** Whether a failure says that the peer, or its contract, is gone. */
export const isGone = ({ code, message }: Failure): boolean =>
  code === status.UNAVAILABLE || (code === status.ABORTED && message.endsWith(brokenOff))

/** As the promise, unless the signal comes first. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new Error('context deadline exceeded'))
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
