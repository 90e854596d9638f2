import { allRoutes, apiPrefix, bodyLimits, Operation, paramsSchema, pathOf, type RouteDefinition } from '@cello/api'
import { PlatformError } from '@cello/model'
import type { Call, Context } from '@cello/usecases'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { etagOf } from './etag.ts'
import { lastEventId, type StreamOptions, streamEvents } from './event-stream.ts'
import { beginNamed, endNamed } from './idempotency.ts'
import { RequestMistakes } from './problems.ts'

/** Any handler, once its route's schemas have made sure of what it is given. */
type AnyHandler = (asked: {
  readonly context: Context
  readonly call: Call
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
  readonly request: FastifyRequest
}) => Promise<unknown>

type StreamSource = Parameters<typeof streamEvents>[2]

export interface Served {
  readonly context: Context
  readonly handlers: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly streams: StreamOptions
}

/** Serves every route of packages/api, and no other. @throws Error for one without a handler */
export function registerRoutes(app: FastifyInstance, served: Served): void {
  const all = allRoutes()
  for (const { name, route } of all.filter((one) => !one.route.upload)) serve(app, served, name, route)
  // Uploads have a scope of their own: nothing else takes bytes, and they take nothing else.
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(
      'application/gzip',
      { parseAs: 'buffer', bodyLimit: bodyLimits.upload },
      (_request, body, done) => done(null, body),
    )
    for (const { name, route } of all.filter((one) => one.route.upload)) serve(scope, served, name, route)
  })
}

function serve(app: FastifyInstance, served: Served, name: string, route: RouteDefinition): void {
  const [noun = '', verb = ''] = name.split('.')
  const handler = served.handlers[noun]?.[verb]
  if (!isHandler(handler)) throw new Error(`no handler for route ${name}`)
  app.route({
    method: route.method,
    url: pathOf(route).replaceAll(/\{(\w+)\}/g, ':$1'),
    bodyLimit: route.upload ? bodyLimits.upload : bodyLimits.json,
    config: { permission: route.permission, routeName: name },
    schema: {
      params: paramsSchema(route.path),
      querystring: route.query ?? z.strictObject({}),
      ...(route.body ? { body: route.body } : {}),
      ...(route.reply ? { response: { [route.status]: route.reply } } : {}),
    },
    preHandler: async (request, reply) => {
      checkBody(route, request)
      if (await beginNamed(served.context.store.requests, route, request, reply)) return reply
    },
    onSend: (request, reply, payload) => endNamed(served.context.store.requests, request, reply, payload),
    handler: (request, reply) => answer(served, route, { request, reply, handler }),
  })
}

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly handler: AnyHandler
}

async function answer(served: Served, route: RouteDefinition, { request, reply, handler }: Exchange): Promise<unknown> {
  const { params, query, body, actor, named } = request
  // A write is not called off when its caller leaves: what it has journaled goes on anyway.
  const signal = route.method === 'GET' ? served.streams.signal : undefined
  const call = { actor, commandId: named?.commandId, signal }
  if (route.events) lastEventId(request)
  const result = await handler({ context: served.context, call, params, query, body, request })
  if (isStream(result)) return streamEvents(request, reply, result, served.streams)
  if (route.text) return reply.type(`${route.text}; charset=utf-8`).send(result)
  describeResult(route, { request, reply }, result)
  return reply.code(statusOf(route, result)).send(result)
}

/** What of a reply goes into the head of an answer. */
const Tagged = z.object({ id: z.string().optional(), generation: z.int().optional(), ok: z.boolean().optional() })

function describeResult(route: RouteDefinition, { request, reply }: Omit<Exchange, 'handler'>, result: unknown): void {
  if (!route.outside) reply.header('Cache-Control', 'no-store')
  const { id, generation } = Tagged.parse(result)
  if (route.etag && id !== undefined && generation !== undefined) reply.header('ETag', etagOf({ id, generation }))
  if (route.reply === Operation && route.status === 202) {
    reply.header('Location', `${apiPrefix}/operations/${id}`)
  } else if (route.status === 202) {
    reply.header('Location', request.url.split('?')[0] ?? '')
  }
}

/** Readiness alone says no by its status. */
function statusOf(route: RouteDefinition, result: unknown): number {
  const isUnready = route.path === '/readyz' && Tagged.parse(result).ok === false
  return isUnready ? 503 : route.status
}

/** A body where none belongs is a mistake of the caller, not something to overlook. @throws RequestMistakes */
function checkBody(route: RouteDefinition, request: FastifyRequest): void {
  const { body } = request
  if (route.upload && !(body instanceof Uint8Array && body.length > 0)) {
    throw new RequestMistakes([{ pointer: '', detail: `send the archive as ${route.upload}` }])
  }
  const isEmpty = body === undefined || body === null || (typeof body === 'object' && Object.keys(body).length === 0)
  if (!route.body && !route.upload && !isEmpty) {
    throw new RequestMistakes([{ pointer: '', detail: 'this call takes no body' }])
  }
}

function isStream(result: unknown): result is StreamSource {
  return typeof result === 'function'
}

function isHandler(value: unknown): value is AnyHandler {
  return typeof value === 'function'
}

/** What is answered where no route is: 405 with `Allow` when another method is served there. */
export function notServed(request: FastifyRequest, reply: FastifyReply): PlatformError | undefined {
  const path = request.url.split('?')[0] ?? ''
  const methods = allRoutes()
    .filter(({ route }) => shapeOf(route).test(path))
    .map(({ route }) => route.method)
  if (methods.length === 0) return undefined
  reply.header('Allow', [...new Set(methods)].sort().join(', '))
  return new PlatformError('METHOD_NOT_ALLOWED', { method: request.method })
}

function shapeOf(route: RouteDefinition): RegExp {
  return new RegExp(
    `^${pathOf(route)
      .replaceAll('.', '\\.')
      .replaceAll(/\{\w+\}/g, '[^/]+')}$`,
  )
}
