import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { newId } from '@cello/kit'
import type { OperationRecord } from '@cello/ports'
import { administrator, type Call, createIdentity, invokeContract } from '@cello/usecases'
import { addOrderer, addPeer, deploy, removeOrderer } from './edits.ts'
import { openPlatform, type Platform, smallNetwork } from './platform.ts'

/** Methods that the life of a network calls, by whose world it is that loses the answer. */
const driverMethods = ['facts', 'ensure', 'stop', 'remove', 'observe', 'reach'] as const
const ledgerMethods = [
  'makeOrganization',
  'makeNodeIdentities',
  'makeGenesis',
  'packageContract',
  'observeOrderer',
  'observePeer',
  'observeHeight',
  'observeContractNode',
  'observeChannel',
  'observeContracts',
  'observeDiscovery',
  'joinOrderer',
  'leaveOrderer',
  'joinPeer',
  'updateChannel',
  'installPackage',
  'prepareApproval',
  'prepareCommit',
  'submit',
] as const

/**
 * Which calls a row of chances strikes depends on how steps that run side by side fall. Four at most: whose answer is lost at five
 * tries in a row has failed, and rightly says so.
 */
const oneInTen = { when: 'after', probability: 0.1, times: 4 } as const

/** Everything that is done to a network in its life. @returns its operations */
async function live(platform: Platform): Promise<OperationRecord[]> {
  const { network, operation } = await platform.create(smallNetwork('demo'))
  const ended = [await platform.ended(operation)]
  const change = async (edit: Parameters<Platform['change']>[1], more?: Parameters<Platform['change']>[2]) =>
    void ended.push(await platform.ended(await platform.change(network.id, edit, more)))
  await change(deploy('assets', '1.0', await platform.keepPackage('assets', '1.0')))
  await change(addPeer('Org2', 'peer1'))
  await change(addOrderer('Orderer', 'orderer3'))
  await change(removeOrderer('Orderer', 'orderer0'))
  await change(() => {}, { power: 'stopped' })
  await change(() => {}, { power: 'running' })
  await change(deploy('assets', '2.0', await platform.keepPackage('assets', '2.0')))
  await change(() => {}, { deleting: true })
  return ended
}

async function assertOnce(platform: Platform, operations: readonly OperationRecord[]) {
  for (const { kind, state, error } of operations) assert.equal(state, 'succeeded', `${kind}: ${JSON.stringify(error)}`)
  const created = (await platform.nodes.journal()).filter(({ kind }) => kind === 'create').map(({ id }) => id)
  assert.equal(new Set(created).size, created.length, 'no node was made twice')
  assert.equal((await platform.ledgers.chains()).length, 1, 'one genesis block was used')
  const effects = (await platform.ledgers.journal()).filter(({ status }) => status === 'VALID')
  assert.equal(effects.filter(({ purpose }) => purpose === '_lifecycle/approve').length, 4)
  assert.equal(effects.filter(({ purpose }) => purpose === '_lifecycle/commit').length, 2)
  const left = await platform.nodes.inventory()
  assert.deepEqual([left.nodes.length, left.volumes.length, Object.keys(left.ports).length], [0, 0, 0])
}

suite('an answer that is lost once is adopted, not repeated', { concurrency: 2 }, () => {
  for (const method of driverMethods) {
    test(`the driver's ${method}`, async () => {
      await using platform = await openPlatform()
      await platform.nodes.addFault({ method, when: 'after', times: 1 })
      await assertOnce(platform, await live(platform))
      assert.ok(((await platform.nodes.calls())[method] ?? 0) > 0, 'the method was called')
    })
  }
  for (const method of ledgerMethods) {
    test(`the ledger's ${method}`, async () => {
      await using platform = await openPlatform()
      await platform.ledgers.addFault({ method, when: 'after', times: 1 })
      await assertOnce(platform, await live(platform))
      assert.ok(((await platform.ledgers.calls())[method] ?? 0) > 0, 'the method was called')
    })
  }
  test('one call in ten of every method, by a fixed seed', async () => {
    await using platform = await openPlatform()
    await platform.nodes.clearFaults(7)
    await platform.ledgers.clearFaults(11)
    for (const method of driverMethods.filter((name) => name !== 'observe' && name !== 'facts')) {
      await platform.nodes.addFault({ method, ...oneInTen })
    }
    for (const method of ledgerMethods) await platform.ledgers.addFault({ method, ...oneInTen })
    await assertOnce(platform, await live(platform))
  })

  test('what a user asks for again, since its answer was lost, happens once', async () => {
    await using platform = await openPlatform()
    const { network, operation } = await platform.create(smallNetwork('demo'))
    await platform.ended(operation)
    const deployed = deploy('assets', '1.0', await platform.keepPackage('assets', '1.0'))
    await platform.ended(await platform.change(network.id, deployed))
    const target = { network: 'demo', channel: 'main', contract: 'assets', identity: 'admin' }
    const put = (call: Call) =>
      invokeContract(platform.context(), call, { ...target, function: 'put', args: ['a', 'b'] })
    const requests = { certificateRequest: 'for one key', tlsCertificateRequest: 'for another' }
    const enrol = (name: string) => (call: Call) =>
      createIdentity(platform.context(), call, {
        network: 'demo',
        organization: 'Org1',
        name,
        role: 'admin',
        ...requests,
      })
    const asked = { prepareInvoke: put, submit: put, makeUser: enrol('ann'), certifyTlsClient: enrol('bob') }
    for (const [method, ask] of Object.entries(asked)) {
      const call = { actor: administrator, commandId: newId() }
      await platform.ledgers.addFault({ method, when: 'after', times: 1 })
      await assert.rejects(ask(call), method)
      await ask(call)
    }
    const puts = (await platform.ledgers.journal()).filter(({ purpose }) => purpose === 'assets/put')
    assert.equal(puts.length, 2, 'one for each of the two that were asked for')
    const users = (await platform.store.identities.list(network.id)).map(({ subject }) => subject)
    const made = ['user/ann', 'user-tls/ann', 'user/bob', 'user-tls/bob']
    assert.deepEqual(users.filter((subject) => subject.startsWith('user')).sort(), made.sort())
  })
})
