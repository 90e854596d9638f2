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
  return collect(client, call, options)
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
    client,
    client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request, new Metadata(), {}),
    options,
  )
}

/**
 * Until the node has answered a question that was asked later on the same connection, and a moment more: what it was asked
 * before has begun then, however slow the machine is.
 */
export async function takenUp(client: Client): Promise<void> {
  for (let times = 0; times < 2; times++) {
    await new Promise((resolve) => setTimeout(resolve, 150))
    await answersNothing(client)
  }
}

const same = (bytes: Buffer): Buffer => bytes

/** A call that no node knows, and that each answers so. */
function answersNothing(client: Client): Promise<void> {
  const options = { deadline: Date.now() + 60_000 }
  return new Promise((resolve) => {
    client.makeUnaryRequest('/nobody.Knows/This', same, same, Buffer.alloc(0), new Metadata(), options, () => resolve())
  })
}

function collect<R>(
  client: Client,
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
    // A node that is slow is not silent: it is heard first.
    const silent = () => {
      const before = answers.length
      void answersNothing(client).then(() => {
        if (answers.length === before) finish('open')
      })
    }
    let silence = setTimeout(silent, 5 * silenceMs)
    call.on('data', (answer: R) => {
      answers.push(answer)
      clearTimeout(silence)
      silence = setTimeout(silent, silenceMs)
      if (answers.length >= enough || isLast?.(answer)) finish('open')
    })
    call.on('error', (error: ServiceError) => {
      const { code, details } = failureOf(error)
      finish({ code, details })
    })
    call.on('end', () => setImmediate(finish, 'closed'))
  })
}
