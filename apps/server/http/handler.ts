import type { ParamsOf, RouteDefinition, Routes } from '@cello/api'
import type { Call, Context } from '@cello/usecases'
import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { StreamEvent } from './event-stream.ts'

type OutputOf<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined

/** One request of a route, parsed. */
export interface Asked<Definition extends RouteDefinition> {
  readonly context: Context
  readonly call: Call
  readonly params: ParamsOf<Definition['path']>
  readonly query: OutputOf<Definition['query']>
  readonly body: Definition extends { readonly upload: string } ? Uint8Array : OutputOf<Definition['body']>
  readonly request: FastifyRequest
}

/** What a route answers: its reply, text, or events. */
export type Handler<Definition extends RouteDefinition> = (
  asked: Asked<Definition>,
) => Promise<
  Definition extends { readonly reply: infer Reply extends z.ZodType }
    ? z.output<Reply>
    : Definition extends { readonly events: z.ZodType }
      ? (signal: AbortSignal) => Promise<AsyncIterable<StreamEvent>>
      : string
>

/** A handler for each route of a noun: one that is missing is a type error. */
export type HandlersOf<Noun extends keyof Routes> = {
  readonly [Verb in keyof Routes[Noun]]: Routes[Noun][Verb] extends RouteDefinition
    ? Handler<Routes[Noun][Verb]>
    : never
}
