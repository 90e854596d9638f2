import assert from 'node:assert/strict'
import { after, before, describe } from 'node:test'
import { describeChanges } from './ledger-changes.ts'
import { describeChannels } from './ledger-channels.ts'
import { describeContracts } from './ledger-contracts.ts'
import { describeFailures } from './ledger-failures.ts'
import { SuiteNetwork } from './ledger-network.ts'
import { describeOffline } from './ledger-offline.ts'
import type { LedgerCapabilities, LedgerWorld } from './ledger-world.ts'

export { mainChannel } from './ledger-channels.ts'
export { SuiteNetwork } from './ledger-network.ts'
export type { LedgerCapabilities, LedgerWorld, SuiteContract } from './ledger-world.ts'

/**
 * The suite that every ledger passes: one network of three orderers (or one) and two organizations, made, used and changed from test
 * to test, so that a run on real nodes stays under 40 s. Since each test builds on those before it, the first failure is the
 * one to look at. A capability that is `false` is no excuse: the suite demands the UNSUPPORTED error.
 * @param makeWorld an empty host and a ledger; called once.
 */
export function describeLedger(
  name: string,
  makeWorld: () => Promise<LedgerWorld>,
  capabilities: LedgerCapabilities,
): void {
  describe(`ledger ${name}`, { timeout: 900_000 }, () => {
    let world: LedgerWorld | undefined
    let network: SuiteNetwork | undefined
    before(async () => {
      world = await makeWorld()
      network = await SuiteNetwork.make(world, capabilities)
    })
    after(async () => {
      await network?.close()
      await world?.[Symbol.asyncDispose]()
    })
    const given = () => network ?? assert.fail('the world was not made')
    describeOffline(given, capabilities)
    describeChannels(given)
    describeContracts(given)
    describeChanges(given, capabilities)
    describeFailures(given, capabilities)
  })
}
