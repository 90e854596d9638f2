import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { resolve } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import type { Operation, Step } from '@cello/api'
import { createCli } from './cli.ts'
import { run } from './run.ts'

/** A server that answers what a test lays down, by method and path. For how things are shown; what they do is judged on a real one. */
let server: Server
let url = ''
let answers: Record<string, { status?: number; body: unknown; type?: string }> = {}
let asked: { route: string; body: string }[] = []

before(async () => {
  server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  url = typeof address === 'object' && address ? `http://127.0.0.1:${address.port}` : ''
})

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = await Array.fromAsync(request)
  const route = `${request.method} ${(request.url ?? '').replace('/api/v1', '').replace(/\?.*/, '')}`
  asked.push({ route, body: Buffer.concat(chunks).toString() })
  const {
    status = 200,
    body,
    type = 'application/json',
  } = answers[route] ?? { status: 404, body: problem(404, 'NOT_FOUND') }
  response.writeHead(status, { 'Content-Type': type, ETag: '"7"' })
  response.end(type === 'application/json' ? JSON.stringify(body) : body)
}

after(() => new Promise((resolve) => server.close(resolve)))

async function cello(line: string, env: Record<string, string> = {}) {
  const text = { out: '', err: '' }
  const cli = createCli({
    env: { CELLO_URL: url, CELLO_TOKEN: 'token', ...env },
    out: { write: (more) => (text.out += more) },
    err: { write: (more) => (text.err += more) },
    in: {},
    interrupt: new AbortController().signal,
  })
  asked = []
  const code = await run(cli, line.split(' '))
  return { code, ...text }
}

function problem(status: number, code: string, more: object = {}) {
  return {
    type: 'about:blank',
    title: code,
    status,
    code,
    detail: `it is ${code}`,
    next: 'Do this.',
    retry: 'never',
    requestId: 'r1',
    ...more,
  }
}

const network = {
  id: '1',
  name: 'demo',
  state: 'running',
  runtime: { kind: 'fabric', version: '3.1.5' },
  host: 'local',
  power: 'running',
  deleting: false,
  nodes: { wanted: 5, running: 5 },
  channels: [{ name: 'main', height: 3 }],
  createdAt: new Date().toISOString(),
}

const step: Step = {
  kind: 'ensure-node',
  key: 'n1',
  needs: [],
  title: 'start peer Org1/peer0',
  state: 'pending',
  attempts: 0,
}
const operation = {
  id: '00000000-0000-7000-8000-000000000001',
  kind: 'create-network',
  state: 'running',
  subject: { kind: 'network', id: '1', name: 'demo' },
  generation: 1,
  actor: 'token',
  createdAt: '2026-01-01T00:00:00.000Z',
  notes: [],
  steps: [step],
} satisfies Operation

function streamOf(...events: object[]) {
  const text = events
    .map((event, seq) => `id: ${seq + 1}\ndata: ${JSON.stringify({ seq: seq + 1, ...event })}\n\n`)
    .join('')
  return { body: `${text}event: end\ndata: {}\n\n`, type: 'text/event-stream' }
}

const fabric = { version: '3.1.5', source: 'cache', chosen: true, programs: [] }

function created(end: Partial<Operation>, ...events: object[]) {
  answers = {
    'GET /hosts/local/fabric': { body: { items: [fabric] } },
    'POST /networks': { status: 202, body: operation },
    [`GET /operations/${operation.id}`]: { body: { ...operation, ...end } },
    [`GET /operations/${operation.id}/events`]: streamOf(...events),
  }
}

test('a list is a table, and names or JSON for scripts', async () => {
  answers = { 'GET /networks': { body: { items: [network] } } }
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
  answers = { 'GET /networks': { body: { items: [] } } }
  const { code, out, err } = await cello('network list')
  assert.deepEqual([code, out], [0, ''])
  assert.match(err, /cello network create/)
})

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
  const sent = asked.find(({ route }) => route === 'POST /networks')
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
  Object.assign(answers, { 'GET /hosts/local/fabric': { body: { items: [] } } })
  const { code, err } = await cello('network create demo --no-wait')
  assert.equal(code, 0)
  assert.match(err, /No Hyperledger Fabric was found: .*devnodes, for development only.*\n.*cello fabric install/)
  const sent = asked.find(({ route }) => route === 'POST /networks')
  const { runtime, organizations } = JSON.parse(sent?.body ?? '')
  assert.deepEqual([runtime, organizations[0].orderers], [{ kind: 'devnode' }, [{ name: 'orderer0' }]])
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

