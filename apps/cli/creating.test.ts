import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Step } from '@cello/api'
import { cello, created, operation, step, stub } from './testing/stub-server.ts'

test('create sends the usual shape and tells each step off a terminal', async () => {
  const done: Step = {
    ...step,
    state: 'done',
    attempts: 1,
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: '2026-01-01T00:00:00.250Z',
  }
  const at = '2026-01-01T00:00:01.000Z'
  created(
    { state: 'succeeded', endedAt: '2026-01-01T00:00:02.500Z', steps: [done] },
    { operationId: operation.id, at, kind: 'step', state: 'running', step: done },
    { operationId: operation.id, at, kind: 'state', state: 'succeeded' },
  )
  const { code, out, err } = await cello('network create demo --orgs 1 --consensus bft')
  assert.deepEqual([code, out], [0, ''], err)
  assert.equal(err, 'create network demo\ndone    start peer Org1/peer0 (250 ms)\ndone in 2.5 s\n')
  const sent = stub.asked.find(({ route }) => route === 'POST /networks')
  assert.deepEqual(JSON.parse(sent?.body ?? ''), {
    name: 'demo',
    runtime: { kind: 'auto' },
    organizations: [
      { name: 'Orderer', orderers: [0, 1, 2, 3].map((n) => ({ name: `orderer${n}` })) },
      { name: 'Org1', peers: [{ name: 'peer0' }] },
    ],
    channels: [{ name: 'main', consensus: { type: 'bft' } }],
  })
})

test('where no Fabric is found the network is made of devnodes, with one orderer, and that is said', async () => {
  created({})
  Object.assign(stub.answers, { 'GET /hosts/local/fabric': { body: { items: [], unsuitable: [] } } })
  const { code, err } = await cello('network create demo --no-wait')
  assert.equal(code, 0)
  assert.match(err, /No Hyperledger Fabric was found: .*devnodes, for development only.*\n.*cello fabric install/)
  const sent = stub.asked.find(({ route }) => route === 'POST /networks')
  const { runtime, organizations } = JSON.parse(sent?.body ?? '')
  assert.deepEqual([runtime, organizations[0].orderers], [{ kind: 'devnode' }, [{ name: 'orderer0' }]])
})

test('Fabric that a host has and cannot run is named with the reason, where devnodes are taken and in the list', async () => {
  created({})
  const unsuitable = [{ program: '/opt/fabric/bin/peer', reason: 'it is made for another processor' }]
  Object.assign(stub.answers, { 'GET /hosts/local/fabric': { body: { items: [], unsuitable } } })
  for (const line of ['network create demo --no-wait', 'fabric list']) {
    const { code, err } = await cello(line)
    assert.equal(code, 0, line)
    assert.match(err, /\/opt\/fabric\/bin\/peer is not used: it is made for another processor\.\n/, line)
  }
})

test('a version that was chosen for the host and is gone is not replaced by devnodes: the server says that it is gone', async () => {
  created({})
  Object.assign(stub.answers, {
    'GET /hosts/local/fabric': { body: { items: [], unsuitable: [] } },
    'GET /hosts/local': { body: { name: 'local', fabricVersion: '3.1.5' } },
  })
  const { err } = await cello('network create demo --no-wait')
  assert.doesNotMatch(err, /devnode/)
  const sent = stub.asked.find(({ route }) => route === 'POST /networks')
  assert.deepEqual(JSON.parse(sent?.body ?? '').runtime, { kind: 'auto' })
})

test('a failed operation ends with 1, its reason, the last lines of the node and how to go on', async () => {
  const error = {
    code: 'NODE_EXITED',
    message: 'Node Org1/peer0 ended by itself.',
    next: 'Mend it.',
    lastLines: ['panic: no'],
  }
  created({ state: 'failed', error }, { operationId: operation.id, at: '', kind: 'state', state: 'failed', error })
  const { code, err } = await cello('network create demo')
  assert.equal(code, 1)
  assert.match(
    err,
    /error Node Org1\/peer0 ended by itself\.\n next Mend it\.\n {2}│ panic: no\n {7}Retry with `cello operation retry 0/,
  )
})

test('--no-wait prints the id of the operation and nothing else on stdout', async () => {
  created({})
  const { code, out, err } = await cello('network create demo --no-wait')
  assert.deepEqual([code, out], [0, `${operation.id}\n`])
  assert.match(err, /cello operation watch/)
})

test('when the server goes away, it is said what goes on, and how to come back to it', async () => {
  created({}, { operationId: operation.id, at: '2026-01-01T00:00:01.000Z', kind: 'state', state: 'running' })
  delete stub.answers[`GET /operations/${operation.id}`]
  stub.answers[`GET /operations/${operation.id}/events`] = { body: '', type: 'gone' }
  const { code, err } = await cello('network create demo')
  assert.equal(code, 1)
  assert.match(err, /^error The server does not answer any more\.\n next .*`npm start`.*`cello operation watch /m)
})
