import assert from 'node:assert/strict'
import { test } from 'node:test'
import { smallNetwork } from '../simulation/platform.ts'
import { openServed } from './served.ts'

const networks = '/api/v1/networks'

test('a network is created, read, edited, stopped, started and deleted, each time by an operation', async () => {
  await using served = await openServed()
  const created = await served.ask('POST', networks, { body: smallNetwork('demo') })
  assert.equal(created.status, 202, created.text)
  assert.equal(created.headers.location, `/api/v1/operations/${created.json.id}`)
  assert.equal((await served.platform.ended(created.json.id)).state, 'succeeded')

  const read = await served.ask('GET', `${networks}/demo`)
  assert.equal(read.json['state'], 'running', read.text)
  const spec = structuredClone(read.json['spec']) as { organizations: { peers: object[] }[] }
  spec.organizations[1]?.peers.push({ name: 'peer1' })
  const edited = { body: spec, headers: { 'if-match': String(read.headers.etag) } }

  const preview = await served.ask('POST', `${networks}/demo/plan`, { body: spec })
  const kinds = (preview.json['steps'] as { kind: string }[]).map(({ kind }) => kind)
  assert.ok(kinds.includes('ensure-node') && kinds.includes('join-peer'), preview.text)
  assert.equal((await served.ask('GET', `${networks}/demo`)).json['generation'], 1)

  await served.done('PUT', `${networks}/demo`, edited)
  assert.equal((await served.ask('GET', `${networks}/demo/nodes/Org1%2Fpeer1`)).json['state'], 'running')
  const again = await served.ask('PUT', `${networks}/demo`, edited)
  assert.equal(again.json['code'], 'PRECONDITION_FAILED')
  assert.equal((await served.ask('PUT', `${networks}/demo`, { body: spec })).json['code'], 'PRECONDITION_REQUIRED')

  await served.done('POST', `${networks}/demo/stop`)
  assert.equal((await served.ask('GET', `${networks}/demo`)).json['state'], 'stopped')
  assert.equal((await served.ask('POST', `${networks}/demo/nodes/Org1%2Fpeer1/start`)).json['code'], 'CHANGE_REFUSED')
  const whileStopped = await served.ask('DELETE', `${networks}/demo/nodes/Org1%2Fpeer1`)
  assert.equal(whileStopped.json['code'], 'CHANGE_REFUSED', whileStopped.text)
  assert.match(String(whileStopped.json['next']), /Start the network/)
  await served.done('POST', `${networks}/demo/start`)
  await served.done('POST', `${networks}/demo/nodes/Org1%2Fpeer1/stop`)
  assert.equal((await served.ask('GET', `${networks}/demo/nodes/Org1%2Fpeer1`)).json['state'], 'stopped')
  await served.done('DELETE', `${networks}/demo/nodes/Org1%2Fpeer1`)
  assert.equal((await served.ask('GET', `${networks}/demo/nodes/Org1%2Fpeer1`)).status, 404)

  await served.done('DELETE', `${networks}/demo`)
  assert.equal((await served.ask('GET', `${networks}/demo`)).status, 404)
  assert.deepEqual((await served.ask('GET', networks)).json.items, [])
})

test('a change that a ledger cannot make is refused with the nearest act', async () => {
  await using served = await openServed()
  await served.done('POST', networks, { body: smallNetwork('demo') })
  const refused = await served.ask('DELETE', `${networks}/demo/nodes/Org2%2Fpeer0`)
  assert.equal(refused.status, 409, refused.text)
  assert.equal(refused.json['code'], 'CHANGE_REFUSED')
  assert.match(String(refused.json['next']), /peer/)
  const bare = { ...smallNetwork('demo'), channels: [] }
  const preview = await served.ask('POST', `${networks}/demo/plan`, { body: bare })
  assert.deepEqual(preview.json['steps'], [])
  assert.equal((preview.json['notes'] as { kind: string }[])[0]?.kind, 'refused')
})

