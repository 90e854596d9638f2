import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { hashedNamespace, privateNamespace } from '../state/collection-namespace.ts'
import { openWorldState } from '../state/open-world-state.ts'
import type { StateWrite } from '../state/world-state.ts'
import type { TraceEvent } from '../trace/trace.ts'
import { openSimulator } from './open-simulator.ts'
import { decodeReadWriteSet } from './rwset.ts'
import type { Results, Simulator } from './simulator.ts'

const bytes = (text: string): Buffer => Buffer.from(text)
const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()
const text = (value: Uint8Array | undefined): string | undefined => value && Buffer.from(value).toString()

interface Opened {
  readonly simulator: Simulator
  readonly events: TraceEvent[]
  readonly closed: () => number
}

/** Over a state with keys `a` to `e`, and private `p` and `q`, of which only the hash of `q` is known here. */
async function open(options: { richQueries?: boolean; writes?: readonly StateWrite[] } = {}): Promise<Opened> {
  const state = openWorldState(':memory:')
  const put = (namespace: string, key: string, value: Uint8Array) => ({ namespace, key, transaction: 2, value })
  const hashed = (key: string, value: string) =>
    put(hashedNamespace('basic', 'own'), sha256(key).toString('hex'), sha256(value))
  state.apply({
    number: 0,
    hash: bytes('0'),
    transactions: [],
    writes: [
      ...['a', 'b', 'c', 'd', 'e'].map((key) => put('basic', key, bytes(`value ${key}`))),
      put(privateNamespace('basic', 'own'), 'p', bytes('secret')),
      hashed('p', 'secret'),
      hashed('q', 'hidden'),
      ...(options.writes ?? []),
    ],
  })
  const events: TraceEvent[] = []
  let closed = 0
  const simulator = await openSimulator({
    state,
    txId: 'tx1',
    richQueries: options.richQueries ?? false,
    collections: (_reader, namespace) => (namespace === 'basic' ? ['own', 'other'] : undefined),
    trace: { add: (event) => void events.push(event) },
    onClose: () => {
      closed += 1
    },
  })
  return { simulator, events, closed: () => closed }
}

const all = (results: Results): string[] => {
  const found: string[] = []
  for (let entry = results.next(); entry; entry = results.next()) found.push(entry.key)
  return found
}

const setsOf = (simulator: Simulator) => decodeReadWriteSet(simulator.results().public)

test('reads see what was committed, not what was written in the same simulation', async () => {
  const { simulator } = await open()
  simulator.put('basic', 'a', bytes('new'))
  assert.equal(text(simulator.get('basic', 'a')), 'value a')
  simulator.delete('basic', 'b')
  assert.deepEqual(all(simulator.range('basic', '', 'c')), ['a', 'b'])
  assert.equal(simulator.get('basic', 'nothing'), undefined)
  assert.equal(simulator.height, 1)
})

test('pages end where asked, and say where the next begins', async () => {
  const { simulator } = await open()
  const first = simulator.range('basic', 'a', 'z', { size: 2, bookmark: '' })
  assert.deepEqual([all(first), first.bookmark], [['a', 'b'], 'c'])
  const last = simulator.range('basic', 'a', 'z', { size: 9, bookmark: 'c' })
  assert.deepEqual([all(last), last.bookmark], [['c', 'd', 'e'], ''])
  const unread = simulator.range('basic', 'a', 'z', { size: 2, bookmark: 'd' })
  assert.equal(unread.next()?.key, 'd')
  assert.equal(unread.bookmark, 'e', 'a page that is left early goes on where it was left')
  const [set] = setsOf(simulator)
  assert.deepEqual(
    set?.ranges.map(({ start, end, isExhausted }) => [start, end, isExhausted]),
    [
      ['a', 'z', true],
      ['c', 'z', true],
      ['d', 'd', false],
    ],
  )
})

test('a page of CouchDB ends with the end of the range', async () => {
  const { simulator } = await open({ richQueries: true })
  const page = simulator.range('basic', 'a', 'z', { size: 9, bookmark: '' })
  assert.deepEqual([all(page), page.bookmark], [['a', 'b', 'c', 'd', 'e'], 'z'])
})

