import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { poll } from '@cello/kit'
import { devnode, fabric3, type TestRuntime } from '../runtimes.ts'
import { type Cello, startCello } from './cello.ts'
import { freePorts, processesOf } from './machine.ts'
import { change, contractOf, nodeNamed, smallNetwork, steps, succeeded, upload } from './wanted.ts'

const network = 'harbour'
const params = { network }

for (const runtime of [fabric3, devnode]) {
  suite(`the life of a network of ${runtime.name}`, { skip: runtime.skip }, () => lifeOf(runtime))
}

function lifeOf(runtime: TestRuntime): void {
  let cello: Cello
  let assets: ReturnType<typeof contractOf>
  before(async () => {
    cello = await startCello({ runtime })
    assets = contractOf(cello, `${network}/main/assets`)
  })
  after(() => cello[Symbol.asyncDispose]())

  const nodes = async () => (await cello.client.nodes.list({ params, query: { limit: 100 } })).items
  const refs = async () => (await nodes()).filter(({ kind }) => kind !== 'contract').map(({ ref }) => ref)
  const nodeOf = (node: string) => cello.client.nodes.get({ params: { network, node } })
  const channelOf = (channel: string) => cello.client.channels.get({ params: { network, channel } })

  test('a document becomes a running network', async () => {
    const operation = await succeeded(cello, cello.client.networks.create({ body: smallNetwork(network, runtime) }))
    assert.equal(steps(operation, 'ensure-node'), runtime.orderers.length + 2)
    const seen = await cello.client.networks.get({ params })
    assert.equal(seen.state, 'running', seen.reason)
    assert.deepEqual(seen.runtime, { kind: runtime.kind, version: runtime.version })
    const orderers = runtime.orderers.map((name) => `Orderer/${name}`)
    assert.deepEqual(await refs(), [...orderers, 'Org1/peer0', 'Org2/peer0'])
    const look = async () => (await channelOf('main')).problems.length === 0 || undefined
    assert.ok(await poll(look, { timeoutMs: 120_000, everyMs: 100 }), (await channelOf('main')).problems.join())
  })

  test('its own document applied again calls for nothing', async () => {
    const { spec } = await cello.client.networks.get({ params })
    const { steps: left, notes } = await cello.client.networks.plan({ params, body: spec })
    assert.deepEqual([left, notes], [[], []])
  })

  test('a contract is uploaded as source, deployed, called, and tells its history', async () => {
    const digest = await upload(cello, 'assets')
    const operation = await succeeded(
      cello,
      cello.client.contracts.deploy({
        params: { ...params, channel: 'main' },
        body: { name: 'assets', package: digest },
      }),
    )
    assert.deepEqual(
      ['install-package', 'approve-contract', 'commit-contract', 'ensure-node'].map((kind) => steps(operation, kind)),
      [2, 2, 1, 2],
    )
    const made = await assets.invoke('create', 'boat', 'a rowing boat', '300', 'Ada')
    assert.equal(made.state, 'valid')
    await assets.invoke('transfer', 'boat', 'Grace', 'Org2MSP')
    assert.equal(JSON.parse(await assets.query('read', 'boat')).owner, 'Grace')
    assert.equal(JSON.parse(await assets.query('history', 'boat')).length, 2)
    const wrong = assets.invoke('transfer', 'boat', 'Mallory', 'Org1MSP')
    await assert.rejects(wrong, { code: 'CONTRACT_ERROR' })
    const { content } = await cello.client.channels.transaction({
      params: { ...params, channel: 'main', txId: made.txId },
    })
    assert.match(JSON.stringify(content), /AssetCreated/)
  })

  test('a peer is added, has the contract, and answers alone while the other one is stopped', async () => {
    const operation = await change(cello, network, ({ organizations }) =>
      organizations[1]?.peers.push(nodeNamed('peer1')),
    )
    assert.equal(steps(operation, 'join-peer'), 1)
    assert.equal(steps(operation, 'install-package'), 1)
    await succeeded(cello, cello.client.nodes.stop({ params: { network, node: 'Org1/peer0' } }))
    assert.equal((await nodeOf('Org1/peer0')).state, 'stopped')
    assert.equal(JSON.parse(await assets.query('read', 'boat')).owner, 'Grace')
    await assets.invoke('create', 'oar', 'one of two', '5', 'Ada')
    await succeeded(cello, cello.client.nodes.start({ params: { network, node: 'Org1/peer0' } }))
    assert.equal((await nodeOf('Org1/peer0')).state, 'running')
  })

  const ordersAlone = runtime.orderers.length === 1
  const alone = ordersAlone ? 'its orderer orders alone' : false
  const notAlone = ordersAlone ? false : 'its orderers are several'

  test('another orderer is refused where one orders alone', { skip: notAlone }, async () => {
    const grown = change(cello, network, ({ organizations }) => organizations[0]?.orderers.push(nodeNamed('orderer1')))
    await assert.rejects(grown, { code: 'UNSUPPORTED' })
  })

  test('an orderer is added and becomes a consenter', { skip: alone }, async () => {
    await change(cello, network, ({ organizations }) => organizations[0]?.orderers.push(nodeNamed('orderer3')))
    const { consenters } = await channelOf('main')
    assert.deepEqual(consenters.map(({ node, status }) => `${node} ${status}`).sort(), [
      'Orderer/orderer0 active',
      'Orderer/orderer1 active',
      'Orderer/orderer2 active',
      'Orderer/orderer3 active',
    ])
  })

  test('new batch settings are in the configuration of the channel', async () => {
    const before = await channelOf('main')
    await change(cello, network, ({ channels }) =>
      Object.assign(channels[0]?.batch ?? {}, { timeout: '100ms', maxMessages: 7 }),
    )
    const after = await channelOf('main')
    assert.deepEqual([after.batch.timeout, after.batch.maxMessages], ['100ms', 7])
    assert.equal(after.configSequence, (before.configSequence ?? 0) + 1)
  })

  test('a second channel and a second contract come in one document', async () => {
    const smallest = { name: 'smallest', version: '1.0', package: await upload(cello, 'smallest') }
    await change(cello, network, (spec) => {
      Object.assign(spec.channels[0] ?? {}, { contracts: [...(spec.channels[0]?.contracts ?? []), smallest] })
      Object.assign(spec, { channels: [...spec.channels, { name: 'second', contracts: [smallest] }] })
    })
    for (const channel of ['main', 'second']) {
      const contract = contractOf(cello, `${network}/${channel}/smallest`, 'Org2')
      await contract.invoke('put', 'where', channel)
      assert.equal(await contract.query('get', 'where'), channel)
    }
    assert.equal((await channelOf('second')).consenters.length, ordersAlone ? 1 : 4)
  })

  test('an upgrade raises the sequence, keeps what was written, and leaves no node of the version before', async () => {
    const target = { ...params, channel: 'main', contract: 'assets' }
    const { spec } = await cello.client.contracts.get({ params: target })
    await succeeded(cello, cello.client.contracts.upgrade({ params: target, body: { ...spec, version: '2.0' } }))
    const upgraded = await cello.client.contracts.get({ params: target })
    assert.deepEqual([upgraded.state, upgraded.version, upgraded.sequence], ['committed', '2.0', 2])
    assert.equal(JSON.parse(await assets.query('read', 'boat')).owner, 'Grace')
    const other = await upload(cello, 'smallest')
    await succeeded(
      cello,
      cello.client.contracts.upgrade({ params: target, body: { ...spec, version: '3.0', package: other } }),
    )
    await contractOf(cello, `${network}/main/assets`).invoke('put', 'k', 'v')
    const running = (await nodes()).filter(({ contract }) => contract?.channel === 'main' && contract.name === 'assets')
    assert.deepEqual(running.map(({ ref }) => ref).sort(), [
      `Org1/main-assets-${other.slice(0, 8)}`,
      `Org2/main-assets-${other.slice(0, 8)}`,
    ])
    const { spec: same } = await cello.client.networks.get({ params })
    assert.deepEqual((await cello.client.networks.plan({ params, body: same })).steps, [])
  })

  test('one node is restarted, then all of them, and the network is whole after both', async () => {
    const before = await nodeOf('Org2/peer0')
    await succeeded(cello, cello.client.nodes.restart({ params: { network, node: 'Org2/peer0' } }))
    assert.notEqual((await nodeOf('Org2/peer0')).startedAt, before.startedAt)
    const pids = processesOf(cello.dataDir).map(({ pid }) => pid)
    await succeeded(cello, cello.client.networks.restart({ params }))
    assert.ok(
      processesOf(cello.dataDir).every(({ pid }) => !pids.includes(pid)),
      'every process is a new one',
    )
    await contractOf(cello, `${network}/second/smallest`).invoke('put', 'after', 'restart')
  })

  test('a network is stopped, nothing of it runs, and it starts again with what it had', async () => {
    await succeeded(cello, cello.client.networks.stop({ params }))
    assert.deepEqual(processesOf(cello.dataDir), [])
    assert.equal((await cello.client.networks.get({ params })).state, 'stopped')
    await succeeded(cello, cello.client.networks.start({ params }))
    assert.equal(await contractOf(cello, `${network}/second/smallest`).query('get', 'after'), 'restart')
  })

  test('a peer is deleted and its folder, process, ports and row are gone', async () => {
    const { id, ports } = await nodeOf('Org1/peer1')
    await succeeded(cello, cello.client.nodes.delete({ params: { network, node: 'Org1/peer1' } }))
    await assert.rejects(nodeOf('Org1/peer1'), { code: 'NOT_FOUND' })
    assert.deepEqual(
      processesOf(cello.dataDir).filter(({ node }) => node === id),
      [],
    )
    assert.equal(existsSync(join(cello.dataDir, 'nodes', id)), false)
    assert.deepEqual(await freePorts(Object.values(ports)), Object.values(ports))
  })

  test('a deleted network leaves no process, no port, no file and no row', async () => {
    const ports = (await nodes()).flatMap((node) => Object.values(node.ports))
    await succeeded(cello, cello.client.networks.delete({ params }))
    assert.deepEqual(processesOf(cello.dataDir), [])
    assert.deepEqual(await freePorts(ports), ports)
    const left = readdirSync(join(cello.dataDir, 'nodes')).filter((name) => name !== '.launcher')
    assert.deepEqual(left, [])
    await assert.rejects(cello.client.networks.get({ params }), { code: 'NOT_FOUND' })
    const gone = await poll(
      async () => readdirSync(join(cello.dataDir, 'builds')).every((name) => name === 'npm') || undefined,
      { timeoutMs: 60_000 },
    )
    assert.ok(gone, 'builds are cleared')
  })
}
