import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { allRoutes, isWrite, paramNames, pathOf, type RouteDefinition } from '@cello/api'
import { freeBlock } from '../crash-real/free-ports.ts'
import { openFileStore, overRuntime } from '../crash-real/over-runtime.ts'
import { devnode } from '../runtimes.ts'
import { killAll, processesOf } from '../scenarios/machine.ts'
import type { Drive } from '../simulation/drive.ts'
import { openPlatform, smallNetwork } from '../simulation/platform.ts'
import { type Answer, openServed, type Served } from './served.ts'

const digest = 'ab'.repeat(32)
const deployment = { name: 'assets', version: '1.0', package: digest }

/** One right body for each route that takes one: what the wrong ones are made from. */
const rightBodies: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'networks.create': { ...smallNetwork('other', 1) },
  'networks.planNew': { ...smallNetwork('other', 1) },
  'networks.apply': { ...smallNetwork('demo', 1) },
  'networks.plan': { ...smallNetwork('demo', 1) },
  'contracts.deploy': deployment,
  'contracts.upgrade': deployment,
  'contracts.invoke': { function: 'put', args: ['a', '1'] },
  'contracts.query': { function: 'get', args: ['a'] },
  'identities.create': { organization: 'Org1', name: 'alice' },
  'hosts.installFabric': { version: '3.1.5' },
  'hosts.useFabric': { version: '3.1.5' },
}

/** What is right for each name between braces, so that only one thing is wrong at a time. */
const rightParams: Readonly<Record<string, string>> = {
  host: 'local',
  network: 'demo',
  node: 'Org1%2Fpeer0',
  organization: 'Org1',
  channel: 'main',
  contract: 'assets',
  number: '0',
  txId: 'ab'.repeat(32),
  transaction: '01900000-0000-7000-8000-0000000000aa',
  digest,
  operation: '01900000-0000-7000-8000-0000000000aa',
}

const nastyText = [
  '../../etc/passwd',
  '..\\..\\windows',
  '/etc/passwd',
  'a;rm -rf /',
  '$(id)',
  '`id`',
  "' OR 1=1 --",
  'a\nb',
  'a\u0000b',
  '{program:peer}',
  '__proto__',
  'constructor',
  '\u202Eevil',
  'é'.repeat(200),
  ' ',
]
const wrongTypes: readonly unknown[] = [null, 5, true, [], {}, [[]], { toString: 'x' }, 'x']

interface Bad {
  readonly title: string
  readonly url?: string
  readonly raw?: string
  readonly headers?: Readonly<Record<string, string>>
}

test('every route that takes a body has a right one in this suite', () => {
  const taking = allRoutes().filter(({ route }) => route.body)
  assert.deepEqual(taking.map(({ name }) => name).sort(), Object.keys(rightBodies).sort())
})

for (const [name, open] of [
  ['the fakes', openPlatform],
  ['devnodes', openDevnodes],
] as const) {
  test(`on ${name} bad input is answered with a 4xx that says what to do, and nothing is written`, async () => {
    await using served = await openServed({}, open)
    await served.done('POST', '/api/v1/networks', { body: smallNetwork('demo', 1) })
    const before = await everything(served)
    let asked = 0
    for (const { name: routeName, route } of allRoutes()) {
      for (const bad of [
        ...badPaths(route),
        ...badQueries(route),
        ...badBodies(routeName, route),
        ...badHeaders(route),
      ]) {
        const answer = await served.ask(route.method, bad.url ?? rightUrl(route), {
          headers: { 'if-match': '*', ...bad.headers },
          ...(bad.raw === undefined ? {} : { raw: bad.raw }),
        })
        // The fakes keep no traces, and say so to whatever is asked.
        const isUnsupported = routeName === 'channels.trace' && answer.status === 501 && name === 'the fakes'
        if (!isUnsupported) checkProblem(answer, `${routeName}: ${bad.title}`)
        asked += 1
      }
    }
    assert.ok(asked > 1000, `${asked} were asked`)
    assert.equal(await everything(served), before)
  })
}

