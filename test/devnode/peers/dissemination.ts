/** Private data that is passed on to another organization that may have it. */
import type { Scenario, Seen } from '../agreement/scenario.ts'
import { collections } from './collections.ts'
import { define } from './committing.ts'
import type { World } from './world.ts'

const members = "OR('Org1MSP.member', 'Org2MSP.member')"

/** Milliseconds in which the data must have come. */
const patienceMs = 60_000

const definition = {
  name: 'shared',
  policy: { signature: "OR('Org1MSP.peer', 'Org2MSP.peer')" },
  collections: collections(
    { name: 'may', members, required: 0, maximum: 1 },
    { name: 'must', members, required: 1, maximum: 1 },
    { name: 'all', members, required: 2, maximum: 2 },
  ),
}

const put = (world: World, collection: string, key: string): Promise<Seen> =>
  world.simulate({ contract: 'shared', steps: [['putPrivate', collection, key, '1']] })

/** Endorsed at the first peer, read at the second. */
const passedOn =
  (collection: string) =>
  async (world: World): Promise<Seen> => {
    const refused = await put(world, collection, 'refused')
    if (refused.endorsedBy === null) return { refused: refused.response }
    const { codes } = await world.transact({ contract: 'shared', steps: [['putPrivate', collection, 'k', '1']] }, [1])
    const ask = () =>
      world.query({ contract: 'shared', by: world.organization(2).user, steps: [['getPrivate', collection, 'k']] }, 2)
    const end = Date.now() + patienceMs
    let read = await ask()
    while (Date.now() < end && !JSON.stringify(read).includes('"status":200')) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      read = await ask()
    }
    return { codes, read }
  }

export const disseminationScenarios: readonly Scenario<World>[] = [
  [
    'collections of two organizations',
    async (world) => ({ codes: await define(world, definition, world.packageOf('steps')) }),
  ],
  ['private data that may be passed on', passedOn('may')],
  ['private data that must be passed on', passedOn('must')],
  ['private data that must be passed on to more than there are', (world) => put(world, 'all', 'k')],
]
