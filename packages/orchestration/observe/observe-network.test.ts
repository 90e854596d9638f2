import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '@cello/kit/testing/manual-clock'
import { NetworkSpec, type NodeKind, type ObservedNetwork } from '@cello/model'
import type { Driver, LedgerSession, ObservedNode } from '@cello/ports'
import type { NetworkContext } from '../network-context.ts'
import { HostSnapshots } from './host-snapshots.ts'
import { observeNetwork } from './observe-network.ts'
import { nodeRows, nodesOnHost } from './testing/seen-nodes.ts'

const kinds: Readonly<Record<string, NodeKind>> = {
  orderer0: 'orderer',
  peer0: 'peer',
  peer1: 'peer',
  assets: 'contract',
}

const definition = {
  channel: 'trade',
  name: 'assets',
  version: '1.0',
  sequence: 1,
  initRequired: false,
  collections: [],
}
const config = { sequence: 0, members: ['Org1'] } as unknown as NonNullable<
  ObservedNetwork['channels'][string]['config']
>

/** A network whose nodes all have two blocks and whose contract is committed; `asked` is what its nodes were asked. */
function world() {
  const clock = new ManualClock()
  const nodes = nodesOnHost(kinds)
  const asked: string[] = []
  const heights = new Map<string, number | undefined>(Object.keys(kinds).map((id) => [id, 2]))
  const session: Partial<LedgerSession> = {
    async observeOrderer(id) {
      asked.push(`orderer ${id}`)
      const state = { height: 2, status: 'active', relation: 'consenter', leads: true } as const
      return { ready: true, channels: [{ name: 'trade', ...state }] }
    },
    async observePeer(id) {
      asked.push(`peer ${id}`)
      return { ready: true, channels: [{ name: 'trade', height: 2 }], packages: ['assets:1'] }
    },
    async observeHeight(id, channel) {
      asked.push(`height ${id} ${channel}`)
      const height = heights.get(id)
      if (height === 0) throw new Error('silence')
      return height
    },
    async observeContractNode(id) {
      asked.push(`contract node ${id}`)
      return { ready: true }
    },
    async observeChannel(name) {
      asked.push(`channel ${name}`)
      return { name, height: 2, ...config }
    },
    async observeContracts(name) {
      asked.push(`contracts ${name}`)
      return [{ name: 'assets', committed: definition, approvals: [] }]
    },
    async observeDiscovery(name) {
      asked.push(`discovery ${name}`)
      return new Map(['peer0', 'peer1'].map((id) => [id, ['peer0', 'peer1']]))
    },
  }
  const hosts = new HostSnapshots(clock, () => ({ observe: async () => [...nodes.values()] }) as unknown as Driver)
  const network = {
    shared: { clock, store: { identities: { list: async () => [] }, artifacts: { names: async () => ['trade'] } } },
    record,
    wanted: record,
    session,
    specDigest: async () => 'd',
  } as unknown as NetworkContext
  const look = async (earlier?: ObservedNetwork) => {
    await clock.advance(1)
    return { ...(await observeNetwork(network, hosts, earlier)), at: 0 }
  }
  return { nodes, heights, asked, look }
}

const record = {
  id: 'network',
  spec: NetworkSpec.parse({
    name: 'demo',
    organizations: [{ name: 'Org1', orderers: [{ name: 'orderer0' }], peers: [{ name: 'peer0' }, { name: 'peer1' }] }],
    channels: [{ name: 'trade' }],
  }),
  nodes: nodeRows(kinds),
}

/** All that a whole look asks. */
const all = [
  'channel trade',
  'contract node assets',
  'contracts trade',
  'discovery trade',
  'orderer orderer0',
  'peer peer0',
  'peer peer1',
]

test('after a whole look, one that follows contracts’ transactions asks for what these change, and has the rest', async () => {
  const { heights, asked, look } = world()
  const whole = await look()
  assert.deepEqual(asked.toSorted(), all)
  asked.length = 0
  for (const id of heights.keys()) heights.set(id, 4)
  const again = await look(whole)
  assert.deepEqual(asked.toSorted(), [
    'contract node assets',
    'contracts trade',
    'height orderer0 trade',
    'height peer0 trade',
    'height peer1 trade',
  ])
  const { orderers, peers, ...trade } = whole.channels['trade'] ?? assert.fail('no channel was seen')
  const at = { height: 4 }
  assert.deepEqual(again, {
    ...whole,
    channels: {
      trade: {
        ...trade,
        orderers: { orderer0: { ...orderers['orderer0'], ...at } },
        peers: { peer0: { ...peers['peer0'], ...at }, peer1: { ...peers['peer1'], ...at } },
      },
    },
  })
})

test('where a process is no longer the one that was seen, all is asked again', async () => {
  const { nodes, asked, look } = world()
  const whole = await look()
  const changes: Partial<ObservedNode>[] = [{ startedAt: 8 }, { incarnation: 2 }]
  for (const change of changes) {
    const peer = nodes.get('peer1') ?? assert.fail('no peer')
    nodes.set('peer1', { ...peer, ...change })
    asked.length = 0
    await look(whole)
    assert.deepEqual(asked.toSorted(), all)
    nodes.set('peer1', peer)
  }
  nodes.delete('peer1')
  asked.length = 0
  const { channels } = await look(whole)
  assert.ok(!asked.some((question) => question.startsWith('height')))
  assert.equal(channels['trade']?.discovered, false)
})

test('a node that answered then and does not now is not healthy', async () => {
  const { heights, look } = world()
  const whole = await look()
  heights.set('orderer0', 0)
  const { nodes, channels } = await look(whole)
  assert.deepEqual([nodes['orderer0']?.state, nodes['orderer0']?.reason], ['unhealthy', 'silence'])
  assert.deepEqual(channels['trade']?.orderers, {})
})

test('a peer that had the channel then and has it no longer is looked at whole', async () => {
  const { heights, asked, look } = world()
  const whole = await look()
  asked.length = 0
  heights.set('peer0', undefined)
  await look(whole)
  assert.ok(asked.includes('peer peer0') && !asked.includes('peer peer1'))
})
