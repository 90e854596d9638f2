import assert from 'node:assert/strict'
import { test } from 'node:test'
import { devnode } from './agreement/runtimes.ts'
import type { NodeProgram, Runtime } from './agreement/scenario.ts'
import { deployContracts } from './peers/contracts.ts'
import { startPeerNetwork } from './peers/network.ts'
import { World } from './peers/world.ts'

/** With the variable that a real peer takes too; no CouchDB is there or needed. */
const withRichQueries = ({ program, args }: NodeProgram): NodeProgram => ({
  program: '/usr/bin/env',
  args: ['CORE_LEDGER_STATE_STATEDATABASE=CouchDB', program, ...args],
})

const runtime: Runtime = {
  ...devnode,
  peers: [withRichQueries(devnode.peers[0]), withRichQueries(devnode.peers[1])],
}

test('a contract queries its JSON values by their fields, and peers that did so agree', async () => {
  await using network = await startPeerNetwork(runtime)
  await using world = new World(network)
  await deployContracts(world)
  const call = (...steps: [string, ...string[]][]) => ({ contract: 'kv', steps })
  const answerOf = async (...steps: [string, ...string[]][]): Promise<unknown> => {
    const { response } = await world.query(call(...steps))
    return response
  }
  const cars: [string, ...string[]][] = [
    ['put', 'car1', '{"size":5,"colour":"red","made":{"in":"Rome"}}'],
    ['put', 'car2', '{"size":3,"colour":"blue"}'],
    ['put', 'car3', '{"size":4,"colour":"red"}'],
    ['put', 'note', 'red'],
  ]
  assert.deepEqual((await world.transact(call(...cars))).codes, ['VALID'])

  const red = JSON.stringify({ selector: { colour: 'red' }, sort: ['size'], fields: ['size', 'made.in'] })
  const found = [
    [
      ['car3', '{"size":4}'],
      ['car1', '{"made":{"in":"Rome"},"size":5}'],
    ],
  ]
  assert.deepEqual(await answerOf(['query', red]), { status: 200, message: '', payload: JSON.stringify(found) })
  assert.deepEqual(await answerOf(['get', 'car1'], ['get', 'note']), {
    status: 200,
    message: '',
    payload: JSON.stringify(['{"colour":"red","made":{"in":"Rome"},"size":5}', 'red']),
  })
  assert.match(JSON.stringify(await answerOf(['query', '{"selector":{"a":{"$near":1}}}'])), /Invalid operator: \$near/)
  assert.match(JSON.stringify(await answerOf(['put', '_car', '1'])), /cannot begin with/)

  // What a query found is read like anything else: who changes it meanwhile wins.
  const repaint: [string, ...string[]][] = [
    ['query', red],
    ['put', 'count', '2'],
  ]
  const [first, second] = await Promise.all([
    world.endorse(call(...repaint)),
    world.endorse(call(['put', 'car3', '{"colour":"green"}'])),
  ])
  assert.deepEqual((await world.verdicts(second.envelope)).codes, ['VALID'])
  assert.deepEqual((await world.verdicts(first.envelope)).codes, ['MVCC_READ_CONFLICT'])
  assert.deepEqual((await world.transact(call(...repaint))).codes, ['VALID'])
})