const codes = { 400: 2, 401: 4, 403: 4, 404: 3, 409: 5, 412: 5, 422: 1, 500: 1 }
for (const [status, code] of Object.entries(codes)) {
  test(`a problem of status ${status} ends with ${code} and the next step`, async () => {
    answers = {
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
  Object.assign(answers, {
    [route]: { status: 202, body: operation },
    'GET /networks/demo/channels/main/contracts/basic': { body: { packageIds } },
  })
  assert.match((await cello('--version')).out, /^\d+\.\d+\.\d+\n$/)
  const line = 'contract deploy -n demo -c main --name basic --version 1.0 --address localhost:9999 --no-wait'
  const { code, err } = await cello(line)
  assert.deepEqual([code, asked[0]?.route], [0, route])
  assert.match(err, /^localhost:9999 has to answer as basic_1\.0:ab\naccepted/, 'what it is started with is told')
  assert.deepEqual(JSON.parse(asked[0]?.body ?? ''), { name: 'basic', address: 'localhost:9999', version: '1.0' })
})

test('a typing error gets a suggestion and 2', async () => {
  const { code, err } = await cello('netwrk list')
  assert.equal(code, 2)
  assert.match(err, /Did you mean network\?/)
})

test('with two networks, one must be named, and CELLO_NETWORK names it', async () => {
  answers = {
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
  answers = {
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
  const asked = 'channel show main -n demo'
  answers = { 'GET /networks/demo/channels/main': { body: { ...channel, problems: ['no orderer leads', 'more'] } } }
  assert.match((await cello(asked)).out, /^problems +no orderer leads\n +more$/m)
  answers = { 'GET /networks/demo/channels/main': { body: { ...channel, problems: [] } } }
  assert.doesNotMatch((await cello(asked)).out, /problems/)
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
  answers = { 'GET /networks/demo/channels/main/contracts/basic': { body: {} } }
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
  answers = { 'GET /packages': { body: { items: digests.map(item) } } }
  const deploy = (given: string) => cello(`contract deploy -n demo -c main --package ${given}`)
  const { code, err } = await deploy('ab120')
  assert.equal(code, 3, err)
  assert.ok(asked.some(({ route }) => route === `GET /packages/${digests[0]}`))
  answers = { 'GET /packages': { body: { items: [...digests, `ab12${'1'.repeat(60)}`].map(item) } } }
  assert.match((await deploy('ab12')).err, /2 of them begin with ab12\.\n next Give more of it/)
})

test('what loses data is not done unasked', async () => {
  const { code, err } = await cello('network delete demo')
  assert.equal(code, 2)
  assert.match(err, /Say --yes if you mean it/)
  assert.deepEqual(asked, [])
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
  answers = {
    'POST /hosts/local/fabric/install': { status: 202, body: begun },
    [`GET /operations/${operation.id}`]: { body: cancelled },
    [`GET /operations/${operation.id}/events`]: streamOf(),
    [`POST /operations/${operation.id}/cancel`]: { body: cancelled },
    'GET /operations': { body: { items: [cancelled] } },
  }
  const installed = await cello('fabric install 3.1.5 --file archive.tgz')
  assert.equal(installed.code, 1)
  assert.match(installed.err, /^install fabric on host local\n.*was cancelled.*\n.*The host is as it was/)
  const sent = asked.find(({ route }) => route === 'POST /hosts/local/fabric/install')
  assert.deepEqual(JSON.parse(sent?.body ?? ''), { version: '3.1.5', file: resolve('archive.tgz') })
  assert.match((await cello('operation list --host local')).out, /install-fabric {2}host local {2}cancelled/)
  assert.match((await cello(`operation show ${operation.id}`)).out, /fetch it, 50\.0 MB of 125\.0 MB \(40 %\)/)
  assert.match(
    (await cello(`operation cancel ${operation.id}`)).err,
    /^cancelled\. The host is as it was; what was fetched is kept/,
  )
})

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
  answers = {
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
  assert.ok(asked.length > 0)
  assert.ok((await offered(t, 'network cre')).some((text) => text.startsWith('create\t')))
  assert.deepEqual(asked, [], 'what the command line knows by itself is asked of nobody')
})

test('a shell is offered nothing, without a word, while no server answers', async (t) => {
  answers = {}
  assert.deepEqual(await offered(t, 'network show '), [])
  assert.deepEqual(await offered(t, 'network show ', { CELLO_URL: 'http://127.0.0.1:1' }), [])
  const silent = { CELLO_URL: '', CELLO_TOKEN: '', CELLO_DATA: '/nonexistent' }
  assert.deepEqual(await offered(t, 'network show ', silent), [])
})
