import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cello, problem, stub } from './testing/stub-server.ts'

const contract = {
  channel: 'main',
  name: 'assets',
  state: 'upgrading',
  version: '1.0',
  sequence: 3,
  approvals: ['Org1'],
  nodes: ['Org1/assets', 'Org2/assets'],
  packageIds: { Org1: 'assets_1.0:aa', Org2: 'assets_1.0:aa' },
  spec: {
    name: 'assets',
    version: '2.0',
    package: 'ab'.repeat(32),
    policy: "OR('Org1MSP.peer')",
    initRequired: true,
    collections: [{ name: 'secrets', policy: "OR('Org1MSP.member')" }],
  },
}

test('a contract is shown with what is wanted of it and what is committed', async () => {
  stub.answers = { 'GET /networks/demo/channels/main/contracts/assets': { body: contract } }
  const { code, out } = await cello('contract show assets -n demo -c main')
  assert.equal(code, 0)
  for (const line of [
    /^contract +assets on main$/m,
    /^state +upgrading$/m,
    /^wanted +version 2\.0$/m,
    /^committed +version 1\.0, sequence 3$/m,
    /^policy +OR\('Org1MSP\.peer'\)$/m,
    /^init +required$/m,
    /^collections +secrets: OR\('Org1MSP\.member'\)$/m,
    /^approved by +Org1$/m,
    /^run by +Org1\/assets, Org2\/assets$/m,
    /^package id +assets_1\.0:aa$/m,
  ]) {
    assert.match(out, line)
  }
  assert.equal((await cello('contract show assets -n demo -c main -o name')).out, 'assets\n')
  const packageIds = { ...contract.packageIds, Org2: 'assets_1.0:bb' }
  stub.answers = { 'GET /networks/demo/channels/main/contracts/assets': { body: { ...contract, packageIds } } }
  const each = /^package id +assets_1\.0:aa \(Org1\)\n +assets_1\.0:bb \(Org2\)$/m
  assert.match((await cello('contract show assets -n demo -c main')).out, each)
})

/** A node whose processor time grows by a quarter of the time between two readings. */
function busyNode() {
  let at = 0
  return {
    get body() {
      at += 1000
      return { at: new Date(at).toISOString(), cpuMs: at / 4, memoryBytes: 12_300_000, diskBytes: 4_500 }
    },
  }
}

test('what nodes use is told of each, and those that do not run are there without figures', async () => {
  stub.answers = {
    'GET /networks/demo/nodes': {
      body: {
        items: [
          { ref: 'Org1/peer0', state: 'running' },
          { ref: 'Org1/peer1', state: 'running' },
          { ref: 'Org1/peer2', state: 'stopped' },
        ],
      },
    },
    'GET /networks/demo/nodes/Org1%2Fpeer0/stats': busyNode(),
    'GET /networks/demo/nodes/Org1%2Fpeer1/stats': { status: 502, body: problem(502, 'NODE_UNREACHABLE') },
  }
  const all = await cello('node stats -n demo')
  assert.equal(all.code, 0, all.err)
  assert.deepEqual(
    all.out.split('\n').map((line) => line.split(/ {2,}/)),
    [
      ['NODE', 'STATE', 'CPU', 'MEMORY', 'DISK'],
      ['Org1/peer0', 'running', '25.0 %', '12.3 MB', '4.5 kB'],
      ['Org1/peer1', 'running', '-', '-', '-'],
      ['Org1/peer2', 'stopped', '-', '-', '-'],
      [''],
    ],
  )
  const [first, , last] = JSON.parse((await cello('node stats -n demo -o json')).out)
  assert.deepEqual([first.node, first.cpuPercent, first.memoryBytes], ['Org1/peer0', 25, 12_300_000])
  assert.deepEqual(last, { node: 'Org1/peer2', state: 'stopped' })
})

test('of one node that does not run, that is the answer', async () => {
  stub.answers = {
    'GET /networks/demo/nodes/Org1%2Fpeer1': { body: { ref: 'Org1/peer1', state: 'running' } },
    'GET /networks/demo/nodes/Org1%2Fpeer1/stats': { status: 502, body: problem(502, 'NODE_UNREACHABLE') },
  }
  const { code, err } = await cello('node stats Org1/peer1 -n demo')
  assert.equal(code, 1)
  assert.match(err, /it is NODE_UNREACHABLE/)
})
