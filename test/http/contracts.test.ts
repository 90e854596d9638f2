import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId, poll } from '@cello/kit'
import { smallNetwork } from '../simulation/platform.ts'
import { openServed } from './served.ts'

const demo = '/api/v1/networks/demo'
const contracts = `${demo}/channels/main/contracts`

async function withContract() {
  const served = await openServed()
  await served.done('POST', '/api/v1/networks', { body: smallNetwork('demo') })
  const uploaded = await served.ask('POST', '/api/v1/packages?name=assets&version=1.0', {
    raw: Buffer.from('a tar.gz'),
    headers: { 'content-type': 'application/gzip' },
  })
  assert.equal(uploaded.status, 201, uploaded.text)
  const spec = { name: 'assets', version: '1.0', package: uploaded.json['digest'] }
  await served.done('POST', contracts, { body: spec })
  return { served, spec }
}

test('a contract is uploaded, deployed, called, and its transaction found in the journal and the chain', async () => {
  const { served } = await withContract()
  await using _ = served
  const shown = await served.ask('GET', `${contracts}/assets`)
  assert.equal(shown.json['state'], 'committed', shown.text)
  assert.deepEqual(shown.json['approvals'], ['Org1', 'Org2'])

  const call = { function: 'put', args: ['a', '1'] }
  const headers = { 'idempotency-key': 'once' }
  const invoked = await served.ask('POST', `${contracts}/assets/invoke`, { body: call, headers })
  assert.equal(invoked.status, 200, invoked.text)
  assert.equal(invoked.json['state'], 'valid')
  const repeated = await served.ask('POST', `${contracts}/assets/invoke`, { body: call, headers })
  assert.equal(repeated.text, invoked.text)

  const journal = await served.ask('GET', `${demo}/transactions`)
  const invocations = journal.json.items.filter((item) => item['purpose'] === 'invoke')
  assert.deepEqual(
    invocations.map((item) => item['txId']),
    [invoked.json['txId']],
  )
  const inChain = await served.ask('GET', `${demo}/channels/main/transactions/${String(invoked.json['txId'])}`)
  assert.equal(inChain.status, 200, inChain.text)
  const blocks = await served.ask('GET', `${demo}/channels/main/blocks?limit=2`)
  assert.deepEqual(
    blocks.json.items.map((block) => block['number']),
    [Number(invoked.json['block']), Number(invoked.json['block']) - 1],
  )
  const queried = await served.ask('POST', `${contracts}/assets/query`, { body: { function: 'get', args: ['a'] } })
  assert.equal(queried.status, 200, queried.text)
})

test('a block is seen at once, by whatever name its height is asked for', async () => {
  const { served } = await withContract()
  await using _ = served
  const invoked = await served.ask('POST', `${contracts}/assets/invoke`, {
    body: { function: 'put', args: ['a', '1'] },
  })
  const height = Number(invoked.json['block']) + 1
  const onMain = { name: 'main', height }
  assert.deepEqual((await served.ask('GET', demo)).json['channels'], [onMain])
  assert.equal((await served.ask('GET', `${demo}/channels/main`)).json['height'], height)
  const node = (await served.ask('GET', `${demo}/nodes/Org1%2Fpeer0`)).json
  assert.deepEqual(node['channels'], [onMain])
  const { items } = (await served.ask('GET', `${demo}/nodes`)).json
  assert.deepEqual(
    items.find(({ ref }) => ref === 'Org1/peer0'),
    node,
  )
})

test('what a ledger does not have, and one that is stopped, are told in the words of the question', async () => {
  const { served } = await withContract()
  await using _ = served
  const block = await served.ask('GET', `${demo}/channels/main/blocks/99`)
  assert.deepEqual([block.status, block.json['detail']], [404, 'There is no block 99 on channel main.'])
  const none = 'ab'.repeat(32)
  const transaction = await served.ask('GET', `${demo}/channels/main/transactions/${none}`)
  assert.equal(transaction.json['detail'], `There is no transaction ${none} on channel main.`)
  await served.done('POST', `${demo}/stop`)
  const query = { body: { function: 'get', args: ['a'] } }
  for (const answer of [
    await served.ask('POST', `${contracts}/assets/query`, query),
    await served.ask('POST', `${contracts}/assets/invoke`, query),
    await served.ask('GET', `${demo}/channels/main/blocks`),
  ]) {
    assert.deepEqual([answer.status, answer.json['code']], [409, 'NETWORK_STOPPED'], answer.text)
  }
})

