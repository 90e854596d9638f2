import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LedgerNetwork, LedgerNode } from '@cello/ports'
import { Connections } from './connections.ts'
import { peersByHeight } from './peer-order.ts'

const peer = (id: string, organization: string, power: 'running' | 'stopped' = 'running'): LedgerNode => ({
  record: {
    id,
    networkId: 'n',
    organization,
    name: id,
    kind: 'peer',
    hostId: 'h',
    ports: {},
    power,
    incarnation: 1,
    removed: false,
    createdAt: 0,
  },
  hostName: id,
  address: '127.0.0.1',
})

test('the peer that has most of a channel is asked first, one that did not answer last, a stopped one never', () => {
  const nodes = [peer('a', 'Org1'), peer('b', 'Org1'), peer('c', 'Org2'), peer('d', 'Org2', 'stopped')]
  const network: LedgerNetwork = { id: 'n', name: 'n', version: '3.1.5', organizations: [], nodes }
  const refuse = () => Promise.reject(new Error('nothing is dialled here'))
  const connections = new Connections(network, { reach: refuse, key: refuse })
  const order = (organization?: string) =>
    peersByHeight(connections, 'main', organization).map(({ record }) => record.id)
  assert.deepEqual(order(), ['a', 'b', 'c'], 'the order of the document where nothing was seen')
  connections.heights.note('a', [{ name: 'main', height: 3 }])
  connections.heights.note('b', [{ name: 'main', height: 9 }])
  connections.heights.note('c', [{ name: 'second', height: 99 }])
  assert.deepEqual(order(), ['b', 'a', 'c'])
  connections.heights.note('b', undefined)
  assert.deepEqual(order('Org1'), ['a', 'b'])
})
