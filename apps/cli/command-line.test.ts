import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { test } from 'node:test'
import type { Operation, Step } from '@cello/api'
import { cello, created, network, operation, problem, step, streamOf, stub } from './testing/stub-server.ts'

test('a list is a table, and names or JSON for scripts', async () => {
  stub.answers = { 'GET /networks': { body: { items: [network] } } }
  const table = await cello('network list')
  assert.match(
    table.out,
    /^NAME {2}STATE {4}NODES {3}RUNTIME {7}CHANNELS {2}AGE\ndemo {2}running {2}5 of 5 {2}fabric 3\.1\.5 {2}main/,
  )
  assert.equal((await cello('network list -o name')).out, 'demo\n')
  assert.equal(JSON.parse((await cello('network list -o json')).out)[0].name, 'demo')
  assert.match((await cello('network list -o yaml')).out, /^- id: "1"\n {2}name: demo\n/)
})

test('an empty list says on stderr how to begin', async () => {
  stub.answers = { 'GET /networks': { body: { items: [] } } }
  const { code, out, err } = await cello('network list')
  assert.deepEqual([code, out], [0, ''])
  assert.match(err, /cello network create/)
})

const codes = { 400: 2, 401: 4, 403: 4, 404: 3, 409: 5, 412: 5, 422: 1, 500: 1 }
for (const [status, code] of Object.entries(codes)) {
  test(`a problem of status ${status} ends with ${code} and the next step`, async () => {
    stub.answers = {
      'GET /networks/demo': {
        status: Number(status),
        body: problem(Number(status), 'X', { errors: [{ pointer: '/a', detail: 'is wrong' }] }),
      },
    }
    const result = await cello('network show demo')
    assert.equal(result.code, code)
    assert.match(result.err, /^error it is X\n next Do this\.\n {2}\/a: is wrong\n/)
  })
}

test('--version before a command is of Cello, behind one it is of the contract', async () => {
  created({})
  const route = 'POST /networks/demo/channels/main/contracts'
  const packageIds = { Org1: 'basic_1.0:ab', Org2: 'basic_1.0:ab' }
  Object.assign(stub.answers, {
    [route]: { status: 202, body: operation },
    'GET /networks/demo/channels/main/contracts/basic': { body: { packageIds } },
  })
  assert.match((await cello('--version')).out, /^\d+\.\d+\.\d+\n$/)
  const line = 'contract deploy -n demo -c main --name basic --version 1.0 --address localhost:9999 --no-wait'
  const { code, err } = await cello(line)
  assert.deepEqual([code, stub.asked[0]?.route], [0, route])
  assert.match(err, /^localhost:9999 has to answer as basic_1\.0:ab\naccepted/, 'what it is started with is told')
  assert.deepEqual(JSON.parse(stub.asked[0]?.body ?? ''), { name: 'basic', address: 'localhost:9999', version: '1.0' })
})

test('a typing error gets a suggestion and 2', async () => {
  const { code, err } = await cello('netwrk list')
  assert.equal(code, 2)
  assert.match(err, /Did you mean network\?/)
})

test('with two networks, one must be named, and CELLO_NETWORK names it', async () => {
  stub.answers = {
    'GET /networks': { body: { items: [network, { ...network, name: 'other' }] } },
    'GET /networks/other/nodes': { body: { items: [] } },
  }
  const { code, err } = await cello('node list')
  assert.equal(code, 2)
  assert.match(err, /There are 2 networks: demo and other\.\n next Say which with --network NAME/)
  assert.equal((await cello('node list', { CELLO_NETWORK: 'other' })).code, 0)
})

test('where a command takes the name behind it, that is what is asked for', async () => {
  const channels = { items: [{ name: 'main' }, { name: 'side' }] }
  stub.answers = {
    'GET /networks': { body: { items: [network, { ...network, name: 'other' }] } },
    'GET /networks/demo/channels': { body: channels },
  }
  for (const verb of ['show', 'start', 'connect']) {
    assert.match(
      (await cello(`network ${verb}`)).err,
      /Say which with its name behind the command, or set CELLO_NETWORK/,
    )
  }
  assert.match((await cello('channel show -n demo')).err, /Say which with its name behind the command\.$/m)
})

test('what is wrong with a channel is told, and nothing where all is well', async () => {
  const batch = { timeout: '200ms', maxMessages: 500, absoluteMaxBytes: 10_485_760, preferredMaxBytes: 2_097_152 }
  const seen = { name: 'main', consensus: { type: 'raft' }, batch, orderers: [], members: [], contracts: [] }
  const channel = { ...seen, peers: [], consenters: [], ready: true }
  const line = 'channel show main -n demo'
  stub.answers = {
    'GET /networks/demo/channels/main': { body: { ...channel, problems: ['no orderer leads', 'more'] } },
  }
  assert.match((await cello(line)).out, /^problems +no orderer leads\n +more$/m)
  stub.answers = { 'GET /networks/demo/channels/main': { body: { ...channel, problems: [] } } }
  assert.doesNotMatch((await cello(line)).out, /problems/)
})