test('an upgrade gives the whole deployment, under its own name only', async () => {
  const { served, spec } = await withContract()
  await using _ = served
  const digest = await served.platform.keepPackage('assets', '2.0')
  const next = { ...spec, version: '2.0', package: digest }
  assert.equal((await served.ask('PUT', `${contracts}/other`, { body: next })).json['code'], 'INVALID_REQUEST')
  assert.equal((await served.ask('POST', contracts, { body: next })).json['code'], 'NAME_TAKEN')
  await served.done('PUT', `${contracts}/assets`, { body: next })
  const shown = await served.ask('GET', `${contracts}/assets`)
  assert.equal(shown.json['version'], '2.0', shown.text)
  assert.equal(shown.json['sequence'], 2)
})

test('a user is made whose key is held here, is listed, and can call a contract', async () => {
  const { served } = await withContract()
  await using _ = served
  const body = { organization: 'Org1', name: 'alice' }
  const made = await served.ask('POST', `${demo}/identities`, { body })
  assert.equal(made.status, 201, made.text)
  assert.equal(made.json['custody'], 'held')
  assert.doesNotMatch(made.text, /PRIVATE/)
  assert.equal((await served.ask('POST', `${demo}/identities`, { body })).json['code'], 'NAME_TAKEN')
  const call = { function: 'put', args: ['b', '2'], organization: 'Org1', identity: 'alice' }
  const invoked = await served.ask('POST', `${contracts}/assets/invoke`, { body: call })
  assert.equal(invoked.status, 200, invoked.text)
  const listed = await served.ask('GET', `${demo}/identities`)
  assert.ok(listed.json.items.some((item) => item['name'] === 'alice'))
  const certificates = await served.ask('GET', `${demo}/certificates?limit=200`)
  assert.ok(certificates.json.items.length > 10, certificates.text)
})

test('an application is told how to connect, and no key is among it', async () => {
  const { served } = await withContract()
  await using _ = served
  const connection = await served.ask('GET', `${demo}/connection?organization=Org2`)
  assert.equal(connection.status, 200, connection.text)
  assert.equal(connection.json['mspId'], 'Org2MSP')
  const peers = connection.json['peers'] as { node: string; serverName: string }[]
  assert.equal(peers[0]?.node, 'Org2/peer0')
  assert.equal(peers[0]?.serverName, 'peer0.org2.demo.cello')
  assert.doesNotMatch(connection.text, /PRIVATE/)
})

test('an invocation that was journaled and not sent when the server died is sent by the next one, once', async () => {
  const { served } = await withContract()
  await using _ = served
  const { store } = served.context
  const network = await store.networks.byName('demo')
  assert.ok(network)
  const admin = await store.identities.find(network.id, 'Org1', 'admin')
  assert.ok(admin)
  const session = await served.context.sessions.session(network.id)
  const { certificate } = admin
  const call = { channel: 'main', contract: 'assets', function: 'put', args: ['z', '9'] }
  const prepared = await session.prepareInvoke({ ...call, organization: 'Org1', subject: 'admin', certificate })
  const id = newId()
  const about = { contract: 'assets', function: 'put' }
  const anHourAgo = Date.now() - 3_600_000
  const record = { ...prepared, id, networkId: network.id, purpose: 'invoke', about, createdAt: anHourAgo }
  await store.transactions.prepare({ ...record, state: 'prepared' })
  const { height } = await session.chain('main')
  served.context.wake(network.id)
  const shown = await poll(
    async () => {
      const { json } = await served.ask('GET', `${demo}/transactions/${id}`)
      return json['state'] === 'valid' ? json : undefined
    },
    { timeoutMs: 90_000 },
  )
  assert.ok(shown)
  assert.equal((await session.chain('main')).height, height + 1)
})
