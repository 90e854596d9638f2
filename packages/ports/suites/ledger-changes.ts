import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { endpoint, leaders, mainChannel, mainGenesis, peerHeight, peerRefs, seeEachOther } from './ledger-channels.ts'
import type { SuiteNetwork } from './ledger-network.ts'
import { eventually, type LedgerCapabilities, ordersAlone, quick, until } from './ledger-world.ts'

const slower = { ...quick.batch, timeout: '150ms', maxMessages: 20 }

/** A running network is changed; leaves a third peer and a second channel. */
export function describeChanges(given: () => SuiteNetwork, capabilities: LedgerCapabilities): void {
  describe('a change of a channel', () => {
    test('of batch settings is one update, and none where it is so already', async () => {
      const { session } = given()
      const wanted = mainChannel(given(), { batch: slower })
      const before = await session.observeChannel('main')
      await session.updateChannel(wanted)
      await until('the change is not seen', async () => (await session.observeChannel('main')).batch.maxMessages === 20)
      const after = await session.observeChannel('main')
      assert.deepEqual(after.batch, slower)
      assert.equal(after.sequence, before.sequence + 1)
      await session.updateChannel(wanted)
      assert.equal((await session.observeChannel('main')).sequence, after.sequence)
      assert.equal((await session.chain('main')).height, after.height)
    })

    test('lets a peer in that comes later, and it catches up', async () => {
      await given().addNode('peer', 'Org1', 'peer1')
      await given().start('Org1/peer1')
      const genesis = await mainGenesis(given())
      await eventually(() => given().session.joinPeer(given().idOf('Org1/peer1'), 'main', genesis))
      const height = await peerHeight(given(), 'Org1/peer0', 'main')
      await until('it does not catch up', async () => (await peerHeight(given(), 'Org1/peer1', 'main')) >= height)
      await until('it is not seen by all', () => seeEachOther(given(), [...peerRefs, 'Org1/peer1']))
    })

    test('adds a consenter, and takes it away again', { skip: ordersAlone(capabilities) }, async () => {
      const { session } = given()
      const ref = 'Orderer/orderer3'
      await given().addNode('orderer', 'Orderer', 'orderer3')
      await given().start(ref)
      const id = given().idOf(ref)
      const three = given().ordererRefs.map((orderer) => given().idOf(orderer))
      const wanted = mainChannel(given(), { batch: slower, consenters: [...three, id] })
      await session.updateChannel(wanted)
      await until('it is no consenter', async () =>
        (await session.observeChannel('main')).consenters.includes(endpoint(given().node(ref))),
      )
      await eventually(async () => session.joinOrderer(id, 'main', await mainGenesis(given())))
      await until('it does not catch up', async () => {
        const [seen] = (await session.observeOrderer(id)).channels
        return seen?.status === 'active' && seen.height >= (await session.chain('main')).height
      })
      await until(
        'nobody leads',
        async () => (await leaders(given(), 'main', [...given().ordererRefs, ref])).length === 1,
      )
      await eventually(() => session.updateChannel(mainChannel(given(), { batch: slower })))
      await until('it is still a consenter', async () => (await session.observeChannel('main')).consenters.length === 3)
      // Fabric's orderer is busy with the removal for a moment after it has agreed to it.
      for (let time = 0; time < 2; time += 1) await eventually(() => session.leaveOrderer(id, 'main'))
      await until('it has not left', async () => (await session.observeOrderer(id)).channels.length === 0)
      await given().remove(ref)
    })

    test('is another channel of the same nodes', async () => {
      const { session, world } = given()
      const channel = mainChannel(given(), {
        name: 'second',
        members: ['Org1'],
        anchors: [given().idOf('Org1/peer0')],
      })
      const genesis = await world.ledger.makeGenesis(channel, given().view)
      await Promise.all(given().ordererRefs.map((ref) => session.joinOrderer(given().idOf(ref), 'second', genesis)))
      await session.joinPeer(given().idOf('Org1/peer0'), 'second', genesis)
      await until('nobody leads', async () => (await leaders(given(), 'second', given().ordererRefs)).length === 1)
      const seen = await session.observeChannel('second')
      assert.deepEqual(seen.members, ['Org1'])
      const { channels } = await session.observePeer(given().idOf('Org1/peer0'))
      assert.deepEqual(channels.map(({ name }) => name).sort(), ['main', 'second'])
    })
  })
}