test('--wait and --no-wait are both understood', async () => {
  created({ state: 'succeeded', endedAt: '2026-01-01T00:00:02.500Z', steps: [] })
  assert.match((await cello('network create demo --wait')).err, /done in 2\.5 s\n$/)
})

test('what a document says is not varied by flags', async () => {
  const { code, err } = await cello('network create -f demo.yaml --orgs 3')
  assert.equal(code, 2)
  assert.match(err, /--file.* cannot be used with .*--orgs/)
})

test('a file that is not there, or is no YAML, is named', async () => {
  stub.answers = { 'GET /networks/demo/channels/main/contracts/basic': { body: {} } }
  const lines = [
    'network apply -f /nonexistent/file',
    'contract deploy -n demo -c main --name a --address localhost:1 --collections /nonexistent/file',
  ]
  for (const line of lines) {
    const { code, err } = await cello(line)
    assert.deepEqual([code, err.split('\n').length], [2, 2], err)
    assert.match(err, /The file cannot be read: .*\/nonexistent\/file/)
  }
})

test('the beginning of a digest is enough where only one begins so', async () => {
  const item = (digest: string) => ({ digest, name: 'a', version: '1.0', bytes: 1 })
  const digests = ['ab12', 'ab34'].map((head) => head.padEnd(64, '0'))
  stub.answers = { 'GET /packages': { body: { items: digests.map(item) } } }
  const deploy = (given: string) => cello(`contract deploy -n demo -c main --package ${given}`)
  const { code, err } = await deploy('ab120')
  assert.equal(code, 3, err)
  assert.ok(stub.asked.some(({ route }) => route === `GET /packages/${digests[0]}`))
  stub.answers = { 'GET /packages': { body: { items: [...digests, `ab12${'1'.repeat(60)}`].map(item) } } }
  assert.match((await deploy('ab12')).err, /2 of them begin with ab12\.\n next Give more of it/)
})

test('what loses data is not done unasked', async () => {
  const { code, err } = await cello('network delete demo')
  assert.equal(code, 2)
  assert.match(err, /Say --yes if you mean it/)
  assert.deepEqual(stub.asked, [])
})

test('without a server, it says how to start one', async () => {
  const { code, err } = await cello('network list', { CELLO_URL: '', CELLO_TOKEN: '', CELLO_DATA: '/nonexistent' })
  assert.equal(code, 1)
  assert.match(err, /npm start/)
})

test('an installation is an operation of the host: followed, listed by its subject, and cancelled in its own words', async () => {
  const subject = { kind: 'host' as const, id: 'h', name: 'local' }
  const fetching: Step = {
    ...step,
    kind: 'fetch-archive',
    key: '3.1.5',
    title: 'fetch it',
    state: 'running',
    attempts: 1,
  }
  const begun: Operation = { ...operation, kind: 'install-fabric', subject, steps: [fetching] }
  const progress = { bytesDone: 50_000_000, bytesTotal: 125_000_000 }
  const cancelled: Operation = { ...begun, state: 'cancelled', steps: [{ ...fetching, progress }] }
  stub.answers = {
    'POST /hosts/local/fabric/install': { status: 202, body: begun },
    [`GET /operations/${operation.id}`]: { body: cancelled },
    [`GET /operations/${operation.id}/events`]: streamOf(),
    [`POST /operations/${operation.id}/cancel`]: { body: cancelled },
    'GET /operations': { body: { items: [cancelled] } },
  }
  const installed = await cello('fabric install 3.1.5 --file archive.tgz')
  assert.equal(installed.code, 1)
  assert.match(installed.err, /^install fabric on host local\n.*was cancelled.*\n.*The host is as it was/)
  const sent = stub.asked.find(({ route }) => route === 'POST /hosts/local/fabric/install')
  assert.deepEqual(JSON.parse(sent?.body ?? ''), { version: '3.1.5', file: resolve('archive.tgz') })
  assert.match((await cello('operation list --host local')).out, /install-fabric {2}host local {2}cancelled/)
  assert.match((await cello(`operation show ${operation.id}`)).out, /fetch it, 50\.0 MB of 125\.0 MB \(40 %\)/)
  assert.match(
    (await cello(`operation cancel ${operation.id}`)).err,
    /^cancelled\. The host is as it was; what was fetched is kept/,
  )
})
