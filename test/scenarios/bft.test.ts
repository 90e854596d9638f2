import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { fabric3 } from '../runtimes.ts'
import { type Cello, startCello } from './cello.ts'
import { killAll, processesOf } from './machine.ts'
import { change, contractOf, isSeen, nodeNamed, smallNetwork, succeeded, upload } from './wanted.ts'

const network = 'council'

suite('four orderers that tolerate one liar', { skip: fabric3.skip }, () => {
  let cello: Cello
  before(async () => {
    cello = await startCello({ runtime: fabric3 })
  })
  after(() => cello[Symbol.asyncDispose]())

  test('they order, and still do while one of them is dead, the leader too', async () => {
    const { organizations } = smallNetwork(network, fabric3)
    const orderers = ['orderer0', 'orderer1', 'orderer2', 'orderer3'].map((name) => ({ name }))
    // Fabric's defaults let a dead leader stall a channel for a minute.
    const consensus = {
      type: 'bft' as const,
      requestForwardTimeout: '1s',
      requestComplainTimeout: '3s',
      viewChangeTimeout: '5s',
      leaderHeartbeatTimeout: '3s',
    }
    const contracts = [{ name: 'smallest', package: await upload(cello, 'smallest') }]
    const body = {
      name: network,
      organizations: [{ name: 'Orderer', orderers }, ...organizations.slice(1)],
      channels: [{ name: 'main', consensus, contracts }],
    }
    await succeeded(cello, cello.client.networks.create({ body }))
    const contract = contractOf(cello, `${network}/main/smallest`)
    await contract.invoke('put', 'k', 'before')
    const { items } = await cello.client.nodes.list({ params: { network }, query: { limit: 100 } })
    const leader = items.find(({ channels }) => channels.some(({ leads }) => leads === true)) ?? items[0]
    await killAll(processesOf(cello.dataDir).filter(({ node }) => node === leader?.id))
    await contract.invoke('put', 'k', 'after')
    assert.equal(await contract.query('get', 'k'), 'after')
    await isSeen(cello, network, 'running')
  })

  test('three more join them, one after the other, and all seven cut batches as the document says', async () => {
    await change(cello, network, ({ organizations: [first], channels: [channel] }) => {
      first?.orderers.push(...['orderer4', 'orderer5', 'orderer6'].map(nodeNamed))
      Object.assign(channel?.batch ?? {}, { timeout: '300ms' })
    })
    const { consenters, batch } = await cello.client.channels.get({ params: { network, channel: 'main' } })
    assert.equal(consenters.length, 7)
    assert.equal(batch.timeout, '300ms')
    const { steps } = await cello.client.networks.plan({
      params: { network },
      body: (await cello.client.networks.get({ params: { network } })).spec,
    })
    assert.deepEqual(steps, [], 'what the orderers obey is what is wanted')
    await contractOf(cello, `${network}/main/smallest`).invoke('put', 'k', 'by seven')
  })
})
