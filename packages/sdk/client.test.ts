import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CelloError, createClient } from './index.ts'

interface Sent {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: string | undefined
}

/** A client whose server answers what it is given, one after the other. */
function clientOf(...answers: (Response | Error)[]) {
  const sent: Sent[] = []
  const client = createClient({
    baseUrl: 'http://cello.test/',
    token: 't',
    fetch: async (input, init) => {
      const body = typeof init?.body === 'string' ? init.body : undefined
      sent.push({ method: init?.method ?? '', url: String(input), headers: new Headers(init?.headers), body })
      const answer = answers.shift()
      if (answer instanceof Response) return answer
      throw answer ?? new Error('asked once too often')
    },
  })
  return { client, sent }
}

const json = (value: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(value), { status, headers })
const problem = (status: number, code: string, headers?: Record<string, string>) =>
  json({ code, status, detail: `it is ${code}`, next: 'Do this.', retry: 'later', requestId: 'r1' }, status, headers)

test('the public surface is what is listed', async () => {
  assert.deepEqual(Object.keys(await import('./index.ts')).sort(), ['CelloError', 'createClient'])
})

test('a call goes to the path of its route, with its parameters written so that they stay one', async () => {
  const { client, sent } = clientOf(json({ id: 'n' }))
  await client.nodes.get({ params: { network: 'demo', node: 'Org1/peer0' } })
  assert.equal(sent[0]?.url, 'http://cello.test/api/v1/networks/demo/nodes/Org1%2Fpeer0')
  assert.equal(sent[0]?.headers.get('Authorization'), 'Bearer t')
  assert.equal(sent[0]?.headers.get('Idempotency-Key'), null)
})

test('a write is repeated under one key of its own, and a read without any', async () => {
  const { client, sent } = clientOf(
    new TypeError('refused'),
    problem(503, 'STARTING', { 'Retry-After': '0' }),
    json({}),
  )
  await client.networks.stop({ params: { network: 'demo' } })
  const keys = sent.map(({ headers }) => headers.get('Idempotency-Key'))
  assert.equal(keys.length, 3)
  assert.match(String(keys[0]), /^[0-9a-f-]{36}$/)
  assert.equal(new Set(keys).size, 1)
})

test('a problem becomes an error with its code and next step, and what will not help is not repeated', async () => {
  const { client, sent } = clientOf(problem(409, 'NAME_TAKEN'))
  const body = { name: 'demo', organizations: [{ name: 'Org1' }] }
  await assert.rejects(client.networks.create({ body }), (error) => {
    assert.ok(error instanceof CelloError)
    assert.deepEqual([error.code, error.status, error.next, error.requestId], ['NAME_TAKEN', 409, 'Do this.', 'r1'])
    return true
  })
  assert.equal(sent.length, 1)
})

test('an answer that is not Cello’s is told from a problem', async () => {
  const { client } = clientOf(new Response('<html>', { status: 404 }))
  await assert.rejects(client.hosts.list(), { code: 'UNEXPECTED', status: 404 })
})

test('a server that never answers is given up after the tries that were asked for', async () => {
  const failing = createClient({
    baseUrl: 'http://cello.test',
    token: 't',
    retries: 1,
    fetch: async () => {
      throw new TypeError('refused')
    },
  })
  await assert.rejects(failing.hosts.list(), { code: 'UNREACHABLE', retry: 'later' })
})

test('all items of a list are turned page by page', async () => {
  const { client, sent } = clientOf(json({ items: [{ name: 'a' }], next: 'c1' }), json({ items: [{ name: 'b' }] }))
  const names = []
  for await (const host of client.hosts.list.all({ query: { limit: 1 } })) names.push(host.name)
  assert.deepEqual(names, ['a', 'b'])
  assert.deepEqual(
    sent.map(({ url }) => new URL(url).search),
    ['?limit=1', '?limit=1&cursor=c1'],
  )
})

test('a network comes with the ETag that its change needs', async () => {
  const { client, sent } = clientOf(json({ name: 'demo' }, 200, { ETag: '"x.1"' }), json({ id: 'o' }))
  const { etag } = await client.readNetwork('demo')
  const body = { name: 'demo', organizations: [{ name: 'Org1' }] }
  await client.networks.apply({ params: { network: 'demo' }, body, ifMatch: etag })
  assert.equal(sent[1]?.headers.get('If-Match'), '"x.1"')
})

test('a call that is called off is not repeated', async () => {
  const { client, sent } = clientOf(new TypeError('refused'), json({}))
  const signal = AbortSignal.abort(new Error('enough'))
  await assert.rejects(client.hosts.list({ signal }), /enough/)
  assert.equal(sent.length, 0)
})
