import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mainChannel } from '@cello/ports/suites/ledger'
import {
  bareNetwork,
  callOf,
  type FakeNetwork,
  joinedNetwork,
  networkWithContract,
  orderers,
  read,
} from './fake-network.ts'

const effects = async ({ ledgers }: FakeNetwork) =>
  (await ledgers.journal()).map(({ kind, id, volume, txId, status }) => ({ kind, id, volume, txId, status }))

const leaders = async ({ network, session }: FakeNetwork) => {
  const seen = await Promise.all(orderers.map((ref) => session.observeOrderer(network.idOf(ref))))
  return seen.filter(({ channels }) => channels.some(({ leads }) => leads === true)).length
}

test('a genesis block made twice splits the channel, and nobody leads', async () => {
  const fake = await bareNetwork()
  const { network, session, ledgers } = fake
  for (const ref of orderers) {
    await network.start(ref)
    const another = await network.world.ledger.makeGenesis(mainChannel(network), network.view)
    await session.joinOrderer(network.idOf(ref), 'main', another)
  }
  assert.equal(await leaders(fake), 0)
  assert.equal((await ledgers.chains()).length, 3)
})

test('each method that changes something can lose its answer, and its repetition has no effect', async () => {
  const fake = await networkWithContract()
  const { network, session, ledgers, genesis } = fake
  const slower = { ...mainChannel(network), batch: { ...mainChannel(network).batch, maxMessages: 77 } }
  await network.addNode('orderer', 'Orderer', 'orderer3')
  await network.addNode('peer', 'Org1', 'peer1')
  for (const ref of ['Orderer/orderer3', 'Org1/peer1']) await network.start(ref)
  const peer = network.idOf('Org1/peer1')
  const built = await network.world.ledger.packageContract({ label: 'other_1', address: 'a:1' })
  const prepared = await session.prepareInvoke(callOf(fake, 'put', 'k', 'v'))
  const acts: Record<string, () => Promise<unknown>> = {
    joinOrderer: () => session.joinOrderer(network.idOf('Orderer/orderer3'), 'main', genesis),
    leaveOrderer: () => session.leaveOrderer(network.idOf('Orderer/orderer3'), 'main'),
    joinPeer: () => session.joinPeer(peer, 'main', genesis),
    installPackage: () => session.installPackage(peer, built),
    updateChannel: () => session.updateChannel(slower),
    submit: () => session.submit(prepared),
  }
  for (const [method, act] of Object.entries(acts)) {
    const before = (await effects(fake)).length
    await ledgers.addFault({ method, when: 'before' })
    await assert.rejects(act, { code: 'NODE_UNREACHABLE' }, method)
    assert.equal((await effects(fake)).length, before, method)
    await ledgers.addFault({ method, when: 'after' })
    await assert.rejects(act, { code: 'LEDGER_BUSY' }, method)
    assert.equal((await effects(fake)).length, before + 1, method)
    await act()
    assert.equal((await effects(fake)).length, before + 1, method)
    assert.ok(((await ledgers.calls())[method] ?? 0) >= 3, method)
  }
})

test('an envelope that is ordered twice counts once, and the copy is a duplicate in the chain', async () => {
  const fake = await networkWithContract()
  const prepared = await fake.session.prepareInvoke(callOf(fake, 'add', 'n', '1'))
  const [first, second] = await Promise.all([fake.session.submit(prepared), fake.session.submit(prepared)])
  assert.deepEqual(first, second)
  assert.equal(await read(fake, 'n'), '1')
  const [chain] = await fake.ledgers.chains()
  const copies = chain?.transactions.filter(({ txId }) => txId === prepared.txId).map(({ status }) => status)
  assert.deepEqual(copies, ['VALID', 'DUPLICATE_TXID'])
})

test('two proposals for one intent are two transactions, as a counter shows', async () => {
  const fake = await networkWithContract()
  for (let time = 0; time < 2; time += 1) {
    await fake.session.submit(await fake.session.prepareInvoke(callOf(fake, 'add', 'n', '1')))
  }
  assert.equal(await read(fake, 'n'), '2')
})

test('of two that read the same version the later one is invalid', async () => {
  const fake = await networkWithContract()
  const prepared = [
    await fake.session.prepareInvoke(callOf(fake, 'add', 'n', '1')),
    await fake.session.prepareInvoke(callOf(fake, 'add', 'n', '1')),
  ]
  const statuses = []
  for (const transaction of prepared) statuses.push((await fake.session.submit(transaction)).status)
  assert.deepEqual(statuses, ['VALID', 'MVCC_READ_CONFLICT'])
})

