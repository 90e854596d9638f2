/** Contracts that get another definition while they are in use. */
import type { Scenario, Seen } from '../agreement/scenario.ts'
import { collections, membersOfFirst } from './collections.ts'
import { approve, define } from './committing.ts'
import type { Wanted } from './lifecycle-calls.ts'
import type { Step } from './proposals.ts'
import type { World } from './world.ts'

const one = { signature: "OR('Org1MSP.peer', 'Org2MSP.peer')" }
const both = { signature: "AND('Org1MSP.peer', 'Org2MSP.peer')" }

const first: Wanted = { name: 'up', policy: one }
const second: Wanted = { ...first, sequence: 2, policy: both }
const third: Wanted = { ...first, sequence: 3, version: '2.0', initRequired: true }
const fourth: Wanted = {
  ...first,
  sequence: 4,
  version: '2.0',
  collections: collections({ name: 'mine', members: membersOfFirst }),
}

const put: Step = ['put', 'x', '1']
const call = (world: World, at: readonly number[], ...steps: readonly Step[]) =>
  world.transact({ contract: 'up', steps: steps.length > 0 ? steps : [put] }, at)
const ask = (world: World, at: number, ...steps: readonly Step[]) => world.query({ contract: 'up', steps }, at)

export const upgradeScenarios: readonly Scenario<World>[] = [
  [
    'a definition that is approved and not committed',
    async (world) => {
      await approve(world, first, [1, 2], world.packageOf('steps'))
      return ask(world, 1, put)
    },
  ],
  [
    'a definition',
    async (world) => ({
      codes: await define(world, { ...first, version: '1.1' }, world.packageOf('steps')),
      one: await call(world, [1]),
    }),
  ],
  [
    'an upgrade to a stricter policy',
    async (world) => {
      const early = await world.endorse({ contract: 'up', steps: [put] }, [1])
      const codes = await define(world, { ...second, version: '1.1' }, world.packageOf('steps'))
      return {
        codes,
        early: (await world.verdicts(early.envelope)).codes,
        one: await call(world, [1]),
        both: await call(world, [1, 2]),
        read: await ask(world, 1, ['get', 'x']),
      }
    },
  ],
  [
    'an upgrade that asks for an initialization',
    async (world) => {
      const codes = await define(world, third, world.packageOf('steps'))
      const before = await ask(world, 1, ['get', 'x'])
      const init = await world.transact({ contract: 'up', isInit: true, steps: [['put', 'begun', '1']] }, [1])
      return { codes, before, init, after: await ask(world, 1, ['get', 'x'], ['get', 'begun']) }
    },
  ],
  [
    'an upgrade that brings a collection',
    async (world) => {
      const before = await ask(world, 1, ['putPrivate', 'mine', 'k', 'v'])
      const codes = await define(world, fourth, world.packageOf('steps'))
      return {
        before,
        codes,
        after: await call(world, [1], ['putPrivate', 'mine', 'k', 'v']),
        read: await ask(world, 1, ['getPrivate', 'mine', 'k']),
      }
    },
  ],
  [
    'another package under the same definition',
    async (world) => {
      await approve(world, fourth, [1], world.packageOf('others'))
      return {
        other: await ask(world, 1, ['call', 'other', '', 'run', '[]']),
        own: await ask(world, 1, ['call', 'kv', '', 'run', '[]']),
      }
    },
  ],
  [
    'no package under the same definition',
    async (world) => {
      await approve(world, fourth, [1])
      return ask(world, 1, ['get', 'x'])
    },
  ],
  [
    'a package that comes later',
    async (world) => {
      const wanted = { name: 'late', policy: one }
      const codes = await define(world, wanted)
      const without = await world.query({ contract: 'late', steps: [put] }, 2)
      await approve(world, wanted, [2], world.packageOf('steps'))
      return { codes, without, with: await world.query({ contract: 'late', steps: [put] }, 2) }
    },
  ],
  [
    'a package that is approved and not installed',
    async (world) => {
      const wanted = { name: 'absent', policy: one }
      const codes = await define(world, wanted, 'absent:0000')
      return { codes, call: await world.query({ contract: 'absent', steps: [put] }) }
    },
  ],
]

const timed: Wanted = {
  name: 'timed',
  policy: one,
  collections: collections(
    { name: 'short', members: membersOfFirst, blocksToLive: 2 },
    { name: 'long', members: membersOfFirst },
  ),
}

const timedCall = (world: World, ...steps: readonly Step[]) => world.transact({ contract: 'timed', steps }, [1])

async function blocks(world: World, count: number): Promise<void> {
  for (let index = 0; index < count; index++)
    await world.transact({ contract: 'timed', steps: [['put', 'block', String(index)]] }, [1])
}

/** What the first organization's peer tells of a private key. */
const told = (world: World, collection: string, key: string): Promise<Seen> =>
  world.query({
    contract: 'timed',
    steps: [
      ['getPrivate', collection, key],
      ['hashPrivate', collection, key],
    ],
  })

export const lifetimeScenarios: readonly Scenario<World>[] = [
  [
    'a collection whose data lives two blocks',
    async (world) => ({ codes: await define(world, timed, world.packageOf('steps')) }),
  ],
  [
    'private data in its time',
    async (world) => {
      await timedCall(world, ['putPrivate', 'short', 'a', '1'], ['putPrivate', 'long', 'a', '1'])
      await blocks(world, 2)
      return { short: await told(world, 'short', 'a'), long: await told(world, 'long', 'a') }
    },
  ],
  [
    'private data after its time',
    async (world) => {
      await blocks(world, 1)
      return { short: await told(world, 'short', 'a'), long: await told(world, 'long', 'a') }
    },
  ],
  [
    'private data written again before its time is over',
    async (world) => {
      await timedCall(world, ['putPrivate', 'short', 'b', '1'])
      await timedCall(world, ['putPrivate', 'short', 'b', '2'])
      await blocks(world, 2)
      const renewed = await told(world, 'short', 'b')
      await blocks(world, 1)
      return { renewed, over: await told(world, 'short', 'b') }
    },
  ],
  [
    'a transaction that read private data whose time is over',
    async (world) => {
      await timedCall(world, ['putPrivate', 'short', 'c', '1'])
      const { envelope } = await world.endorse(
        {
          contract: 'timed',
          steps: [
            ['getPrivate', 'short', 'c'],
            ['put', 'y', '1'],
          ],
        },
        [1],
      )
      await blocks(world, 3)
      return world.verdicts(envelope)
    },
  ],
  [
    'private data that the organization’s peer never got',
    async (world) => {
      const { envelope } = await world.endorse(
        { contract: 'hidden', steps: [['putPrivate', 'open', 'lost', '1']] },
        [2],
      )
      const { codes } = await world.verdicts(envelope)
      return {
        codes,
        value: await world.query({ contract: 'hidden', steps: [['getPrivate', 'open', 'lost']] }),
        hash: await world.query({ contract: 'hidden', steps: [['hashPrivate', 'open', 'lost']] }),
        range: await world.query({ contract: 'hidden', steps: [['rangePrivate', 'open', 'l', 'm']] }),
      }
    },
  ],
  [
    'private data that was missing is written anew',
    async (world) => {
      const { codes } = await world.transact({ contract: 'hidden', steps: [['putPrivate', 'open', 'lost', '2']] }, [1])
      return { codes, value: await world.query({ contract: 'hidden', steps: [['getPrivate', 'open', 'lost']] }) }
    },
  ],
]