test('what may not follow what is refused in Fabric’s sentences', async () => {
  const refusals: [why: string, act: (simulator: Simulator) => void, refusal: string][] = [
    [
      'a page after a write',
      (simulator) => {
        simulator.put('basic', 'a', bytes('1'))
        simulator.range('basic', '', '', { size: 1, bookmark: '' })
      },
      'txid [tx1]: unsuppored transaction. Paginated queries are supported only in a read-only transaction',
    ],
    [
      'a write after a page',
      (simulator) => {
        simulator.range('basic', '', '', { size: 1, bookmark: '' })
        simulator.delete('basic', 'a')
      },
      'txid [tx1]: unsuppored transaction. Transaction has already performed a paginated query. Writes are not allowed',
    ],
    [
      'a private range after a write',
      (simulator) => {
        simulator.private.put('basic', 'own', 'p', bytes('1'))
        simulator.private.range('basic', 'own', '', '')
      },
      'txid [tx1]: unsuppored transaction. Queries on pvt data is supported only in a read-only transaction',
    ],
    [
      'a write after a private range',
      (simulator) => {
        simulator.private.range('basic', 'own', '', '')
        simulator.private.purge('basic', 'own', 'p')
      },
      'txid [tx1]: unsuppored transaction. Transaction has already performed queries on pvt data. Writes are not allowed',
    ],
    [
      'an unknown collection',
      (simulator) => simulator.private.get('basic', 'none', 'p'),
      'collection [none] not defined in the collection config for chaincode [basic]',
    ],
    [
      'a contract without collections',
      (simulator) => simulator.private.hash('other', 'own', 'p'),
      'collection config not defined for chaincode [other], pass the collection configuration upon chaincode definition/instantiation',
    ],
    [
      'a value that is not here',
      (simulator) => simulator.private.get('basic', 'own', 'q'),
      'private data matching public hash version is not available. Public hash version = {BlockNum: 0, TxNum: 2}, Private data version = <nil>',
    ],
    ['a rich query', (simulator) => simulator.query('basic', '{}'), 'ExecuteQuery not supported for leveldb'],
    [
      'a rich page',
      (simulator) => simulator.query('basic', '{}', { size: 1, bookmark: '' }),
      'ExecuteQueryWithMetadata not supported for leveldb',
    ],
    [
      'a private rich query',
      (simulator) => simulator.private.query('basic', 'own', '{}'),
      'ExecuteQuery not supported for leveldb',
    ],
    [
      'a policy of a key',
      (simulator) => simulator.putMetadata('basic', 'a', 'VALIDATION_PARAMETER', bytes('p')),
      'key-level endorsement policies are not supported by the devnode',
    ],
    [
      'a second end',
      (simulator) => {
        simulator.results()
        simulator.results()
      },
      'this function should only be called once on a transaction simulator instance',
    ],
    [
      'a read after the end',
      (simulator) => {
        simulator[Symbol.dispose]()
        simulator.get('basic', 'a')
      },
      'this instance should not be used after calling Done()',
    ],
  ]
  for (const [why, act, message] of refusals) {
    const { simulator } = await open()
    assert.throws(() => act(simulator), { message }, why)
  }
})

test('private values are read where they are, and only their hashes are recorded', async () => {
  const { simulator, events } = await open()
  assert.equal(text(simulator.private.get('basic', 'own', 'p')), 'secret')
  assert.deepEqual(Buffer.from(simulator.private.hash('basic', 'other', 'q') ?? []), Buffer.alloc(0))
  assert.deepEqual(Buffer.from(simulator.private.hash('basic', 'own', 'q') ?? []), sha256('hidden'))
  assert.deepEqual([...simulator.private.metadata('basic', 'own', 'q')], [])
  assert.deepEqual(all(simulator.private.range('basic', 'own', '', '')), ['p'])
  const results = simulator.results()
  assert.deepEqual(results.privateReads, [{ namespace: 'basic', collection: 'own' }])
  assert.equal(results.private, undefined)
  assert.ok(!Buffer.from(results.public).includes('secret'))
  assert.ok(!JSON.stringify(events).includes('secret'))
})

test('the peer’s own look-ups are recorded, versions and all; what is left open is closed', async () => {
  const { simulator, events } = await open()
  assert.deepEqual(simulator.reader.get('basic', 'a')?.version, { block: 0, transaction: 2 })
  const found = Array.from(simulator.reader.range('basic', { start: 'b', end: '', limit: 2 }), ({ key }) => key)
  assert.deepEqual(found, ['b', 'c'])
  simulator.range('basic', 'd', '').next()
  const [set] = setsOf(simulator)
  assert.deepEqual(set?.reads, [{ key: 'a', version: { block: 0, transaction: 2 } }])
  assert.deepEqual(
    set?.ranges.map(({ start, end, isExhausted }) => [start, end, isExhausted]),
    [
      ['b', 'c', false],
      ['d', 'd', false],
    ],
  )
  assert.deepEqual(events.at(-1), { kind: 'range', namespace: 'basic', start: 'd', end: '', keys: 1 })
})

