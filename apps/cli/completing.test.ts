import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { cello, network, operation, stub } from './testing/stub-server.ts'

/** What a shell is offered for the last of these words. */
async function offered(t: TestContext, line: string, env?: Record<string, string>): Promise<string[]> {
  const printed = t.mock.method(console, 'log', () => {})
  // A shell is kept waiting for a second; this test for as long as a busy machine takes.
  const patience = t.mock.method(AbortSignal, 'timeout', () => new AbortController().signal)
  await cello(`complete -- ${line}`, env)
  patience.mock.restore()
  printed.mock.restore()
  return printed.mock.calls.map((call) => String(call.arguments[0])).filter((text) => !text.startsWith(':'))
}

test('a shell completes the names that the server knows, and asks for no others', async (t) => {
  const node = (ref: string, kind: string) => ({ ref, kind, state: 'running' })
  stub.answers = {
    'GET /networks': { body: { items: [network] } },
    'GET /networks/demo/nodes': { body: { items: [node('Org1/peer0', 'peer'), node('Orderer/orderer0', 'orderer')] } },
    'GET /networks/demo/channels': { body: { items: [{ name: 'main' }] } },
    'GET /networks/demo/channels/main/contracts': { body: { items: [{ name: 'assets', state: 'committed' }] } },
    'GET /operations': { body: { items: [operation] } },
  }
  assert.deepEqual(await offered(t, 'network show '), ['demo\trunning'])
  assert.deepEqual(await offered(t, 'network start -n x --network=d'), [])
  assert.deepEqual(await offered(t, 'node logs -n '), ['demo\trunning'])
  assert.deepEqual(await offered(t, 'node logs Org'), ['Org1/peer0\tpeer, running'])
  assert.deepEqual(await offered(t, 'node logs -n demo O'), [
    'Org1/peer0\tpeer, running',
    'Orderer/orderer0\torderer, running',
  ])
  assert.deepEqual(await offered(t, 'network connect --peer '), ['Org1/peer0\tpeer, running'])
  assert.deepEqual(await offered(t, 'channel show '), ['main\tchannel'])
  assert.deepEqual(await offered(t, 'contract query a'), ['assets\tcommitted'])
  assert.deepEqual(await offered(t, 'contract upgrade '), ['assets\tcommitted'])
  assert.deepEqual(await offered(t, 'operation watch '), [`${operation.id}\tcreate-network demo, running`])
  assert.ok(stub.asked.length > 0)
  assert.ok((await offered(t, 'network cre')).some((text) => text.startsWith('create\t')))
  assert.deepEqual(stub.asked, [], 'what the command line knows by itself is asked of nobody')
})

test('a shell is offered nothing, without a word, while no server answers', async (t) => {
  stub.answers = {}
  assert.deepEqual(await offered(t, 'network show '), [])
  assert.deepEqual(await offered(t, 'network show ', { CELLO_URL: 'http://127.0.0.1:1' }), [])
  const silent = { CELLO_URL: '', CELLO_TOKEN: '', CELLO_DATA: '/nonexistent' }
  assert.deepEqual(await offered(t, 'network show ', silent), [])
})
