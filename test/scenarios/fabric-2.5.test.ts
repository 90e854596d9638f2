import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { fabric25 } from '../runtimes.ts'
import { type Cello, startCello } from './cello.ts'
import { processesOf } from './machine.ts'
import { change, contractOf, nodeNamed, smallNetwork, succeeded, upload } from './wanted.ts'

const network = 'pier'
const params = { network }

suite('the life of a network of Fabric 2.5', { skip: fabric25.skip }, () => {
  let cello: Cello
  let digest: string
  before(async () => {
    cello = await startCello({ runtime: fabric25 })
    digest = await upload(cello, 'smallest')
  })
  after(() => cello[Symbol.asyncDispose]())
  const contract = () => contractOf(cello, `${network}/main/smallest`)

  test('it is created with a contract, which is called', async () => {
    const channels = [{ name: 'main', contracts: [{ name: 'smallest', package: digest }] }]
    await succeeded(cello, cello.client.networks.create({ body: smallNetwork(network, fabric25, { channels }) }))
    assert.equal((await cello.client.networks.get({ params })).runtime.version, '2.5.16')
    await contract().invoke('put', 'a', '1')
    assert.equal(await contract().query('get', 'a'), '1')
  })

  test('a peer is added and new batch settings are taken', async () => {
    await change(cello, network, ({ organizations }) => organizations[2]?.peers.push(nodeNamed('peer1')))
    await change(cello, network, ({ channels }) => Object.assign(channels[0]?.batch ?? {}, { timeout: '100ms' }))
    const { batch, peers } = await cello.client.channels.get({ params: { network, channel: 'main' } })
    assert.equal(batch.timeout, '100ms')
    assert.equal(peers.length, 3)
  })

  test('it is restarted and deleted', async () => {
    await succeeded(cello, cello.client.networks.restart({ params }))
    assert.equal(await contract().query('get', 'a'), '1')
    await succeeded(cello, cello.client.networks.delete({ params }))
    assert.deepEqual(processesOf(cello.dataDir), [])
  })
})
