/** What a contract does with the state, and the read-write sets that come of it. */
import type { Scenario, Seen } from '../agreement/scenario.ts'
import type { Step } from './proposals.ts'
import { member } from './signers.ts'
import type { World } from './world.ts'

const kv =
  (...steps: readonly Step[]) =>
  (world: World): Promise<Seen> =>
    world.simulate({ contract: 'kv', steps })

/** First one transaction, then a simulation on what it left. */
const after =
  (first: readonly Step[], ...then: readonly Step[]) =>
  async (world: World): Promise<Seen> => {
    await world.transact({ contract: 'kv', steps: first })
    return world.simulate({ contract: 'kv', steps: then })
  }

const letters: readonly Step[] = Array.from('abcdefg', (letter) => ['put', `page-${letter}`, letter])

export const stateScenarios: readonly Scenario<World>[] = [
  ['a read of what is there and of what is not', after([['put', 'there', '1']], ['get', 'there'], ['get', 'nothing'])],
  [
    'a read of what was written in the same call',
    after([['put', 'own', 'old']], ['put', 'own', 'new'], ['get', 'own']),
  ],
  ['two writes of a key', kv(['put', 'twice', '1'], ['put', 'twice', '2'])],
  ['a deletion', after([['put', 'gone', '1']], ['del', 'gone'], ['get', 'gone'])],
  ['a deletion of what is not there', kv(['del', 'never'])],
  [
    'a read of what was deleted',
    async (world) => {
      await world.transact({ contract: 'kv', steps: [['put', 'late', '1']] })
      return after([['del', 'late']], ['get', 'late'])(world)
    },
  ],
  [
    'keys in order',
    kv(['put', 'z', '1'], ['put', 'a', '1'], ['put', 'é', '1'], ['put', 'B', '1'], ['get', 'zz'], ['get', 'aa']),
  ],
  ['an empty key', kv(['put', '', '1'])],
  ['an empty value', kv(['put', 'empty', ''])],
  ['a key that begins like a composite one', kv(['put', '\u0000x', '1'])],
  ['a large value', after([['large', 'large', '300000']], ['get', 'large'])],
  ['a range', after(letters, ['range', 'page-b', 'page-e'])],
  ['a range without an end', kv(['range', 'page-f', ''])],
  ['a range of nothing', kv(['range', 'q', 'r'])],
  ['a range that is not read to its end', kv(['some', 'page-a', 'page-z', '2'])],
  ['a range and what was written in the same call', kv(['put', 'page-bb', 'new'], ['range', 'page-b', 'page-d'])],
  ['two ranges', kv(['range', 'page-a', 'page-b'], ['range', 'page-c', 'page-d'])],
  ['a long range', after([['many', 'long', '120']], ['range', 'long', 'longz'])],
  ['a page', kv(['page', 'page-a', 'page-z', '3', ''])],
  ['the next page', kv(['page', 'page-a', 'page-z', '3', 'page-d'])],
  ['the last page', kv(['page', 'page-a', 'page-z', '30', 'page-f'])],
  ['a page after a write', kv(['put', 'x', '1'], ['page', 'page-a', 'page-z', '3', ''])],
  ['a write after a page', kv(['page', 'page-a', 'page-z', '3', ''], ['put', 'x', '1'])],
  [
    'composite keys',
    after(
      [
        ['pair', 'colour', 'red', '1', 'a'],
        ['pair', 'colour', 'red', '2', 'b'],
        ['pair', 'colour', 'blue', '1', 'c'],
      ],
      ['pairs', 'colour', 'red'],
    ),
  ],
  ['all composite keys of a type', kv(['pairs', 'colour'])],
  ['a page of composite keys', kv(['pairPage', 'colour', '2', ''])],
  ['a range of simple keys leaves composite ones out', after([['put', 'a', '1']], ['range', '', 'b'])],
  ['a rich query', kv(['query', '{"selector":{"owner":"tom"}}'])],
  [
    'history',
    async (world) => {
      await world.transact({ contract: 'kv', steps: [['put', 'past', '1']] })
      await world.transact({ contract: 'kv', steps: [['put', 'past', '2']] })
      await world.transact({ contract: 'kv', steps: [['del', 'past']] })
      return after([['put', 'past', '3']], ['history', 'past'])(world)
    },
  ],
  ['history of a key that never was', kv(['history', 'never'])],
  ['an event', kv(['event', 'made', 'payload'])],
  ['two events', kv(['event', 'first', '1'], ['event', 'second', '2'])],
  ['an event without a name', kv(['event', '', '1'])],
  [
    'the creator',
    (world) => {
      const by = member(world.organization(1), { name: 'painter', attributes: { colour: 'red' }, units: ['arts'] })
      return world.query({ contract: 'kv', by, steps: [['creator']] })
    },
  ],
  [
    'a call of another contract',
    after([['put', 'k', '1']], ['call', 'other', '', 'run', '[["put","k","2"],["get","k"]]'], ['get', 'k']),
  ],
  ['a call of itself', kv(['put', 'k', '7'], ['call', 'kv', '', 'run', '[["get","k"]]'])],
  ['a call of a contract that refuses', kv(['call', 'other', '', 'run', '[["answer","404","not here"]]'])],
  ['a call of an unknown contract', kv(['call', 'nothing', '', 'run', '[]'])],
  ['a call of a contract on an unknown channel', kv(['call', 'other', 'nowhere', 'run', '[]'])],
  ['a call of a contract that needs an initialization', kv(['call', 'begun', '', 'run', '[["put","a","1"]]'])],
  ['a call of a system contract', kv(['call', 'qscc', '', 'GetChainInfo', 'orders'])],
  ['a call of the lifecycle', kv(['call', '_lifecycle', '', 'QueryChaincodeDefinition', '\n\u0002no'])],
  [
    'an endorsement policy of a key',
    kv(['put', 'guarded', '1'], ['setPolicy', 'guarded', 'Org1MSP'], ['policy', 'guarded']),
  ],
]