test('a preview reads a document as applying it would, and refuses what that would refuse', async () => {
  await using served = await openServed()
  await served.done('POST', networks, { body: smallNetwork('demo') })
  const deployment = { name: 'assets', version: '1.0', package: await served.platform.keepPackage('assets', '1.0') }
  const written = (policy: string) => ({
    ...smallNetwork('demo'),
    channels: [{ name: 'main', contracts: [{ ...deployment, policy }] }],
  })
  const apply = (body: unknown) => served.ask('PUT', `${networks}/demo`, { body, headers: { 'if-match': '*' } })
  const plan = (body: unknown) => served.ask('POST', `${networks}/demo/plan`, { body })
  await served.done('PUT', `${networks}/demo`, {
    body: written("OR('Org1MSP.peer','Org2MSP.peer')"),
    headers: { 'if-match': '*' },
  })
  const respelled = await plan(written(`OR( 'Org1MSP.peer' , "Org2MSP.peer" )`))
  assert.deepEqual([respelled.json['steps'], respelled.json['notes']], [[], []], respelled.text)
  for (const ask of [plan, apply]) assert.equal((await ask(written('OR('))).json['code'], 'LEDGER_REFUSED')

  await served.done('POST', `${networks}/demo/stop`)
  const next = written("AND('Org1MSP.peer','Org2MSP.peer')")
  const refused = await apply(next)
  const [note, ...others] = (await plan(next)).json['notes'] as { kind: string; message: string; next: string }[]
  assert.deepEqual([refused.json['code'], note?.kind, others], ['CHANGE_REFUSED', 'refused', []])
  assert.match(String(refused.json['detail']), new RegExp(`network/demo: ${note?.message}`))
  assert.equal(refused.json['next'], note?.next)
})

test('what this version cannot do is refused as unsupported', async () => {
  await using served = await openServed()
  const theirs = smallNetwork('demo')
  const [first] = theirs.organizations
  const spec = { ...theirs, organizations: [{ ...first, custody: 'theirs' }, ...theirs.organizations.slice(1)] }
  const refused = await served.ask('POST', networks, { body: spec })
  assert.equal(refused.status, 501, refused.text)
  assert.equal(refused.json['code'], 'UNSUPPORTED')
  assert.deepEqual((await served.ask('GET', networks)).json.items, [])
})

test('the same key gives the same answer byte for byte, and another request with it is refused', async () => {
  await using served = await openServed()
  const headers = { 'idempotency-key': 'key-1' }
  const first = await served.ask('POST', networks, { body: smallNetwork('demo'), headers })
  const second = await served.ask('POST', networks, { body: smallNetwork('demo'), headers })
  assert.equal(first.status, 202, first.text)
  assert.deepEqual([second.status, second.text], [first.status, first.text])
  assert.equal(second.headers.location, first.headers.location)
  assert.equal(second.headers['content-type'], first.headers['content-type'])
  assert.equal(second.headers['idempotency-replayed'], 'true')
  const other = await served.ask('POST', networks, { body: smallNetwork('other'), headers })
  assert.equal(other.json['code'], 'IDEMPOTENCY_MISMATCH')
  assert.equal((await served.ask('GET', networks)).json.items.length, 1)
})

test('a key whose request failed may be used again', async () => {
  await using served = await openServed()
  const headers = { 'idempotency-key': 'key-1' }
  const body = { ...smallNetwork('demo'), host: 'nowhere' }
  assert.equal((await served.ask('POST', networks, { body, headers })).status, 404)
  assert.equal((await served.ask('POST', networks, { body, headers })).status, 404)
})

test('a command that was carried out before a crash is not carried out again', async () => {
  await using served = await openServed()
  const headers = { 'idempotency-key': 'key-1' }
  const first = await served.ask('POST', networks, { body: smallNetwork('demo'), headers })
  // As after a kill between the write of the network and that of the answer.
  const forgetful = { ...served.context.store.requests, begin: async () => 'new' as const }
  const app = await openServedOver(served, forgetful)
  const second = await app.inject({
    method: 'POST',
    url: networks,
    headers: { ...headers, authorization: 'Bearer cello_test-token', 'content-type': 'application/json' },
    payload: JSON.stringify(smallNetwork('demo')),
  })
  await app.close()
  assert.equal(second.statusCode, 202, second.body)
  assert.equal(second.json<{ id: string }>().id, first.json.id)
})

async function openServedOver(
  served: Awaited<ReturnType<typeof openServed>>,
  requests: (typeof served)['context']['store']['requests'],
) {
  const { createHttpServer } = await import('@cello/server/http')
  const store = { ...served.context.store, requests }
  return createHttpServer({ ...served.context, store }, { token: 'cello_test-token', version: '0.0.0' })
}