test('a trace tells of each read and write, and closing is told once', async () => {
  const { simulator, events, closed } = await open()
  simulator.get('basic', 'a')
  simulator.get('basic', 'none')
  simulator.put('basic', 'x', bytes('12'))
  simulator.delete('basic', 'y')
  all(simulator.range('basic', 'a', 'c'))
  simulator.private.put('basic', 'own', 'p', bytes('1'))
  assert.deepEqual(events, [
    { kind: 'read', namespace: 'basic', key: 'a', found: true, bytes: 7 },
    { kind: 'read', namespace: 'basic', key: 'none', found: false, bytes: 0 },
    { kind: 'write', namespace: 'basic', key: 'x', bytes: 2, isDelete: false },
    { kind: 'write', namespace: 'basic', key: 'y', bytes: 0, isDelete: true },
    { kind: 'range', namespace: 'basic', start: 'a', end: 'c', keys: 2 },
    { kind: 'private', namespace: 'basic', collection: 'own', act: 'write' },
  ])
  simulator[Symbol.dispose]()
  simulator[Symbol.dispose]()
  assert.equal(closed(), 1)
})

test('CouchDB’s rules hold where it is the state database', async () => {
  const unsorted = '{"b":"<i>","a":[1.0,{"z":1e3,"y":null}]}'
  const writes = [{ namespace: 'basic', key: 'json', transaction: 0, value: bytes(unsorted) }]
  const { simulator } = await open({ richQueries: true, writes })
  const sorted = '{"a":[1,{"y":null,"z":1000}],"b":"\\u003ci\\u003e"}'
  assert.equal(text(simulator.get('basic', 'json')), sorted)
  assert.equal(text(simulator.range('basic', 'json', '').next()?.value), sorted)
  assert.equal(text(simulator.get('basic', 'a')), 'value a')
  const put = (key: string, value: string) => () => simulator.put('basic', key, bytes(value))
  assert.throws(put('_x', '1'), { message: 'invalid key [_x], cannot begin with "_"' })
  assert.throws(put('', '1'), { message: 'invalid key. Empty string is not supported as a key by couchdb' })
  assert.throws(() => simulator.get('basic', '_x'), { message: 'invalid key [_x], cannot begin with "_"' })
  const field = (name: string) => ({ message: `field [${name}] is not valid for the CouchDB state database` })
  assert.throws(put('x', '{"_id":"1"}'), field('_id'))
  assert.throws(put('x', '{"~version":1}'), field('~version'))
  put('x', '["_id"]')()
  put('x', '{"in":{"_id":1}}')()
})

test('what a rich query finds is recorded as it is read', async () => {
  const cars = ['red', 'blue', 'red'].map((colour, index) => ({
    namespace: 'basic',
    key: `car${index}`,
    transaction: index,
    value: bytes(JSON.stringify({ colour })),
  }))
  const { simulator, events } = await open({ richQueries: true, writes: cars })
  const query = JSON.stringify({ selector: { colour: 'red' } })
  const found = simulator.query('basic', query)
  assert.equal(found.next()?.key, 'car0')
  found[Symbol.dispose]()
  assert.deepEqual(events, [{ kind: 'query', namespace: 'basic', query, keys: 1 }])
  const page = simulator.query('basic', query, { size: 1, bookmark: '' })
  assert.deepEqual(all(page), ['car0'])
  const next = simulator.query('basic', query, { size: 1, bookmark: page.bookmark })
  assert.deepEqual(all(next), ['car2'])
  const end = simulator.query('basic', query, { size: 1, bookmark: next.bookmark })
  assert.deepEqual([all(end), end.bookmark], [[], next.bookmark])
  const [set] = setsOf(simulator)
  assert.deepEqual(
    set?.reads.map(({ key, version }) => [key, version?.transaction]),
    [
      ['car0', 0],
      ['car2', 2],
    ],
  )
  assert.deepEqual(set?.ranges, [])
})
