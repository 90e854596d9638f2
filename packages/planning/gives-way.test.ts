import assert from 'node:assert/strict'
import { test } from 'node:test'
import { givesWay } from './gives-way.ts'
import { emptyObservation, plan } from './plan.ts'
import { digest, smallSpec, wantedOf } from './testing/networks.ts'

test('of a new network, packages, the nodes of contracts and the early look give way, and nothing else does', () => {
  const contracts = [{ name: 'assets', version: '1.0', package: digest('a') }]
  const wanted = wantedOf(smallSpec({ channels: [{ name: 'main', contracts }] }))
  const { steps } = plan(wanted, emptyObservation('network', 1))
  assert.deepEqual(
    steps
      .filter((step) => givesWay(wanted, step))
      .map(({ title }) => title)
      .toSorted(),
    [
      'install contract assets on peer Org1/peer0',
      'install contract assets on peer Org2/peer0',
      ...wanted.nodes.flatMap(({ kind, organization, name }) =>
        kind === 'contract' ? `start contract ${organization}/${name}` : [],
      ),
      'wait until orderers and peers see each other',
    ],
  )
})
