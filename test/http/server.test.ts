import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeDriver, NodeWorld } from '@cello/driver-fake'
import { PlatformError } from '@cello/model'
import { createHttpServer } from '@cello/server/http'
import { smallNetwork } from '../simulation/platform.ts'
import { openServed, token } from './served.ts'

const networks = '/api/v1/networks'

test('the server tells whether it lives and is ready, and of what it looked at', async () => {
  await using served = await openServed()
  assert.deepEqual((await served.ask('GET', '/livez', { token: undefined })).json, { ok: true })
  const ready = await served.ask('GET', '/readyz?verbose=true', { token: undefined })
  assert.equal(ready.status, 200, ready.text)
  assert.deepEqual((ready.json['checks'] as { name: string }[]).map(({ name }) => name).sort(), ['server', 'store'])
  const checks = { engine: async () => ({ ok: false, detail: 'another control plane holds the claim' }) }
  const app = await createHttpServer(served.context, { token, version: '1.2.3', checks })
  const unready = await app.inject({ url: '/readyz?verbose=true' })
  assert.equal(unready.statusCode, 503, unready.body)
  assert.match(unready.body, /another control plane/)
  assert.equal((await app.inject({ url: '/version' })).json<{ version: string }>().version, '1.2.3')
  await app.close()
})

test('figures are told in the form of Prometheus, to whoever holds the token', async () => {
  await using served = await openServed()
  await served.done('POST', networks, { body: smallNetwork('demo') })
  assert.equal((await served.ask('GET', '/metrics', { token: undefined })).status, 401)
  const { text, headers } = await served.ask('GET', '/metrics')
  assert.match(String(headers['content-type']), /^text\/plain/)
  assert.match(text, /^cello_networks\{state="running"\} 1$/m)
  assert.match(text, /^cello_nodes\{kind="orderer",state="running"\} 3$/m)
  assert.match(text, /^cello_http_request_seconds_count\{route="networks.create",method="POST",status="202"\} 1$/m)
  assert.match(text, /cello_nodejs_eventloop_lag_seconds/)
})

test('the page of the API is open, and its document too', async () => {
  await using served = await openServed()
  const page = await served.ask('GET', '/docs', { token: undefined })
  assert.match(page.text, /Swagger UI/)
  assert.match(String(page.headers['content-security-policy']), /default-src 'self'/)
  assert.equal((await served.ask('GET', '/openapi.json', { token: undefined })).json['openapi'], '3.1.0')
})

test('what fails unexpectedly is told without its words', async () => {
  await using served = await openServed({
    wanted: async () => {
      throw new Error('the secret path is /secret/key')
    },
  })
  const answer = await served.ask('POST', `${networks}/plan`, { body: smallNetwork('demo') })
  assert.deepEqual([answer.status, answer.json['code']], [500, 'INTERNAL'])
  assert.doesNotMatch(answer.text, /secret path|secret\/key|\.ts/)
})

test('networks that are made at once get ports of their own, and a port lost in between is chosen anew', async () => {
  await using served = await openServed()
  const { store } = served.context
  let isLost = false
  const losing = {
    ...store,
    networks: {
      ...store.networks,
      create: async (...given: Parameters<typeof store.networks.create>) => {
        if (isLost) return store.networks.create(...given)
        isLost = true
        throw new PlatformError('PORT_TAKEN', { port: 20_000, node: 'Org1/peer0' })
      },
    },
  }
  const app = await createHttpServer({ ...served.context, store: losing }, { token, version: '0.0.0' })
  const names = ['a', 'b', 'c', 'd']
  const created = await Promise.all(
    names.map((name) =>
      app.inject({
        method: 'POST',
        url: networks,
        headers: { authorization: `Bearer ${token}` },
        payload: smallNetwork(name),
      }),
    ),
  )
  await app.close()
  for (const answer of created) {
    assert.equal(answer.statusCode, 202, answer.body)
    assert.equal((await served.platform.ended(answer.json<{ id: string }>().id)).state, 'succeeded')
  }
  const { items } = await store.networks.list({ limit: 10 })
  const ports = items.flatMap(({ nodes }) => nodes.flatMap((node) => Object.values(node.ports)))
  assert.equal(new Set(ports).size, ports.length)
})

test('lists are given in pages that follow each other', async () => {
  await using served = await openServed()
  await served.done('POST', networks, { body: smallNetwork('demo') })
  const refs: unknown[] = []
  let next = ''
  do {
    const page = await served.ask('GET', `${networks}/demo/nodes?limit=2${next}`)
    refs.push(...page.json.items.map((node) => node['ref']))
    next = page.json['next'] === undefined ? '' : `&cursor=${String(page.json['next'])}`
  } while (next !== '')
  const sorted = ['Orderer/orderer0', 'Orderer/orderer1', 'Orderer/orderer2', 'Org1/peer0', 'Org2/peer0']
  assert.deepEqual(refs, sorted)
})

test('before its first start a node has no log and no figures, which is said by its name, followed or not', async () => {
  const bare = fakeDriver({ world: new NodeWorld(), host: 'local' })
  await using served = await openServed({ driver: async () => bare })
  await served.done('POST', networks, { body: smallNetwork('demo') })
  for (const what of ['logs', 'logs/stream', 'stats']) {
    const answer = await served.ask('GET', `${networks}/demo/nodes/Org1%2Fpeer0/${what}`)
    assert.deepEqual([answer.status, answer.json['code']], [503, 'NODE_NOT_READY'], answer.text)
    assert.match(String(answer.json['detail']), /Org1\/peer0/)
  }
})