/** Real processes, which go with it. */
async function openDevnodes(): Promise<Drive> {
  const folder = mkdtempSync(join(tmpdir(), 'bi-'))
  const store = await openFileStore(folder)
  const platform = await overRuntime({ runtime: devnode, folder, firstPort: await freeBlock() }, store)
  return {
    ...platform,
    async [Symbol.asyncDispose]() {
      await platform[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
      await killAll(processesOf(folder))
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

test('a body of 10 MB is refused before it is read, in any field', async () => {
  await using served = await openServed()
  const long = 'x'.repeat(10 * 1024 * 1024)
  for (const [name, body] of Object.entries(rightBodies)) {
    const found = allRoutes().find((one) => one.name === name)
    assert.ok(found)
    const field = Object.keys(body)[0] ?? ''
    const raw = JSON.stringify({ ...body, [field]: long })
    const answer = await served.ask(found.route.method, rightUrl(found.route), { raw, headers: { 'if-match': '*' } })
    assert.equal(answer.status, 413, name)
    checkProblem(answer, name)
  }
})

test('without the token, with another, or under another host name nothing is answered', async () => {
  await using served = await openServed()
  for (const { name, route } of allRoutes().filter(({ route }) => route.permission !== 'open')) {
    const url = rightUrl(route)
    const none = await served.ask(route.method, url, { token: undefined })
    assert.equal(none.status, 401, name)
    checkProblem(none, name)
    assert.equal(none.headers['www-authenticate'], 'Bearer')
    assert.equal((await served.ask(route.method, url, { token: 'cello_test-tokeN' })).status, 401, name)
    assert.equal((await served.ask(route.method, url, { headers: { host: 'evil.example:8080' } })).status, 403, name)
  }
})

test('what is not served says so, and which methods are', async () => {
  await using served = await openServed()
  const patched = await served.ask('PATCH', '/api/v1/networks')
  assert.deepEqual([patched.status, patched.headers.allow], [405, 'GET, POST'])
  for (const url of ['/api/v1/nothing', '/api/v2/networks', '/etc/passwd', '/api/v1/../../etc/passwd', '/%2e%2e/x']) {
    const answer = await served.ask('GET', url)
    assert.equal(answer.status, 404, url)
    checkProblem(answer, url)
  }
})

function checkProblem(answer: Answer, title: string): void {
  const said = `${title}: ${answer.status} ${answer.text.slice(0, 400)}`
  assert.ok(answer.status >= 400 && answer.status < 500, said)
  assert.match(String(answer.headers['content-type']), /^application\/problem\+json/, said)
  assert.ok(String(answer.json['next']).length > 5, said)
  assert.equal(answer.json['requestId'], answer.headers['x-request-id'], said)
  assert.doesNotMatch(answer.text, /\.[jt]s:\d+|node_modules|\n\s+at |"stack"/, said)
  assert.ok(answer.text.length < 10_000, said)
}

function rightUrl(route: RouteDefinition, params: Readonly<Record<string, string>> = rightParams): string {
  return pathOf(route).replaceAll(/\{(\w+)\}/g, (_whole, name: string) => params[name] ?? '')
}

function badPaths(route: RouteDefinition): Bad[] {
  const nasty = [...nastyText.map(encodeURIComponent), '%zz', '%ff', 'x'.repeat(2000)]
  return paramNames(route.path).flatMap((name) =>
    nasty.map((value) => ({
      title: `{${name}} is ${value.slice(0, 40)}`,
      url: rightUrl(route, { ...rightParams, [name]: value }),
    })),
  )
}

function badQueries(route: RouteDefinition): Bad[] {
  const unknown = ['nothing=1', '__proto__=1', 'constructor[prototype]=1']
  const known = Object.keys(route.query?.shape ?? {}).flatMap((name) =>
    ['', '-1', '$(id)', '../x', '1&LIMIT=2', `0&${name}=1`].map((value) => `${name}=${value}`),
  )
  // What a route takes text for, some of these are: they must be answered, not refused.
  const refused = known.filter((query) => !/^(name|version)=-1$/.test(query))
  return [...unknown, ...refused].map((query) => ({
    title: `?${query}`,
    url: `${rightUrl(route)}?${query}`,
    ...withRightBody(route),
  }))
}

function withRightBody(route: RouteDefinition): Pick<Bad, 'raw' | 'headers'> {
  if (route.upload) return { raw: 'x', headers: { 'content-type': route.upload } }
  const body = allRoutes().find((one) => one.route === route)?.name ?? ''
  return rightBodies[body] ? { raw: JSON.stringify(rightBodies[body]) } : {}
}

function badBodies(name: string, route: RouteDefinition): Bad[] {
  if (route.method === 'GET') return []
  const right = rightBodies[name]
  if (!right) return [{ title: 'a body where none belongs', raw: '{"a":1}' }]
  const whole = [...wrongTypes.map((value) => JSON.stringify(value)), '{', '', '[', '"', '['.repeat(5000)]
  const poisoned = [
    `{"__proto__":{"x":1},${JSON.stringify(right).slice(1)}`,
    `{"constructor":{"prototype":{"x":1}},${JSON.stringify(right).slice(1)}`,
    JSON.stringify({ ...right, nothing: 1 }),
  ]
  const fields = Object.keys(right).flatMap((field) =>
    [...wrongTypes, ...nastyText]
      .filter((value) => !mayBe(field, value))
      .map((value) => JSON.stringify({ ...right, [field]: value })),
  )
  return [...whole, ...poisoned, ...fields].map((raw) => ({ title: `body ${raw.slice(0, 120)}`, raw }))
}

/** Values of the lists above that are right for a field: an empty list of channels is a network without any. */
function mayBe(field: string, value: unknown): boolean {
  if (field === 'args' || field === 'channels') return Array.isArray(value) && value.length === 0
  if (field === 'function') return value === 'x' || value === '__proto__' || value === 'constructor'
  if (field === 'name') return value === 'x' || value === 'constructor'
  if (field === 'version') return value === 'x' || value === '__proto__' || value === 'constructor'
  return false
}

function badHeaders(route: RouteDefinition): Bad[] {
  const bad: Bad[] = []
  const right = withRightBody(route)
  if (route.body || route.upload) {
    for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      bad.push({ title: `content type ${type}`, raw: right.raw ?? '{}', headers: { 'content-type': type } })
    }
  }
  if (isWrite(route)) {
    for (const key of ['', 'a b', 'é', 'x'.repeat(201)]) {
      bad.push({ title: `key ${key.slice(0, 9)}`, ...right, headers: { ...right.headers, 'idempotency-key': key } })
    }
  }
  if (route.events) bad.push({ title: 'Last-Event-ID', headers: { 'last-event-id': '-1' } })
  return bad
}

async function everything({ platform: { store } }: Served): Promise<string> {
  const page = { limit: 200 }
  const networks = await store.networks.list(page)
  const [network] = networks.items
  return JSON.stringify([
    networks,
    await store.operations.list(page),
    await store.packages.list(page),
    await store.hosts.list(),
    network && (await store.identities.list(network.id)),
    network && (await store.transactions.list(network.id, page)),
  ])
}
