import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ChannelFacts, LedgerNode } from '../ledger.ts'
import type { SuiteNetwork } from './ledger-network.ts'
import { eventually, quick, refusal, unreachableMs, until, within } from './ledger-world.ts'

export const peerRefs = ['Org1/peer0', 'Org2/peer0']

/** The channel of most tests. */
export function mainChannel(network: SuiteNetwork, change: Partial<ChannelFacts> = {}): ChannelFacts {
  return {
    name: 'main',
    ...quick,
    orderers: ['Orderer'],
    members: ['Org1', 'Org2'],
    consenters: network.ordererRefs.map((ref) => network.idOf(ref)),
    anchors: peerRefs.map((ref) => network.idOf(ref)),
    ...change,
  }
}

export function endpoint({ address, record }: LedgerNode): string {
  return `${address}:${record.ports.service}`
}

/** The genesis block of the main channel, as the platform keeps it: made once. */
const kept = new WeakMap<SuiteNetwork, Uint8Array>()

export async function mainGenesis(network: SuiteNetwork): Promise<Uint8Array> {
  const genesis = kept.get(network) ?? (await network.world.ledger.makeGenesis(mainChannel(network), network.view))
  kept.set(network, genesis)
  return genesis
}

/** Who leads the channel, of the orderers that answer. */
export async function leaders(network: SuiteNetwork, channel: string, refs: readonly string[]): Promise<string[]> {
  const seen = await Promise.all(
    refs.map(async (ref) => {
      const { channels } = await network.session.observeOrderer(network.idOf(ref))
      return channels.find(({ name }) => name === channel)?.leads === true ? [ref] : []
    }),
  )
  return seen.flat()
}

export async function peerHeight(network: SuiteNetwork, ref: string, channel: string): Promise<number> {
  return (await network.session.observeHeight(network.idOf(ref), channel)) ?? 0
}

/** Nodes start and join; leaves the channel `main` with three consenters and two peers. */
export function describeChannels(given: () => SuiteNetwork): void {
  describe('nodes and a channel', () => {
    test('a node that does not run is unreachable, and that is found out in time', async () => {
      const { session } = given()
      for (const act of [
        () => session.observeOrderer(given().idOf('Orderer/orderer0')),
        () => session.observePeer(given().idOf('Org1/peer0')),
        () => session.observeHeight(given().idOf('Orderer/orderer0'), 'main'),
        () => session.observeHeight(given().idOf('Org1/peer0'), 'main'),
        () => session.joinPeer(given().idOf('Org1/peer0'), 'main', new Uint8Array([1])),
      ]) {
        await within(unreachableMs, () => assert.rejects(act, refusal('NODE_UNREACHABLE')))
      }
    })

    test('a node that was started gets ready and has no channel', async () => {
      const { session } = given()
      await Promise.all([...given().ordererRefs, ...peerRefs].map((ref) => given().start(ref)))
      for (const ref of given().ordererRefs) {
        const look = async () => (await session.observeOrderer(given().idOf(ref))).ready
        await eventually(() => until(`${ref} is not ready`, look))
        assert.deepEqual((await session.observeOrderer(given().idOf(ref))).channels, [])
        assert.equal(await session.observeHeight(given().idOf(ref), 'main'), undefined)
      }
      for (const ref of peerRefs) {
        const look = async () => (await session.observePeer(given().idOf(ref))).ready
        await eventually(() => until(`${ref} is not ready`, look))
        const { channels, packages } = await session.observePeer(given().idOf(ref))
        assert.deepEqual([channels, packages], [[], []])
        assert.equal(await session.observeHeight(given().idOf(ref), 'main'), undefined)
      }
    })

    test('a channel that nobody has is not found', async () => {
      await assert.rejects(given().session.observeChannel('main'), refusal('NOT_FOUND', 'NODE_UNREACHABLE'))
    })

    test('orderers join once, however often they are told to, and one of them leads', async () => {
      const genesis = await mainGenesis(given())
      const { session } = given()
      for (let time = 0; time < 2; time += 1) {
        await Promise.all(given().ordererRefs.map((ref) => session.joinOrderer(given().idOf(ref), 'main', genesis)))
      }
      await until('nobody leads', async () => (await leaders(given(), 'main', given().ordererRefs)).length === 1)
      for (const ref of given().ordererRefs) {
        const { channels } = await session.observeOrderer(given().idOf(ref))
        const [{ name, status, relation, height } = assert.fail(`${ref} has no channel`)] = channels
        assert.deepEqual([name, status, relation], ['main', 'active', 'consenter'])
        assert.ok(height >= 1)
        assert.equal(await session.observeHeight(given().idOf(ref), 'main'), height)
      }
    })

    test('peers join once, and see each other', async () => {
      const genesis = await mainGenesis(given())
      const { session } = given()
      for (let time = 0; time < 2; time += 1) {
        await Promise.all(peerRefs.map((ref) => session.joinPeer(given().idOf(ref), 'main', genesis)))
      }
      for (const ref of peerRefs) assert.ok((await peerHeight(given(), ref, 'main')) >= 1)
      await until('the peers do not see each other', () => seeEachOther(given(), peerRefs))
    })

    test('the channel is as it was made', async () => {
      const { session } = given()
      const channel = mainChannel(given())
      const seen = await session.observeChannel('main')
      assert.deepEqual(seen.consensus, channel.consensus)
      assert.deepEqual(seen.batch, channel.batch)
      assert.deepEqual([...seen.orderers].sort(), ['Orderer'])
      assert.deepEqual([...seen.members].sort(), ['Org1', 'Org2'])
      assert.deepEqual(
        [...seen.consenters].sort(),
        given()
          .ordererRefs.map((ref) => endpoint(given().node(ref)))
          .sort(),
      )
      assert.deepEqual([...seen.anchors].sort(), peerRefs.map((ref) => endpoint(given().node(ref))).sort())
      assert.equal(seen.name, 'main')
      const { height, currentHash } = await session.chain('main')
      assert.equal(height, seen.height)
      assert.match(currentHash, /^[0-9a-f]{64}$/)
      assert.ok(JSON.stringify(await session.block('main', 0)).length > 100)
      await assert.rejects(session.block('main', 1000), refusal('NOT_FOUND'))
    })
  })
}

/** Whether each of the peers sees all others. */
export async function seeEachOther(network: SuiteNetwork, refs: readonly string[], channel = 'main'): Promise<boolean> {
  const ids = refs.map((ref) => network.idOf(ref))
  const seen = await network.session.observeDiscovery(channel)
  return ids.every((viewer) => ids.every((id) => id === viewer || seen.get(viewer)?.includes(id)))
}
