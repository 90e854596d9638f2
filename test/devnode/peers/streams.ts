/** For tests only: streams of answers, untranslated. */
import {
  type Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  Metadata,
  type MethodDefinition,
  type ServiceError,
} from '@grpc/grpc-js'
import { failureOf } from './world.ts'

/** What a stream gave until it ended, or until it was silent for a while. */
export interface Streamed<R> {
  readonly answers: readonly R[]
  /** `open`: it would have gone on; `closed`: the server ended it; else the status of the call. */
  readonly end: 'open' | 'closed' | { readonly code: string; readonly details: string }
}

export interface StreamOptions<R = never> {
  /** Whether nothing more is to be waited for after this answer. */
  readonly isLast?: (answer: R) => boolean
  /** Answers after which nobody listens further. */
  readonly enough?: number
  /** Milliseconds without an answer after which the stream counts as open. */
  readonly silenceMs?: number
}

/** One request on a stream of both directions. */
export function ask<Q, R>(
  client: Client,
  method: MethodDefinition<Q, R>,
  request: Q,
  options?: StreamOptions<R>,
): Promise<Streamed<R>> {
  const { path, requestSerialize, responseDeserialize } = method
  const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, new Metadata(), {})
  call.write(request)
  return collect(call, options)
}

/** A request that is answered by a stream. */
export function listen<Q, R>(
  client: Client,
  method: MethodDefinition<Q, R>,
  request: Q,
  options?: StreamOptions<R>,
): Promise<Streamed<R>> {
  const { path, requestSerialize, responseDeserialize } = method
  return collect(
    client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request, new Metadata(), {}),
    options,
  )
}

function collect<R>(
  call: ClientReadableStream<R> | ClientDuplexStream<never, R> | ClientDuplexStream<unknown, R>,
  { enough = Infinity, silenceMs = 700, isLast }: StreamOptions<R> = {},
): Promise<Streamed<R>> {
  const answers: R[] = []
  return new Promise((resolve) => {
    const finish = (end: Streamed<R>['end']) => {
      clearTimeout(silence)
      resolve({ answers, end })
      call.cancel()
    }
    let silence = setTimeout(finish, 5 * silenceMs, 'open')
    call.on('data', (answer: R) => {
      answers.push(answer)
      clearTimeout(silence)
      silence = setTimeout(finish, silenceMs, 'open')
      if (answers.length >= enough || isLast?.(answer)) finish('open')
    })
    call.on('error', (error: ServiceError) => {
      const { code, details } = failureOf(error)
      finish({ code, details })
    })
    call.on('end', () => setImmediate(finish, 'closed'))
  })
}
