import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NetworkSpec } from '@cello/model'
import { withoutNode } from './commands.ts'

const spec = NetworkSpec.parse({
  name: 'demo',
  organizations: [{ name: 'Org1', orderers: [{ name: 'orderer0' }], peers: [{ name: 'peer0' }, { name: 'peer1' }] }],
  channels: [
    {
      name: 'main',
      contracts: [{ name: 'assets', address: 'localhost:9999', peers: ['Org1/peer0', 'Org1/peer1'] }],
    },
  ],
})

test('a node leaves the document, and the lists of peers that name it', () => {
  const next = withoutNode(spec, { organization: 'Org1', name: 'peer0' })
  assert.deepEqual(
    next.organizations[0]?.peers.map(({ name }) => String(name)),
    ['peer1'],
  )
  assert.deepEqual(next.channels[0]?.contracts[0]?.peers, ['Org1/peer1'])
})

test('the only peer that has a contract is not taken away', () => {
  const one = withoutNode(spec, { organization: 'Org1', name: 'peer0' })
  assert.throws(() => withoutNode(one, { organization: 'Org1', name: 'peer1' }), { code: 'CHANGE_REFUSED' })
})
