import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { FaultRules } from '@cello/kit'
import type { OperationRecord } from '@cello/ports'
import { devnode } from '../runtimes.ts'
import { killAll, processesOf } from '../scenarios/machine.ts'
import type { Drive } from '../simulation/drive.ts'
import { addPeer, deploy } from '../simulation/edits.ts'
import { smallNetwork } from '../simulation/platform.ts'
import { freeBlock } from './free-ports.ts'
import { losingDriver, losingLedger } from './losing.ts'
import { openFileStore, overRuntime } from './over-runtime.ts'

/** Methods that the life of a network calls. What only looks is in no danger of being repeated, and is left to the fakes. */
const driverMethods = ['ensure', 'remove'] as const
const ledgerMethods = [
  'makeOrganization',
  'makeNodeIdentities',
  'makeGenesis',
  'packageContract',
  'joinOrderer',
  'joinPeer',
  'updateChannel',
  'installPackage',
  'prepareApproval',
  'prepareCommit',
  'submit',
] as const

suite('an answer of nodes that is lost once is adopted, not repeated', { concurrency: 2 }, () => {
  for (const method of [...driverMethods, ...ledgerMethods]) {
    test(method, async () => {
      const faults = new FaultRules()
      faults.add({ method, when: 'after', times: 1 })
      const folder = mkdtempSync(join(tmpdir(), 'la-'))
      try {
        await using store = await openFileStore(folder)
        const place = { runtime: devnode, folder, firstPort: await freeBlock() }
        await using platform = await overRuntime(place, store, {
          driver: (driver) => losingDriver(driver, faults),
          ledger: (ledger) => losingLedger(ledger, faults),
        })
        for (const { kind, state, error } of await live(platform)) {
          assert.equal(state, 'succeeded', `${kind}: ${JSON.stringify(error)}`)
        }
        assert.equal(faults.strike(method, []), undefined, 'an answer was lost')
        assert.deepEqual(processesOf(folder), [])
      } finally {
        await killAll(processesOf(folder))
        rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
      }
    })
  }
})

/** Everything that is done to a network in its life; before its end the chain is read. @returns its operations */
async function live(platform: Drive): Promise<OperationRecord[]> {
  const { network, operation } = await platform.create(smallNetwork('demo', 1))
  const ended = [await platform.ended(operation)]
  const change = async (edit: Parameters<Drive['change']>[1], more?: { deleting: true }) =>
    void ended.push(await platform.ended(await platform.change(network.id, edit, more)))
  await change(deploy('assets', '1.0', await platform.keepPackage('assets', '1.0')))
  await change((spec) => {
    Object.assign(spec.channels[0]?.batch ?? {}, { maxMessages: 7 })
    addPeer('Org2', 'peer1')(spec)
  })
  await assertNothingTwice(platform, network.id)
  await change(() => {}, { deleting: true })
  return ended
}

async function assertNothingTwice(platform: Drive, networkId: string): Promise<void> {
  const session = await platform.worker().networks.session(networkId)
  const { height } = await session.chain('main')
  const acts: string[] = []
  for (let number = 1; number < height; number++) {
    const { transactions } = await session.block('main', number)
    acts.push(
      ...JSON.stringify(transactions)
        .matchAll(/"act":"(\w+)"/g)
        .map(([, act]) => act ?? ''),
    )
    if (JSON.stringify(transactions).includes('"kind":"config"')) acts.push('config')
  }
  assert.deepEqual(acts.sort(), ['approve', 'approve', 'commit', 'config'])
}
