import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeRef } from '@cello/model'
import * as fc from 'fast-check'
import { allotNodes } from './allot-nodes.ts'
import { change, documents, histories, live } from './testing/histories.ts'
import { allotted, digest, edited, hostId, smallSpec } from './testing/networks.ts'

const request = (spec = smallSpec()) => {
  let [port, id] = [100, 0]
  return { networkId: 'network', spec, existing: [], hostId, takePort: () => ++port, newId: () => `id${++id}`, now: 7 }
}

test('each node of the document gets a row, with the ports of its kind', () => {
  const rows = allotNodes(request())
  assert.deepEqual(rows.map(nodeRef), [
    'Orderer/orderer0',
    'Orderer/orderer1',
    'Orderer/orderer2',
    'Org1/peer0',
    'Org2/peer0',
  ])
  assert.deepEqual(rows[0]?.ports, { service: 101, operations: 102, admin: 103 })
  assert.deepEqual(rows[3]?.ports, { service: 110, operations: 111 })
  assert.ok(
    rows.every(
      ({ power, incarnation, removed, createdAt }) =>
        power === 'running' && incarnation === 1 && !removed && createdAt === 7,
    ),
  )
})

test('a contract that we run gets one node for each member, another package another node, an address none', () => {
  const spec = (contract: { readonly package?: string; readonly address?: string }) =>
    smallSpec({ channels: [{ name: 'main', contracts: [{ name: 'assets', ...contract }] }] })
  const first = allotted(spec({ package: digest('a') }))
  assert.equal(first.filter(({ kind }) => kind === 'contract').length, 2)
  const upgraded = allotted(spec({ package: digest('b') }), first).filter(({ kind }) => kind === 'contract')
  assert.deepEqual(
    upgraded.map(({ contract, removed }) => [contract?.package[0], removed]),
    [
      ['a', true],
      ['a', true],
      ['b', false],
      ['b', false],
    ],
  )
  assert.equal(allotted(spec({ address: 'localhost:9999' })).filter(({ kind }) => kind === 'contract').length, 0)
})

test('a row that is removed is never used again, not even by a node of the same name', () => {
  const spec = smallSpec()
  const rows = allotted(spec)
  const without = edited(spec, (draft) =>
    Object.assign(draft.organizations[0] ?? {}, { orderers: [{ name: 'orderer0' }] }),
  )
  const fewer = allotted(without, rows)
  const again = allotted(spec, fewer)
  const named = again.filter(({ name }) => name === 'orderer1')
  assert.deepEqual(
    named.map(({ removed }) => removed),
    [true, false],
  )
  assert.notEqual(named[0]?.id, named[1]?.id)
  assert.notEqual(named[0]?.ports.service, named[1]?.ports.service)
})

test('asked again for the same document it changes nothing', () => {
  fc.assert(
    fc.property(documents, histories, (spec, history) => {
      const { wanted } = live(spec, history)
      assert.deepEqual(allotNodes({ ...request(wanted.spec), existing: wanted.nodes }), [])
    }),
    { numRuns: 200 },
  )
})

test('whatever is edited, no two rows share a port or an id, and live rows are what the document names', () => {
  fc.assert(
    fc.property(documents, histories, documents, (spec, history, next) => {
      const network = live(spec, history)
      change(network, next)
      const { nodes } = network.wanted
      const ports = nodes.flatMap((node) => Object.values(node.ports))
      assert.equal(new Set(ports).size, ports.length)
      assert.equal(new Set(nodes.map(({ id }) => id)).size, nodes.length)
      const named = network.wanted.spec.organizations.flatMap((org) =>
        [...org.orderers, ...org.peers].map((node) => nodeRef({ organization: org.name, name: node.name })),
      )
      const kept = nodes.filter(({ removed, kind }) => !removed && kind !== 'contract').map(nodeRef)
      assert.deepEqual(kept.sort(), named.sort())
    }),
    { numRuns: 200 },
  )
})
