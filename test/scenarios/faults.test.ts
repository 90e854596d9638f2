import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { poll } from '@cello/kit'
import { devnode, fabric3, fabric25, type TestRuntime } from '../runtimes.ts'
import { type Cello, startCello } from './cello.ts'
import { killAll, nodeProcess, processesOf } from './machine.ts'
import { contractOf, isSeen, smallNetwork, succeeded, tinyNetwork, upload } from './wanted.ts'

const network = 'storm'
const params = { network }

for (const runtime of [fabric3, devnode]) {
  suite(`a network of ${runtime.name} that is hit by what happens to machines`, { skip: runtime.skip }, () =>
    hit(runtime),
  )
}

function hit(runtime: TestRuntime): void {
  let cello: Cello
  let contract: ReturnType<typeof contractOf>
  before(async () => {
    cello = await startCello({ runtime })
    contract = contractOf(cello, `${network}/main/smallest`)
    const contracts = [{ name: 'smallest', package: await upload(cello, 'smallest') }]
    const body = smallNetwork(network, runtime, { channels: [{ name: 'main', contracts }] })
    await succeeded(cello, cello.client.networks.create({ body }))
  })
  after(() => cello[Symbol.asyncDispose]())

  const nodes = async () => (await cello.client.nodes.list({ params, query: { limit: 100 } })).items
  const repaired = async (since: number) => {
    const done = await poll(
      async () => {
        const { items } = await cello.client.operations.list({ query: { network } })
        const found = items.find(({ kind, createdAt }) => kind === 'repair-network' && Date.parse(createdAt) >= since)
        return found?.state === 'succeeded' ? found : undefined
      },
      { timeoutMs: 120_000, everyMs: 100 },
    )
    assert.ok(done, 'a repair was seen and succeeded')
  }

  test('a peer that is killed by hand comes back, and the repair is told', async () => {
    const since = Date.now()
    const peer = (await nodes()).find(({ ref }) => ref === 'Org1/peer0')
    const process = nodeProcess(cello.dataDir, peer?.id ?? '')
    assert.ok(process)
    await killAll([process])
    await repaired(since)
    const back = nodeProcess(cello.dataDir, peer?.id ?? '')
    assert.ok(back && back.pid !== process.pid)
    await contract.invoke('put', 'peer', 'back')
  })

  test('the leading orderer is killed under load, and no acknowledged transaction is lost', async () => {
    const acknowledged: string[] = []
    let failures = 0
    const over = new AbortController()
    const load = async (writer: number) => {
      for (let turn = 0; !over.signal.aborted; turn++) {
        const key = `${writer}-${turn}`
        // What was not acknowledged may have happened or not.
        await contract.invoke('put', key, key).then(
          () => acknowledged.push(key),
          () => failures++,
        )
      }
    }
    const acknowledges = async (count: number) => {
      const before = acknowledged.length
      const enough = async () => acknowledged.length >= before + count || undefined
      assert.ok(await poll(enough, { timeoutMs: 120_000 }), `${before} were acknowledged, ${failures} failed`)
    }
    const kill = async () => {
      await acknowledges(4)
      const leader = await poll(
        async () => (await nodes()).find(({ channels }) => channels.some(({ leads }) => leads === true)),
        { timeoutMs: 120_000, everyMs: 100 },
      )
      assert.ok(leader, 'a leader is seen')
      const since = Date.now()
      await killAll(processesOf(cello.dataDir).filter(({ node }) => node === leader.id))
      await repaired(since)
      await acknowledges(1)
    }
    await Promise.all([load(1), load(2), kill().finally(() => over.abort())])
    for (const key of acknowledged) assert.equal(await contract.query('get', key), key)
    const { items } = await cello.client.transactions.list({ params, query: { limit: 100 } })
    assert.equal(new Set(items.map(({ txId }) => txId)).size, items.length)
  })

  test('a server that was away for a while finds its network as it left it', async () => {
    const before = processesOf(cello.dataDir).map(({ pid }) => pid)
    await cello.kill()
    await cello.start()
    await isSeen(cello, network, 'running')
    assert.deepEqual(
      processesOf(cello.dataDir).map(({ pid }) => pid),
      before,
      'no process was touched',
    )
    await contract.invoke('put', 'server', 'back')
  })

  test('a server that is killed while it creates a network completes it at its next start', async () => {
    for (const [name, afterMs] of [
      ['early', 150],
      ['late', 1_500],
    ] as const) {
      await cello.client.networks.create({ body: tinyNetwork(name) })
      await new Promise((resolve) => setTimeout(resolve, afterMs))
      await cello.kill()
      await cello.start()
      await isSeen(cello, name, 'running')
      const { items } = await cello.client.operations.list({ query: { network: name } })
      assert.deepEqual(
        items.map(({ kind, state }) => `${kind} ${state}`),
        ['create-network succeeded'],
      )
      await succeeded(cello, cello.client.networks.delete({ params: { network: name } }))
    }
  })

  test('a PATH with another Fabric changes nothing of a network that runs', async () => {
    await cello.stop()
    await cello.start({ ...fabric25.env, PATH: '/usr/bin:/bin' })
    await succeeded(cello, cello.client.networks.restart({ params }))
    assert.equal((await cello.client.networks.get({ params })).runtime.version, runtime.version)
    assert.ok(processesOf(cello.dataDir).every(({ program }) => !program.includes('.cache')))
    assert.equal(await contract.query('get', 'server'), 'back')
  })

  test('after a reboot, with no process left, everything comes up again', async () => {
    await cello.kill()
    await killAll(processesOf(cello.dataDir))
    await cello.start()
    await isSeen(cello, network, 'running')
    await contract.invoke('put', 'boot', 'ed')
    assert.equal(await contract.query('get', 'peer'), 'back')
  })
}
