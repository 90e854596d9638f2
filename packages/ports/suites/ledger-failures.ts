import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { PlatformError } from '@cello/model'
import { leaders, peerHeight } from './ledger-channels.ts'
import { callOf, readText } from './ledger-contracts.ts'
import type { SuiteNetwork } from './ledger-network.ts'
import {
  eventually,
  type LedgerCapabilities,
  ordersAlone,
  refusal,
  unreachableMs,
  until,
  within,
} from './ledger-world.ts'

/** Nodes are stopped and started again. */
export function describeFailures(given: () => SuiteNetwork, capabilities: LedgerCapabilities): void {
  describe('a network with nodes that are down', () => {
    test('goes on with one orderer less', { skip: ordersAlone(capabilities) }, async () => {
      await given().stop('Orderer/orderer2')
      const left = given().ordererRefs.slice(0, 2)
      await until('nobody leads', async () => (await leaders(given(), 'main', left)).length === 1)
      const made = await given().session.prepareInvoke(callOf(given(), given().world.contract.write('f', 'two')))
      assert.equal((await eventually(() => given().session.submit(made))).valid, true)
    })

    test('orders nothing without a majority, and the same envelope once when it is back', async () => {
      const { session } = given()
      const made = await session.prepareInvoke(callOf(given(), given().world.contract.write('g', 'later')))
      // Of three, one was stopped before.
      const down = capabilities.consenters ? ['Orderer/orderer1', 'Orderer/orderer2'] : given().ordererRefs
      await given().stop(down[0] ?? '')
      const signal = AbortSignal.timeout(2_000)
      await assert.rejects(session.submit(made, { signal }), (error) => {
        // A ledger that cannot tell waits for as long as it is allowed to.
        if (signal.aborted) return true
        assert.ok(error instanceof PlatformError && error.retry === 'later', String(error))
        return true
      })
      assert.equal(await session.findTransaction('main', made.txId), undefined)
      await Promise.all(down.map((ref) => given().start(ref)))
      await eventually(() =>
        until('nobody leads', async () => (await leaders(given(), 'main', given().ordererRefs)).length === 1),
      )
      const first = await eventually(() => session.submit(made))
      assert.equal(first.valid, true)
      assert.deepEqual(await session.submit(made), first)
      await until('the text is not read', async () => (await readText(given(), 'g')) === 'later')
    })

    test('says which peer is down, reads at another, and the peer catches up', async () => {
      const { session } = given()
      await given().stop('Org2/peer0')
      const look = () => session.observePeer(given().idOf('Org2/peer0'))
      await within(unreachableMs, () => assert.rejects(look, refusal('NODE_UNREACHABLE')))
      assert.equal((await session.observeChannel('main')).name, 'main')
      assert.equal(await readText(given(), 'g'), 'later')
      await given().start('Org2/peer0')
      const height = await peerHeight(given(), 'Org1/peer0', 'main')
      await until('it does not catch up', () =>
        peerHeight(given(), 'Org2/peer0', 'main').then(
          (now) => now >= height,
          () => false,
        ),
      )
    })

    test('loses nothing when all nodes were down', async () => {
      const refs = [...given().ordererRefs, 'Org1/peer0', 'Org2/peer0', 'Org1/peer1']
      await Promise.all(refs.map((ref) => given().stop(ref)))
      await within(unreachableMs, () =>
        assert.rejects(given().session.observeChannel('main'), refusal('NODE_UNREACHABLE')),
      )
      await Promise.all(refs.map((ref) => given().start(ref)))
      await eventually(() =>
        until('nobody leads', async () => (await leaders(given(), 'main', given().ordererRefs)).length === 1),
      )
      await until('the text is not read', async () => (await eventually(() => readText(given(), 'g'))) === 'later')
    })
  })
}
