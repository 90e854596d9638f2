import type { Permission } from '@cello/model'
import { PlatformError } from '@cello/model'
import { type Actor, administrator, allow } from '@cello/usecases'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { showsToken } from './token.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route asks for; a route without one is refused. */
    permission?: Permission | 'open' | undefined
    /** `networks.create`: its name in packages/api. */
    routeName?: string | undefined
  }
  interface FastifyRequest {
    actor: Actor
  }
}

const nobody: Actor = { name: 'nobody', permissions: new Set() }
const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * Every request is held against the name it was sent to, then its token, then the permission of its route, before its body
 * is read. A route that names no permission is never served.
 */
export function guard(app: FastifyInstance, { token, isDraining }: { token: string; isDraining: () => boolean }): void {
  app.decorateRequest('actor')
  app.addHook('onRequest', async (request, reply) => {
    reply.header('X-Request-Id', request.id)
    checkHost(request)
    request.actor = nobody
    const { permission } = request.routeOptions.config
    if (permission === 'open') return
    if (!showsToken(request.headers.authorization, token)) throw new PlatformError('UNAUTHENTICATED')
    request.actor = administrator
    if (isDraining()) throw new PlatformError('STARTING')
    if (request.is404) return
    if (permission === undefined) throw new PlatformError('FORBIDDEN', { detail: 'this route names no permission' })
    allow({ actor: request.actor }, permission)
  })
  app.addHook('onSend', async (_request, reply) => {
    if (isDraining()) reply.header('Connection', 'close')
  })
}

/** A page of another site that makes its name mean 127.0.0.1 (DNS rebinding) still sends that name as Host. @throws FORBIDDEN */
function checkHost({ headers }: FastifyRequest): void {
  const name = (headers.host ?? '').replace(/:\d{1,5}$/, '').toLowerCase()
  if (!loopbackNames.has(name)) {
    throw new PlatformError('FORBIDDEN', { detail: 'this server answers to localhost, 127.0.0.1 and [::1] only' })
  }
}
