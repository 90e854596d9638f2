/** Private data at its own organization. */
import type { Scenario, Seen } from '../agreement/scenario.ts'
import type { Step } from './proposals.ts'
import type { Call, World } from './world.ts'

const hidden =
  (...steps: readonly Step[]) =>
  (world: World): Promise<Seen> =>
    world.simulate({ contract: 'hidden', steps })

/** Commits, endorsed by the first organization; then simulates. */
const after =
  (first: readonly Step[], ...then: readonly Step[]) =>
  async (world: World): Promise<Seen> => {
    const { codes } = await world.transact({ contract: 'hidden', steps: first }, [1])
    return { codes, later: await world.simulate({ contract: 'hidden', steps: then }) }
  }

const byOther =
  (...steps: readonly Step[]) =>
  (world: World): Promise<Seen> =>
    world.simulate({ contract: 'hidden', by: world.organization(2).user, steps })

/** At the peer that is no member of the collection. */
const atOther =
  (call: Partial<Call>, ...steps: readonly Step[]) =>
  (world: World): Promise<Seen> =>
    world.simulate({ contract: 'hidden', ...call, steps }, 2)

/** Both are endorsed on the same state, and ordered together. */
const together =
  (first: readonly Step[], ...calls: readonly (readonly Step[])[]) =>
  async (world: World): Promise<Seen> => {
    await world.transact({ contract: 'hidden', steps: first }, [1])
    const all = []
    for (const steps of calls) all.push(await world.endorse({ contract: 'hidden', steps }, [1]))
    return world.verdicts(...all.map(({ envelope }) => envelope))
  }

const endorsedBy =
  (at: readonly number[], ...steps: readonly Step[]) =>
  async (world: World): Promise<Seen> => {
    const { envelope } = await world.endorse({ contract: 'hidden', by: world.user, steps }, at)
    return world.verdicts(envelope)
  }

export const privateScenarios: readonly Scenario<World>[] = [
  ['a private write', hidden(['putPrivate', 'mine', 'k', 'v'])],
  ['a private read of what is not there', hidden(['getPrivate', 'mine', 'nothing'])],
  ['a private read of what was committed', after([['putPrivate', 'mine', 'k', 'v']], ['getPrivate', 'mine', 'k'])],
  ['the hash of a private value', hidden(['hashPrivate', 'mine', 'k'], ['hashPrivate', 'mine', 'nothing'])],
  ['the hash of a private value at another organization', atOther({}, ['hashPrivate', 'mine', 'k'])],
  ['a private read at another organization', atOther({}, ['getPrivate', 'open', 'k'])],
  ['a private write at another organization', atOther({}, ['putPrivate', 'open', 'k', 'v'])],
  ['a private write and a public one', hidden(['putPrivate', 'mine', 'k', 'v'], ['put', 'public', '1'])],
  ['a private write in two collections', hidden(['putPrivate', 'open', 'k', 'v'], ['putPrivate', 'mine', 'k', 'v'])],
  [
    'a private read of what was written in the same call',
    hidden(['putPrivate', 'mine', 'k', 'new'], ['getPrivate', 'mine', 'k']),
  ],
  [
    'a private deletion',
    after([['delPrivate', 'mine', 'k']], ['getPrivate', 'mine', 'k'], ['hashPrivate', 'mine', 'k']),
  ],
  ['a private purge', after([['putPrivate', 'mine', 'p', '1']], ['purgePrivate', 'mine', 'p'])],
  [
    'a private value after its purge',
    async (world) => {
      await world.transact({ contract: 'hidden', steps: [['putPrivate', 'mine', 'p', '1']] }, [1])
      return after([['purgePrivate', 'mine', 'p']], ['getPrivate', 'mine', 'p'], ['hashPrivate', 'mine', 'p'])(world)
    },
  ],
  [
    'a private range',
    after(
      [
        ['putPrivate', 'mine', 'r1', '1'],
        ['putPrivate', 'mine', 'r2', '2'],
      ],
      ['rangePrivate', 'mine', 'r', 's'],
    ),
  ],
  ['a private range and a write', hidden(['rangePrivate', 'mine', 'r', 's'], ['put', 'x', '1'])],
  ['a write and a private range', hidden(['put', 'x', '1'], ['rangePrivate', 'mine', 'r', 's'])],
  ['an unknown collection', hidden(['putPrivate', 'unknown', 'k', 'v'])],
  ['an unknown collection to read', hidden(['getPrivate', 'unknown', 'k'])],
  ['an empty private key', hidden(['putPrivate', 'mine', '', 'v'])],
  [
    'a contract without collections',
    (world) => world.simulate({ contract: 'kv', steps: [['putPrivate', 'mine', 'k', 'v']] }),
  ],
  ['an implicit collection of the own organization', hidden(['putPrivate', '_implicit_org_Org1MSP', 'k', 'v'])],
  ['an implicit collection of another organization', hidden(['putPrivate', '_implicit_org_Org2MSP', 'k', 'v'])],
  ['a read of another organization’s implicit collection', hidden(['getPrivate', '_implicit_org_Org2MSP', 'k'])],
  ['a read by who is no member', byOther(['getPrivate', 'mine', 'k'])],
  ['a write by who is no member', byOther(['putPrivate', 'mine', 'k', 'v'])],
  ['a read by who is no member, where all may read', byOther(['getPrivate', 'open', 'k'])],
  ['a write by who is no member, where all may write', byOther(['putPrivate', 'open', 'k', 'v'])],
  ['the hash for who is no member', byOther(['hashPrivate', 'mine', 'r1'])],
  [
    'two private writes of a key in one block',
    together([], [['putPrivate', 'mine', 'b', '1']], [['putPrivate', 'mine', 'b', '2']]),
  ],
  [
    'two that read and write a private key in one block',
    together(
      [],
      [
        ['getPrivate', 'mine', 'c'],
        ['putPrivate', 'mine', 'c', '1'],
      ],
      [
        ['getPrivate', 'mine', 'c'],
        ['putPrivate', 'mine', 'c', '2'],
      ],
    ),
  ],
  [
    'a hash read that is out of date',
    together(
      [['putPrivate', 'mine', 'h', '0']],
      [['putPrivate', 'mine', 'h', '1']],
      [
        ['hashPrivate', 'mine', 'h'],
        ['put', 'x', '1'],
      ],
    ),
  ],
  ['a collection with a policy of its own, endorsed by it', endorsedBy([1], ['putPrivate', 'strict', 'k', 'v'])],
  ['a collection with a policy of its own, endorsed by another', endorsedBy([2], ['putPrivate', 'strict', 'k', 'v'])],
  ['a collection of both, endorsed by one', endorsedBy([2], ['putPrivate', 'many', 'k', 'v'])],
  [
    'a collection of both, read at the peer that has the value',
    async (world) => {
      await world.transact(
        { contract: 'hidden', by: world.organization(2).user, steps: [['putPrivate', 'many', 'two', 'v']] },
        [2],
      )
      return world.simulate(
        { contract: 'hidden', by: world.organization(2).user, steps: [['getPrivate', 'many', 'two']] },
        2,
      )
    },
  ],
  [
    'transient data for a private write',
    (world) =>
      world.simulate({
        contract: 'hidden',
        transient: { value: 'secret' },
        steps: [['transient'], ['putPrivate', 'mine', 't', 'secret']],
      }),
  ],
  ['a private event', hidden(['putPrivate', 'mine', 'k', 'v'], ['event', 'kept', 'k'])],
]
