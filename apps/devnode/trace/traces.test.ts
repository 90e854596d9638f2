import assert from 'node:assert/strict'
import { test } from 'node:test'
import { peer } from '@hyperledger/fabric-protos'
import { signedProposal } from '../endorsement/testing/proposals.ts'
import { testOrganization } from '../endorsement/testing/test-organization.ts'
import { openTraces } from './open-traces.ts'
import type { TraceEvent, Traces } from './trace.ts'
import { traceContract } from './trace-contract.ts'

const write = (key: string): TraceEvent => ({ kind: 'write', namespace: 'kv', key, bytes: 1, isDelete: false })

test('traces of the newest transactions are kept, and no more', () => {
  let clock = 0
  const traces = openTraces({ transactions: 2, bytes: 1_000_000 }, () => ++clock)
  const first = traces.of('a', 'tx1')
  first.add(write('k'))
  traces.of('a', 'tx2').add(write('k'))
  traces.of('b', 'tx3').add(write('k'))
  assert.equal(traces.read('a', 'tx1'), undefined)
  assert.deepEqual(traces.newest('a', 10), [{ txId: 'tx2', at: 2 }])
  assert.deepEqual(traces.newest('b', 10), [{ txId: 'tx3', at: 3 }])
  assert.deepEqual(traces.newest('b', 0), [])
  first.add(write('late'))
  assert.equal(traces.read('a', 'tx2'), undefined)
  assert.deepEqual(traces.read('a', 'tx1'), [write('late')])
})

test('a transaction that does very much loses reads and writes, and never what became of it', () => {
  const traces = openTraces({ transactions: 10, bytes: 10_000 })
  traces.of('a', 'tx0').add(write('k'))
  const sink = traces.of('a', 'tx1')
  for (let index = 0; index < 1_000; index++) sink.add(write(`key ${index}`))
  sink.add({ kind: 'verdict', code: 'VALID', block: 7 })
  const events = traces.read('a', 'tx1') ?? []
  assert.ok(events.length < 100)
  assert.deepEqual(events.slice(-2), [{ kind: 'cut' }, { kind: 'verdict', code: 'VALID', block: 7 }])
  assert.deepEqual(traces.read('a', 'tx0'), [write('k')])
  for (let index = 0; index < 1_000; index++) traces.of('a', `more ${index}`).add(write('k'.repeat(100)))
  assert.ok(traces.newest('a', 1_000).length <= 10)
})

const organization = testOrganization('Org1MSP')

async function ask(traces: Traces, args: readonly string[], role: 'admin' | 'client' = 'admin') {
  const member = organization.member(role)
  const signed = signedProposal(member, { channel: '', contract: '_devnode', args })
  const { response } = await traceContract({ traces, localMsp: organization.membership }).invoke({
    contract: '_devnode',
    txId: 'tx',
    args: args.map((arg) => Buffer.from(arg)),
    isInit: false,
    decorations: new Map(),
    signedProposal: signed,
    proposal: new peer.Proposal(),
    creator: member.serialized,
    transient: new Map(),
    call: () => Promise.reject(new Error('not called')),
    signal: new AbortController().signal,
  })
  const payload = Buffer.from(response.getPayload_asU8()).toString()
  return {
    status: response.getStatus(),
    message: response.getMessage(),
    said: payload === '' ? null : JSON.parse(payload),
  }
}

test('administrators of the peer’s organization read traces, others do not', async () => {
  let clock = 0
  const traces = openTraces(undefined, () => ++clock)
  traces.of('mychannel', 'tx1').add(write('\u0000colour\u0000'))
  traces.of('mychannel', 'tx2').add(write('k'))
  assert.deepEqual(await ask(traces, ['Trace', 'mychannel', 'tx1']), {
    status: 200,
    message: '',
    said: { channel: 'mychannel', txId: 'tx1', events: [write('\u0000colour\u0000')] },
  })
  const both = [
    { txId: 'tx2', at: 2 },
    { txId: 'tx1', at: 1 },
  ]
  assert.deepEqual((await ask(traces, ['Traces', 'mychannel'])).said, {
    channel: 'mychannel',
    transactions: both,
  })
  assert.deepEqual((await ask(traces, ['Traces', 'mychannel', '1'])).said.transactions, both.slice(0, 1))
  assert.deepEqual((await ask(traces, ['Traces', 'mychannel', 'many'])).said.transactions, both)
  assert.equal((await ask(traces, ['Trace', 'mychannel', 'tx3'])).status, 404)
  for (const args of [['Trace'], ['Traces'], ['Dance'], []])
    assert.equal((await ask(traces, args)).status, 500, String(args))
  const denied = await ask(traces, ['Trace', 'mychannel', 'tx1'], 'client')
  assert.deepEqual([denied.status, denied.said], [500, null])
  assert.match(denied.message, /^access denied for \[Trace\]: /)
})
