import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '@cello/kit/testing/manual-clock'
import { NetworkSpec, type NodeKind, type ObservedNetwork } from '@cello/model'
import type { Driver, LedgerSession, NetworkRecord, ObservedNode } from '@cello/ports'
import { HostSnapshots } from './host-snapshots.ts'
import { Stillness } from './stillness.ts'
import { nodeRows, nodesOnHost } from './testing/seen-nodes.ts'

/** Longer than a list of a host's nodes is shared, far shorter than an hour. */
const aMomentMs = 1_000
const anHourMs = 3_600_000

const kinds: Readonly<Record<string, NodeKind>> = {
  orderer0: 'orderer',
  orderer1: 'orderer',
  peer0: 'peer',
  peer1: 'peer',
}

const wanted: NetworkRecord = {
  id: 'network',
  name: 'demo',
  spec: NetworkSpec.parse({ name: 'demo', organizations: [{ name: 'Org1' }] }),
  runtime: { kind: 'fake', version: '1', programs: {} },
  hostId: 'host',
  power: 'running',
  deleting: false,
  generation: 1,
  observedGeneration: 1,
  createdAt: 0,
  nodes: nodeRows(kinds),
}

const orderer = { height: 5, status: 'active', relation: 'consenter', leads: false } as const

/** The whole look at the network while it is as it is wanted. */
const seen: ObservedNetwork = {
  networkId: 'network',
  at: 0,
  identities: { organizations: [], nodes: [] },
  genesis: [],
  nodes: Object.fromEntries(
    Object.keys(kinds).map((id) => [id, { state: 'running', current: true, incarnation: 1, startedAt: 7 }]),
  ),
  channels: {
    trade: {
      orderers: { orderer0: orderer, orderer1: orderer },
      peers: { peer0: { height: 5 }, peer1: { height: 5 } },
      discovered: true,
    },
  },
}

/** A host and a ledger whose answers a test changes, and what they were asked. */
function world() {
  const clock = new ManualClock()
  const nodes = nodesOnHost(kinds)
  const here = { hostAnswers: true, ledgerAnswers: true, lists: 0 }
  const heights = new Map(Object.keys(kinds).map((id) => [id, 5]))
  const asked: string[] = []
  const observe: Driver['observe'] = async () => {
    here.lists += 1
    if (!here.hostAnswers) throw new Error('silence')
    return [...nodes.values()]
  }
  const observeHeight: LedgerSession['observeHeight'] = async (id) => {
    asked.push(id)
    if (!here.ledgerAnswers) throw new Error('silence')
    return heights.get(id)
  }
  const session = { observeHeight } as LedgerSession
  const stillness = new Stillness({
    hosts: new HostSnapshots(clock, () => ({ observe }) as Driver),
    now: () => clock.monotonic(),
    session: async () => session,
  })
  const change = (id: string, to: Partial<ObservedNode>) => {
    const node = nodes.get(id)
    if (node) nodes.set(id, { ...node, ...to })
  }
  const later = async (record = wanted) => {
    await clock.advance(aMomentMs)
    return stillness.holds(record, seen)
  }
  return { clock, stillness, nodes, heights, asked, here, change, later }
}

async function noted() {
  const it = world()
  await it.stillness.note(wanted, seen)
  return it
}

test('a network that was never seen as it is wanted is looked at whole', async () => {
  assert.equal(await world().later(), false)
})

test('of a network that rests one orderer and one peer are asked, other ones each time, and its host once', async () => {
  const { later, asked, here } = await noted()
  const before = here.lists
  assert.equal(await later(), true)
  assert.equal(await later(), true)
  assert.equal(here.lists - before, 2)
  assert.deepEqual([...asked].sort(), Object.keys(kinds))
})

test('networks that are looked at together share the list of their host', async () => {
  const { stillness, here, later } = await noted()
  assert.equal(await later(), true)
  const { lists } = here
  assert.equal(await stillness.holds(wanted, seen), true)
  assert.equal(here.lists, lists)
})

test('a whole look is due after an hour', async () => {
  const { clock, later } = await noted()
  await clock.advance(anHourMs - aMomentMs)
  assert.equal(await later(), true)
  assert.equal(await later(), false)
})

test('another wanted state, and the wish to delete, are changes', async () => {
  const { later } = await noted()
  assert.equal(await later({ ...wanted, generation: 2 }), false)
  assert.equal(await later({ ...wanted, deleting: true }), false)
  assert.equal(await later(), true)
})

const changes: Readonly<Record<string, Partial<ObservedNode>>> = {
  'ended by itself': { state: 'exited' },
  'was started again': { startedAt: 8 },
  'runs as another incarnation': { incarnation: 2 },
  'runs as otherwise specified': { specDigest: 'other' },
}

for (const [what, to] of Object.entries(changes)) {
  test(`a node that ${what} is a change`, async () => {
    const { later, change } = await noted()
    change('peer1', to)
    assert.equal(await later(), false)
  })
}

test('a node that is gone from its host is a change', async () => {
  const { later, nodes } = await noted()
  nodes.delete('peer1')
  assert.equal(await later(), false)
})

test('a block is noticed at the latest when the turn is at the node that has it', async () => {
  const { later, heights } = await noted()
  heights.set('peer0', 6)
  const looks = [await later(), await later()]
  assert.deepEqual(looks.sort(), [false, true])
})

test('what does not answer counts as changed, and rests again once it answers as before', async () => {
  const { later, here } = await noted()
  here.hostAnswers = false
  assert.equal(await later(), false)
  here.hostAnswers = true
  here.ledgerAnswers = false
  assert.equal(await later(), false)
  here.ledgerAnswers = true
  assert.equal(await later(), true)
})

test('nobody asks the ledger of a network that is stopped', async () => {
  const { later, asked } = await noted()
  assert.equal(await later({ ...wanted, power: 'stopped' }), true)
  assert.deepEqual(asked, [])
})

test('neither stopped nor removed nodes are asked', async () => {
  const { later, asked } = await noted()
  const nodes = wanted.nodes.map((node) => {
    if (node.id === 'peer1') return { ...node, removed: true }
    return node.id === 'orderer1' ? { ...node, power: 'stopped' as const } : node
  })
  for (let look = 0; look < 2; look++) assert.equal(await later({ ...wanted, nodes }), true)
  assert.deepEqual([...new Set(asked)].sort(), ['orderer0', 'peer0'])
})

test('what changed since the whole look is not taken for rest', async () => {
  const { stillness, change, later } = world()
  change('peer0', { startedAt: 8 })
  await stillness.note(wanted, seen)
  assert.equal(await later(), false)
})

test('a node that was absent and is absent is as it was', async () => {
  const { stillness, nodes, later } = world()
  nodes.delete('peer1')
  const { peer1: _gone, ...rest } = seen.nodes
  await stillness.note(wanted, { ...seen, nodes: rest })
  assert.equal(await later(), true)
})

test('a network that is forgotten is looked at whole', async () => {
  const { stillness, later } = await noted()
  stillness.forget('network')
  assert.equal(await later(), false)
})
