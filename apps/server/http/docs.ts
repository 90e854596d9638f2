import swagger, { type StaticDocumentSpec } from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'

/** The page of the API below `/docs`. It holds nothing secret, and what it calls asks for the token. */
export async function serveDocs(app: FastifyInstance, document: Record<string, unknown>): Promise<void> {
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, permission: 'open' }
    })
    // Made by our own routes, and held against them by a test: its type is wider here, not its content.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const described = document as unknown as StaticDocumentSpec['document']
    await scope.register(swagger, { mode: 'static', specification: { document: described } })
    await scope.register(swaggerUi, {
      routePrefix: '/docs',
      uiConfig: { deepLinking: true, tryItOutEnabled: true, persistAuthorization: false },
      staticCSP: true,
    })
  })
}
