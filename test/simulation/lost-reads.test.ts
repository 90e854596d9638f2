import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { isRetryable, NetworkSpec, PlatformError } from '@cello/model'
import {
  administrator,
  applyNetwork,
  type Context,
  followLogs,
  getBlock,
  getChainTransaction,
  getChannel,
  getHost,
  getNetwork,
  getNode,
  invokeContract,
  listBlocks,
  queryContract,
  readLogs,
  readStats,
} from '@cello/usecases'
import { addPeer, deploy } from './edits.ts'
import { openPlatform, type Platform, smallNetwork } from './platform.ts'

const call = { actor: administrator }
const network = 'demo'
const channel = 'main'
const node = 'Org1/peer0'
const get = { network, channel, contract: 'assets', function: 'get', args: ['a'], identity: 'admin' }

interface Question {
  /** Of the driver, or of the ledger. */
  readonly method: string
  readonly of: 'nodes' | 'ledgers'
  /** @param txId of a transaction that is in the channel */
  ask(context: Context, txId: string): Promise<unknown>
}

/** What people ask, by the method whose answer is lost: nothing is done by any of it. */
const questions: Readonly<Record<string, Question>> = {
  'the heights of a network': {
    method: 'observeHeight',
    of: 'ledgers',
    ask: (context) => getNetwork(context, call, network),
  },
  'the height of a node': {
    method: 'observeHeight',
    of: 'ledgers',
    ask: (context) => getNode(context, call, { network, node }),
  },
  'the heights of a channel': {
    method: 'observeHeight',
    of: 'ledgers',
    ask: (context) => getChannel(context, call, { network, channel }),
  },
  'the newest blocks, by the chain': {
    method: 'chain',
    of: 'ledgers',
    ask: (context) => listBlocks(context, call, { network, channel, page: { limit: 3 } }),
  },
  'the newest blocks, by one of them': {
    method: 'block',
    of: 'ledgers',
    ask: (context) => listBlocks(context, call, { network, channel, page: { limit: 3 } }),
  },
  'a block': {
    method: 'block',
    of: 'ledgers',
    ask: (context) => getBlock(context, call, { network, channel, number: 1 }),
  },
  'a transaction': {
    method: 'transaction',
    of: 'ledgers',
    ask: (context, txId) => getChainTransaction(context, call, { network, channel, txId }),
  },
  'a query': { method: 'query', of: 'ledgers', ask: (context) => queryContract(context, call, get) },
  'the log of a node': {
    method: 'logs',
    of: 'nodes',
    ask: (context) => readLogs(context, call, { network, node, tail: 5 }),
  },
  'the log of a node as it goes on': {
    method: 'logs',
    of: 'nodes',
    ask: async (context) => void (await followLogs(context, call, { network, node, tail: 5 })),
  },
  'the reading of a node': {
    method: 'stats',
    of: 'nodes',
    ask: async (context) => Object.keys(await readStats(context, call, { network, node })),
  },
}

async function deployed(platform: Platform) {
  const made = await platform.create(smallNetwork(network))
  await platform.ended(made.operation)
  const edit = deploy('assets', '1.0', await platform.keepPackage('assets', '1.0'))
  assert.equal((await platform.ended(await platform.change(made.network.id, edit))).state, 'succeeded')
  const { txId } = await invokeContract(platform.context(), call, { ...get, function: 'put', args: ['a', 'b'] })
  return { networkId: made.network.id, txId }
}

/** All that can be done to hosts and ledgers, and what was asked for. */
async function done(platform: Platform) {
  const operations = await platform.store.operations.list({ limit: 100 })
  return [await platform.nodes.journal(), await platform.ledgers.journal(), operations.items.map(({ id }) => id)]
}

/** A height that a node does not tell is that of the last look. */
function withoutHeights(answer: unknown): string {
  return JSON.stringify(answer ?? null, (key, value: unknown) => (key === 'height' ? 'some' : value))
}

/** Either the whole answer is given, or an error that says that it can be asked again: never that there is nothing. */
async function assertLost(asked: Promise<unknown>, whole: unknown) {
  const [answer] = await Promise.allSettled([asked])
  if (answer.status === 'fulfilled') assert.equal(withoutHeights(answer.value), withoutHeights(whole))
  else assert.ok(answer.reason instanceof PlatformError && isRetryable(answer.reason), String(answer.reason))
}

suite('a question whose answer is lost is asked again', () => {
  test('and its loss does nothing, and tells nobody that what it asks for is not there', async () => {
    await using platform = await openPlatform()
    const { txId } = await deployed(platform)
    const context = platform.context()
    const before = await done(platform)
    for (const [name, { method, of, ask }] of Object.entries(questions)) {
      const whole = await ask(context, txId)
      for (const when of ['before', 'after'] as const) {
        const asked = (await platform[of].calls())[method] ?? 0
        await platform[of].addFault({ method, when, times: 1 })
        await assertLost(ask(context, txId), whole)
        await platform[of].clearFaults()
        assert.ok(((await platform[of].calls())[method] ?? 0) > asked, `${name}: ${method} was asked`)
        assert.deepEqual(await ask(context, txId), whole, name)
      }
    }
    assert.deepEqual(await done(platform), before)
  })

  test('a host whose facts are lost does not answer, and is there', async () => {
    await using platform = await openPlatform()
    await platform.nodes.addFault({ method: 'facts', when: 'after', times: 1 })
    assert.deepEqual(
      [await getHost(platform.context(), call, 'local'), await getHost(platform.context(), call, 'local')].map(
        ({ state }) => state,
      ),
      ['unreachable', 'ready'],
    )
  })

  for (const method of ['facts', 'freePorts'] as const) {
    test(`an edit that could not ask for ${method} is refused whole, and is made once when it is sent again`, async () => {
      await using platform = await openPlatform()
      const { networkId } = await deployed(platform)
      const spec = structuredClone((await platform.store.networks.get(networkId))?.spec)
      assert.ok(spec)
      addPeer('Org1', 'peer1')(spec)
      const apply = () => applyNetwork(platform.context(), call, { network, spec: NetworkSpec.parse(spec) })
      const before = await done(platform)
      await platform.nodes.addFault({ method, when: 'after', times: 1 })
      await assert.rejects(apply(), (error) => error instanceof PlatformError && isRetryable(error))
      assert.deepEqual(await done(platform), before)
      assert.equal((await platform.ended((await apply()).id)).state, 'succeeded')
      assert.equal((await platform.nodes.inventory()).nodes.length, 8)
    })
  }
})
