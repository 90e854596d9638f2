import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { fakeDriver, suiteHost } from '@cello/driver-fake'
import { describeDriver } from '@cello/ports/suites/driver'
import { describeLedger } from '@cello/ports/suites/ledger'
import { startWorld, type WorldProcess } from './start-world.ts'
import { suiteLedger } from './suite-ledger.ts'

describe('a world in a process of its own', () => {
  let world: WorldProcess | undefined
  const given = () => world ?? assert.fail('there is no world')
  before(async () => {
    world = await startWorld()
  })
  after(() => world?.[Symbol.asyncDispose]())

  describeDriver('fake, from afar', async () => suiteHost(given().nodes), {
    restarts: 'ours',
    isolation: 'none',
    stats: true,
    followLogs: true,
  })
  describeLedger('fake, from afar', () => suiteLedger(given().nodes, given().ledgers), { bft: true, consenters: true })

  test('nothing of the suites is left but what the world remembers', async () => {
    const { nodes } = await given().nodes.inventory()
    assert.deepEqual(
      nodes.filter(({ host }) => host !== 'suite'),
      [],
    )
    const transactions = (await given().ledgers.chains()).flatMap((chain) => chain.transactions)
    assert.ok(transactions.length > 5)
    assert.equal(new Set(transactions.map(({ txId }) => txId)).size, transactions.length)
    assert.ok((await given().nodes.journal()).length > 20)
  })

  test('a world that is killed makes its hosts unreachable', async () => {
    const driver = fakeDriver({ world: given().nodes, host: 'suite' })
    process.kill(given().pid, 'SIGKILL')
    await assert.rejects(
      async () => {
        for (;;) await driver.observe()
      },
      { code: 'HOST_UNREACHABLE' },
    )
  })
})
