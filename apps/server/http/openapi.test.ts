import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { allRoutes, pathOf } from '@cello/api'
import { errorCatalogue, permissions } from '@cello/model'
import type { Context } from '@cello/usecases'
import Fastify from 'fastify'
import { createHttpServer } from './index.ts'
import { openApiFile, openApiText } from './write-openapi.ts'

type Document = { paths: Record<string, Record<string, { operationId: string; 'x-permission'?: string }>> }

/** Enough of a context for a server that is asked nothing. */
const idle = { store: {} } as Context

test('the committed openapi.json is what the routes give', async () => {
  const again = 'run `node apps/server/http/write-openapi.ts` and look at the change'
  assert.equal(await readFile(openApiFile, 'utf8'), openApiText(), again)
})

test('every route that is served is described, and every one that is described is served', async () => {
  const described = Object.entries((JSON.parse(openApiText()) as Document).paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const served: string[] = []
  await using app = await observed(served)
  assert.ok(app.hasRoute({ method: 'GET', url: '/livez' }))
  assert.deepEqual(served.filter((route) => !route.includes(' /docs')).sort(), described.sort())
})

test('every route names a permission that exists', () => {
  for (const { name, route } of allRoutes()) {
    assert.ok(route.permission === 'open' || permissions.includes(route.permission), name)
  }
  const open = allRoutes().filter(({ route }) => route.permission === 'open')
  assert.deepEqual(open.map(({ name }) => name).sort(), [
    'system.live',
    'system.openapi',
    'system.ready',
    'system.version',
  ])
})

test('a route that names no permission is refused even to whoever holds the token', async () => {
  const { guard } = await import('./guards.ts')
  const { sendProblem } = await import('./problems.ts')
  const app = Fastify()
  app.setErrorHandler(sendProblem)
  guard(app, { token: 'cello_t', isDraining: () => false })
  app.get('/forgotten', async () => 'seen')
  const answer = await app.inject({ url: '/forgotten', headers: { authorization: 'Bearer cello_t' } })
  assert.equal(answer.statusCode, 403, answer.body)
  await app.close()
})

test('each route writes, replies and fails in ways that go together', () => {
  for (const { name, route } of allRoutes()) {
    const answers = [route.reply, route.events, route.text].filter((kind) => kind !== undefined)
    assert.equal(answers.length, 1, `${name} answers in one way`)
    assert.ok(!(route.body && route.upload), `${name} takes one kind of body`)
    assert.ok(route.method !== 'GET' || !(route.body || route.upload), `${name}: GET takes no body`)
    for (const code of route.errors) assert.ok(code in errorCatalogue, `${name}: ${code}`)
    assert.match(route.since, /^\d+\.\d+\.\d+$/, name)
    assert.ok(/^[A-Z].*[^.]$/.test(route.summary), `${name}: ${route.summary}`)
    assert.ok(!pathOf(route).endsWith('/'), name)
  }
})

async function observed(served: string[]) {
  const app = await createHttpServer(idle, {
    token: 'cello_t',
    version: '0.0.0',
    onRoute: (method, path) => served.push(`${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`),
  })
  return Object.assign(app, { [Symbol.asyncDispose]: () => app.close() })
}
