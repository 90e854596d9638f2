import { bodyLimits, openApiDocument } from '@cello/api'
import { newId } from '@cello/kit'
import type { Context } from '@cello/usecases'
import helmet from '@fastify/helmet'
import Fastify, { type FastifyInstance, LogController } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import type { HttpConfig } from './config.ts'
import { serveDocs } from './docs.ts'
import { guard } from './guards.ts'
import { allHandlers } from './handlers/index.ts'
import { measure } from './metrics.ts'
import { sendProblem, unknownPath } from './problems.ts'
import { notServed, registerRoutes } from './register-routes.ts'

/** Milliseconds that a request may take to arrive whole: an upload over a slow line, but no client that never ends. */
const requestTimeoutMs = 120_000

/**
 * The HTTP side of the server, ready but not listening: see `listenOnLoopback`. `close()` drains it: it answers 503 to new
 * calls, ends its streams, and waits for the calls in hand.
 */
export async function createHttpServer(context: Context, config: HttpConfig): Promise<FastifyInstance> {
  const app = Fastify({
    ...(config.logger ? { loggerInstance: config.logger } : {}),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: ({ headers }) => requestId(headers['x-request-id']),
    bodyLimit: bodyLimits.json,
    requestTimeout: requestTimeoutMs,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 300 },
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply),
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply))
  app.setNotFoundHandler((request, reply) =>
    sendProblem(notServed(request, reply) ?? unknownPath(request.url), request, reply),
  )
  app.removeContentTypeParser('text/plain')
  if (config.onRoute) listRoutes(app, config.onRoute)
  const stopping = new AbortController()
  const isDraining = () => stopping.signal.aborted
  app.addHook('preClose', async () => stopping.abort())
  app.decorateRequest('named')
  guard(app, { token: config.token, isDraining })
  await app.register(helmet, {
    // Plain HTTP on loopback: there is nothing to upgrade to.
    hsts: false,
    contentSecurityPolicy: { directives: { 'upgrade-insecure-requests': null } },
  })
  const document = openApiDocument(config.version)
  await serveDocs(app, document)
  const metrics = measure(app, context)
  const parts = { config, store: context.store, isDraining, metrics, description: JSON.stringify(document) }
  const streams = { heartbeatMs: config.heartbeatMs ?? 15_000, signal: stopping.signal }
  registerRoutes(app, { context, handlers: allHandlers(parts), streams })
  await app.ready()
  return app
}

/** What a caller named the request, where that is harmless; else a new id. */
function requestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[\w-]{8,64}$/.test(given) ? given : newId()
}

function listRoutes(app: FastifyInstance, onRoute: NonNullable<HttpConfig['onRoute']>): void {
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of Array.isArray(method) ? method : [method]) onRoute(one, url)
  })
}
