/** What is told while something is down, and that it goes on afterwards. Played at the very end. */
import { pollUntil } from '@cello/fabric'
import { chainInfo } from '@cello/fabric/peers'
import type { Scenario, Seen } from '../agreement/scenario.ts'
import { endorse, endorsing, evaluate, preparedEnvelope, submit } from './gateway-calls.ts'
import { takenUp } from './streams.ts'
import type { Call, World } from './world.ts'

const get: Call = { contract: 'either', steps: [['get', 'outage']] }
const put: Call = { contract: 'either', steps: [['put', 'outage', '1']] }

/** Until everybody has seen that a connection is gone: a call on its way just then is told otherwise. */
const noticed = ({ network }: World) =>
  Promise.all(
    network.peers.map(async ({ connection: { client } }) => {
      for (let times = 0; times < 3; times++) await takenUp(client)
    }),
  )

/** Asks until the answer is of status 200. */
function answering(world: World, call: Call): Promise<Seen> {
  return pollUntil({ doing: 'ask the contract', channel: world.channel }, async () => {
    const seen = await world.query(call)
    return JSON.stringify(seen).includes('"status":200') ? seen : undefined
  })
}

export const outageScenarios: readonly Scenario<World>[] = [
  [
    'a contract that has stopped',
    async (world) => {
      await world.query({ contract: 'other', steps: [['get', 'x']] })
      await world.contractOf('others').stop()
      await noticed(world)
      return world.query({ contract: 'other', steps: [['get', 'x']] })
    },
  ],
  [
    'a call of a contract that has stopped',
    (world) => world.query({ contract: 'kv', steps: [['call', 'other', '', 'run', '[]']] }),
  ],
  [
    'a contract that stops in a call',
    async (world) => {
      world.contractOf('others').start()
      await answering(world, { contract: 'other', steps: [['get', 'x']] })
      const hung = () => world.contractOf('others').log().split('hangs\n').length
      const before = hung()
      const broken = world.query({ contract: 'other', steps: [['hang']] })
      await pollUntil({ doing: 'have the call with the contract' }, async () => hung() > before || undefined)
      await world.contractOf('others').kill()
      return broken
    },
  ],
  [
    'a contract that is back',
    async (world) => {
      world.contractOf('others').start()
      return answering(world, { contract: 'other', steps: [['get', 'x']] })
    },
  ],
  [
    'the orderer is away: submit',
    async (world) => {
      const ready = await endorse(world, put, { organizations: ['Org1MSP'] })
      const envelope = await preparedEnvelope(ready)
      await world.network.orderer.process.kill()
      await noticed(world)
      return submit(world, envelope)
    },
  ],
  ['the orderer is away: evaluate', (world) => evaluate(world, get)],
  [
    'the orderer is back',
    async (world) => {
      const { height } = world
      world.network.orderer.process.start()
      const taken = await pollUntil(
        { doing: 'submit', channel: world.channel },
        async () => {
          const ready = await endorse(world, put, { organizations: ['Org1MSP'] })
          const seen = await submit(world, await preparedEnvelope(ready))
          return seen.taken === true ? seen : undefined
        },
        { timeoutMs: 90_000 },
      )
      for (const follower of world.followers) await follower.until(() => follower.height > height, 'a block comes')
      return taken
    },
  ],
  [
    'the other peer is away: evaluate there',
    async (world) => {
      await world.peer(2).process.kill()
      // What exactly was said depends on who has noticed by now; after a while nobody knows of the peer any more.
      const { details, ...seen } = await evaluate(world, get, { organizations: ['Org2MSP'] })
      return { ...seen, asked: Array.isArray(details) ? details.map(({ address }) => address) : null }
    },
  ],
  ['the other peer is away: evaluate here', (world) => evaluate(world, get)],
  [
    'the other peer is away: endorse where one suffices',
    (world) => endorsing(world, put, { organizations: ['Org1MSP'] }),
  ],
  [
    'the other peer is back',
    async (world) => {
      const peer = world.peer(2)
      peer.process.start()
      await pollUntil(
        { doing: 'catch up', channel: world.channel },
        async (limits) => {
          const { height } = await chainInfo(peer.connection, peer.org.admin, world.channel, limits)
          return height >= world.followers[0].height || undefined
        },
        { timeoutMs: 90_000 },
      )
      return world.query(get, 2)
    },
  ],
]
