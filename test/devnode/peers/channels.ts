/** A second channel: the peer's channels, and calls from one to the other. */
import { genesisBlock } from '@cello/fabric/config'
import { joinPeer } from '@cello/fabric/peers'
import type { Scenario } from '../agreement/scenario.ts'
import { askSystem, decodeCscc } from './system.ts'
import type { World } from './world.ts'

const second = 'second'

export const channelScenarios: readonly Scenario<World>[] = [
  [
    'a second channel is joined',
    async (world) => {
      const genesis = genesisBlock({ ...world.network.ordering.spec, channelId: second }).serializeBinary()
      await world.network.orderer.participation.join(genesis)
      const { connection, org } = world.peer(1)
      await joinPeer(connection, org.admin, genesis)
      return askSystem(world, ['cscc', 'GetChannels'], (payload) => {
        const found = decodeCscc('GetChannels')(payload)
        return Array.isArray(found) ? found.map(({ channelId }) => channelId).sort() : found
      })
    },
  ],
  ['a contract of one channel on the other', (world) => world.query({ contract: 'kv', channel: second, steps: [] })],
  [
    'a call of the other channel, where the contract is not',
    (world) => world.query({ contract: 'kv', steps: [['call', 'other', second, 'run', '[]']] }),
  ],
  [
    'a call of a system contract on the other channel',
    (world) => world.query({ contract: 'kv', steps: [['call', 'cscc', second, 'GetChannels']] }),
  ],
  [
    'chain info of the other channel',
    async (world) => {
      const call = { channel: second, by: world.user }
      const seen = await askSystem(world, ['qscc', 'GetChainInfo', second], (payload) => payload.length > 0, call)
      const crossed = await askSystem(
        world,
        ['qscc', 'GetChainInfo', world.channel],
        (payload) => payload.length > 0,
        call,
      )
      return { seen, crossed }
    },
  ],
  [
    'chain info of the other channel, at a peer that has not joined',
    (world) =>
      askSystem(world, ['qscc', 'GetChainInfo', second], undefined, {
        channel: second,
        by: world.organization(2).user,
        at: 2,
      }),
  ],
  [
    'a call of another contract on the same channel by its name',
    (world) =>
      world.simulate({ contract: 'kv', steps: [['call', 'other', world.channel, 'run', '[["put","k","2"]]']] }),
  ],
]