test('an orderer that lost its data gets it back from the others, and when all lost it nobody leads', async () => {
  const fake = await joinedNetwork()
  const { network, session, genesis, nodes } = fake
  await session.updateChannel({ ...mainChannel(network), batch: { ...mainChannel(network).batch, maxMessages: 7 } })
  const renew = async (ref: string) => {
    await nodes.remove({ host: 'ledgers', nodeId: network.idOf(ref), fence: 1 })
    await network.start(ref)
    await session.joinOrderer(network.idOf(ref), 'main', genesis)
  }
  await renew('Orderer/orderer0')
  const [seen] = (await session.observeOrderer(network.idOf('Orderer/orderer0'))).channels
  assert.deepEqual([seen?.height, seen?.status], [2, 'active'])
  assert.equal(await leaders(fake), 1)
  for (const ref of orderers) await network.stop(ref)
  for (const ref of orderers) await renew(ref)
  assert.equal(await leaders(fake), 0)
  await assert.rejects(session.updateChannel(mainChannel(network)), { code: 'NO_LEADER' })
})

test('of the consenters one changes at a time, and none at the price of the quorum', async () => {
  const { network, session } = await joinedNetwork()
  const channel = mainChannel(network)
  const [first, second] = [
    await network.addNode('orderer', 'Orderer', 'orderer3'),
    await network.addNode('orderer', 'Orderer', 'orderer4'),
  ]
  const plus = (...ids: string[]) => ({ ...channel, consenters: [...channel.consenters, ...ids] })
  await assert.rejects(session.updateChannel(plus(first.record.id, second.record.id)), { code: 'LEDGER_REFUSED' })
  await network.stop('Orderer/orderer2')
  await assert.rejects(session.updateChannel(plus(first.record.id)), { code: 'QUORUM_AT_RISK' })
  await network.start('Orderer/orderer2')
  await session.updateChannel(plus(first.record.id))
  assert.equal((await session.observeChannel('main')).consenters.length, 4)
})

test('a contract with initRequired takes the init call first, once for each version', async () => {
  const fake = await networkWithContract({ initRequired: true })
  const { session } = fake
  await assert.rejects(session.prepareInvoke(callOf(fake, 'put', 'k', 'v')), { code: 'CONTRACT_ERROR' })
  await session.submit(await session.prepareInvoke({ ...callOf(fake, 'put', 'k', 'v'), init: true }))
  assert.equal(await read(fake, 'k'), 'v')
  const again = session.prepareInvoke({ ...callOf(fake, 'put', 'k', 'v'), init: true })
  await assert.rejects(again, { code: 'CONTRACT_ERROR' })
})

test('the endorsement policy says whose contracts must answer', async () => {
  const both = await networkWithContract()
  await both.network.stop('Org2/basic')
  await assert.rejects(both.session.prepareInvoke(callOf(both, 'put', 'k', 'v')), { code: 'NODE_NOT_READY' })
  const either = await networkWithContract({ policy: "OR('Org1MSP.peer', 'Org2MSP.peer')" })
  await either.network.stop('Org2/basic')
  await either.session.submit(await either.session.prepareInvoke(callOf(either, 'put', 'k', 'v')))
  assert.equal(await read(either, 'k'), 'v')
})

test('a certificate of a second making does not fit the key of the first', async () => {
  const { network, session, genesis } = await joinedNetwork()
  await network.world.ledger.makeOrganization(network.organization('Org1')).then((made) => network.keep('Org1', made))
  await assert.rejects(session.joinPeer(network.idOf('Org1/peer0'), 'main', genesis), { code: 'LEDGER_REFUSED' })
})

test('faults by chance are the same for the same seed', async () => {
  const struck = async (seed: number) => {
    const { ledgers, network, session } = await joinedNetwork()
    await ledgers.clearFaults(seed)
    await ledgers.addFault({ method: 'observePeer', when: 'before', probability: 0.5 })
    const looks = Array.from({ length: 30 }, () =>
      session.observePeer(network.idOf('Org1/peer0')).then(
        () => 1,
        () => 0,
      ),
    )
    return (await Promise.all(looks)).join('')
  }
  assert.equal(await struck(7), await struck(7))
  assert.notEqual(await struck(7), await struck(8))
})

test('a call that hangs ends with its signal', async () => {
  const { ledgers, network, session } = await joinedNetwork()
  await ledgers.addFault({ method: 'observePeer', when: 'hang' })
  const look = session.observePeer(network.idOf('Org1/peer0'), { signal: AbortSignal.timeout(20) })
  await assert.rejects(look, { name: 'TimeoutError' })
})
