/** The library's ordering clients, unchanged, on a devnode. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Log, memoryLedgers, readOrdererSettings, startOrderer as startInProcess } from '@cello/devnode'
import { FabricError, openConnection } from '@cello/fabric'
import * as config from '@cello/fabric/config'
import {
  configBlockFromOrderer,
  consensusOf,
  deliverFromOrderer,
  openParticipation,
  parseMetrics,
  submitToOrderers,
} from '@cello/fabric/ordering'
import { realFabric } from '@cello/fabric/testing/real-fabric'
import type { common } from '@hyperledger/fabric-protos'
import { message, seek, update } from './messages.ts'
import { channel, endpointOf, type Ordering, planOrdering, type RunningOrderer, startOrderer } from './ordering.ts'
import { takenUp } from './peers/streams.ts'
import { devnodeOrderer } from './program.ts'
import { askForBlocks } from './raw-clients.ts'

const hasCode = (code: string) => (error: unknown) => error instanceof FabricError && error.code === code

async function started(ordering: Ordering): Promise<RunningOrderer> {
  const running = await startOrderer(ordering, devnodeOrderer)
  await running.participation.join(ordering.genesis)
  return running
}

async function change(ordering: Ordering, { connection }: RunningOrderer, edit: (it: common.Config) => common.Config) {
  const block = await configBlockFromOrderer(connection, ordering.ordererAdmin, channel)
  const signers = [ordering.ordererAdmin, ordering.memberAdmin]
  const envelope = await update(block, edit, { signers, submitter: ordering.ordererAdmin })
  await submitToOrderers([connection], envelope.serializeBinary(), { channel })
}

test('blocks are cut by count, by bytes and by time', async () => {
  using ordering = await planOrdering({ batch: { maxMessageCount: 3, timeout: '1h' } })
  await using running = await started(ordering)
  const send = async (data: Uint8Array | string) =>
    submitToOrderers([running.connection], (await message(ordering.member, data)).serializeBinary(), { channel })
  for (const data of ['a', 'b', 'c', 'd', Buffer.alloc(30_000)]) await send(data)
  // By time last, in a block after that of the change: until then no time that passes may cut one.
  await change(ordering, running, (it) => config.setBatch(it, { timeout: '100ms' }))
  await send('e')
  const sizes: number[] = []
  for await (const block of deliverFromOrderer(running.connection, ordering.member, { channel, from: 1, to: 5 })) {
    sizes.push(block.getData()?.getDataList().length ?? 0)
  }
  assert.deepEqual(sizes, [3, 1, 1, 1, 1])
})

test('an update counts at once, is kept over a restart, and the channel can be left and joined again', async () => {
  using ordering = await planOrdering()
  {
    await using running = await started(ordering)
    await change(ordering, running, (it) => config.setBatch(it, { maxMessageCount: 33 }))
    await assert.rejects(
      change(ordering, running, (it) => config.setRaftOptions(it, { electionTick: 0 })),
      FabricError,
    )
    await running.participation.update(
      (
        await update(
          await configBlockFromOrderer(running.connection, ordering.ordererAdmin, channel),
          (it) => config.setBatch(it, { timeout: '70ms' }),
          { signers: [ordering.ordererAdmin], submitter: ordering.ordererAdmin },
        )
      ).serializeBinary(),
    )
  }
  await using running = await startOrderer(ordering, devnodeOrderer)
  const block = await configBlockFromOrderer(running.connection, ordering.ordererAdmin, channel)
  const { batch, sequence } = config.readChannelConfig(config.configFromBlock(block).config)
  assert.deepEqual([sequence, batch.maxMessageCount, batch.timeout], [2, 33, '70ms'])
  assert.deepEqual(await running.participation.block(channel, 'config'), block.serializeBinary())
  await running.participation.remove(channel)
  await assert.rejects(running.participation.show(channel), hasCode('NOT_FOUND'))
  assert.equal((await running.participation.join(block.serializeBinary())).status, 'onboarding')
  await running.participation.remove(channel)
  assert.equal((await running.participation.join(ordering.genesis)).height, 1)
})

test('more consenters and BFT are UNIMPLEMENTED', async () => {
  using ordering = await planOrdering()
  using other = await planOrdering()
  await using running = await startOrderer(ordering, devnodeOrderer)
  const { consensus } = ordering.spec.orderer
  assert.equal(consensus.type, 'etcdraft')
  const two = [...consensus.consenters, ...other.spec.orderer.consensus.consenters].map((it) => ({
    host: it.host,
    port: it.port,
    clientTlsCertificate: it.clientTlsCertificate,
    serverTlsCertificate: it.serverTlsCertificate,
  }))
  const many = config.genesisBlock({
    ...ordering.spec,
    orderer: { ...ordering.spec.orderer, consensus: { type: 'etcdraft', consenters: two } },
  })
  await assert.rejects(running.participation.join(many.serializeBinary()), /UNIMPLEMENTED.*2 consenters/)
  const bft = config.genesisBlock({
    ...ordering.spec,
    capabilities: { ...ordering.spec.capabilities, channel: ['V3_0'] },
    orderer: {
      ...ordering.spec.orderer,
      consensus: {
        type: 'BFT',
        consenters: two.map((it, index) => ({
          ...it,
          id: index + 1,
          mspId: 'OrdererMSP',
          identity: [ordering, other][index]?.ordererAdmin.certificate ?? '',
        })),
      },
    },
  })
  await assert.rejects(running.participation.join(bft.serializeBinary()), /UNIMPLEMENTED.*BFT/)
  await running.participation.join(ordering.genesis)
  const [added] = other.spec.orderer.consensus.consenters
  assert.ok(added && consensus.consenters[0])
  const more = {
    ...consensus.consenters[0],
    port: 9,
    clientTlsCertificate: added.clientTlsCertificate,
    serverTlsCertificate: added.serverTlsCertificate,
  }
  await assert.rejects(
    change(ordering, running, (it) => config.addRaftConsenter(it, more)),
    /UNIMPLEMENTED/,
  )
})

test('readers wait for blocks to come, and are let go when the channel is left', async () => {
  using ordering = await planOrdering()
  await using running = await started(ordering)
  const coming = askForBlocks(running.connection, await seek(ordering.member, { from: 'next', to: 1 }))
  const leaving = askForBlocks(running.connection, await seek(ordering.member, { from: 2, to: 900 }))
  const sent = await message(ordering.member, 'x')
  await submitToOrderers([running.connection], sent.serializeBinary(), { channel })
  assert.equal((await coming).status, 'SUCCESS')
  assert.deepEqual((await coming).blocks[0]?.getData()?.getDataList_asU8(), [sent.serializeBinary()])
  assert.equal((await leaving).status, 'NOT_FOUND', 'asked before block 1 was there')
  const waiting = askForBlocks(running.connection, await seek(ordering.member, { from: 2, to: 900 }))
  await takenUp(running.connection.client)
  await running.participation.remove(channel)
  assert.equal((await waiting).status, 'SERVICE_UNAVAILABLE')
})

test('under mutual TLS a request is bound to the client’s certificate', async () => {
  using ordering = await planOrdering({ mutualTls: true })
  await using running = await started(ordering)
  const blocks = deliverFromOrderer(running.connection, ordering.member, { channel, from: 0, to: 0 })
  assert.equal((await Array.fromAsync(blocks)).length, 1)
  const unbound = await seek(ordering.member, { from: 0, to: 0 })
  assert.equal((await askForBlocks(running.connection, unbound)).status, 'BAD_REQUEST')
  const { clientCertificate: _, clientKey: __, ...anonymous } = endpointOf(ordering, ordering.ports.service)
  const connection = openConnection(anonymous)
  await assert.rejects(askForBlocks(connection, unbound))
  connection.close()
})

test('operations tell health, version, level and the metrics that monitoring reads', async () => {
  using ordering = await planOrdering()
  await using running = await started(ordering)
  const at = (path: string, init?: RequestInit) => fetch(`${running.operations}${path}`, init)
  assert.match(await (await at('/healthz')).text(), /"status":"OK"/)
  assert.match(await (await at('/version')).text(), /devnode/)
  assert.equal((await at('/logspec', { method: 'PUT', body: '{"spec":"debug"}' })).status, 204)
  assert.deepEqual(await (await at('/logspec')).json(), { spec: 'debug' })
  assert.equal((await at('/logspec', { method: 'PUT', body: '{"spec":"loud"}' })).status, 400)
  assert.deepEqual(consensusOf(parseMetrics(await (await at('/metrics')).text()), channel), {
    protocol: 'etcdraft',
    isLeader: true,
    activeNodes: 1,
    clusterSize: 1,
    committedBlock: 0,
    leaderChanges: 1,
  })
})

test('two orderers in memory live in one process and leave nothing behind', async () => {
  using first = await planOrdering()
  using second = await planOrdering()
  const log = new Log(() => undefined)
  const start = (ordering: Ordering) => {
    const settings = readOrdererSettings({ folder: ordering.folder, yaml: '', env: ordering.env })
    return startInProcess({ settings, log, ledgers: memoryLedgers() })
  }
  await using _first = await start(first)
  await using _second = await start(second)
  for (const ordering of [first, second]) {
    await using participation = openParticipation(endpointOf(ordering, ordering.ports.admin))
    assert.equal((await participation.join(ordering.genesis)).status, 'active')
    assert.equal(existsSync(join(ordering.folder, 'ledger')), false)
  }
})

for (const version of ['3.1.5', '2.5.16']) {
  const fabric = realFabric(version, ['orderer'])
  test(`the orderer.yaml that Fabric ${version} ships starts it`, { skip: fabric.skip }, async () => {
    using ordering = await planOrdering({ shipped: fabric.config })
    await using running = await started(ordering)
    await using again = openParticipation(endpointOf(ordering, ordering.ports.admin))
    assert.deepEqual(await again.list(), [channel])
    assert.equal((await running.participation.show(channel)).height, 1)
  })
}
