import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type NodeRecord, nodeRef, type Plan, type Step, type StepKind, stepId } from '@cello/model'
import { emptyObservation, plan } from './plan.ts'
import { change } from './testing/histories.ts'
import { digest, edited, smallSpec, wantedOf } from './testing/networks.ts'
import { converge } from './testing/run-plan.ts'
import { SimulatedNetwork } from './testing/simulated-network.ts'

function whole(spec = smallSpec()): SimulatedNetwork {
  const network = new SimulatedNetwork(wantedOf(spec))
  converge(network, 1)
  return network
}

function replan(network: SimulatedNetwork): Plan {
  return plan(network.wanted, network.observe())
}

function only({ steps }: Plan, kind: StepKind): Step[] {
  return steps.filter((step) => step.kind === kind)
}

const titles = ({ steps }: Plan) => steps.map(({ title }) => title)

function nodeOf(network: SimulatedNetwork, ref: string): NodeRecord {
  const found = network.wanted.nodes.find((node) => nodeRef(node) === ref)
  assert.ok(found, ref)
  return found
}

function setNode(network: SimulatedNetwork, ref: string, how: Partial<NodeRecord>): void {
  const nodes = network.wanted.nodes.map((node) => (nodeRef(node) === ref ? { ...node, ...how } : node))
  network.wanted = { ...network.wanted, nodes }
}

type Draft = Parameters<Parameters<typeof edited>[1]>[0]

function edit(network: SimulatedNetwork, how: (draft: Draft) => unknown): void {
  assert.ok(change(network, edited(network.wanted.spec, how)), 'the change was refused')
}

const withOrderers =
  (...names: string[]) =>
  (draft: Draft) =>
    Object.assign(draft.organizations[0] ?? {}, { orderers: names.map((name) => ({ name })) })

const deployed = (letter: string, version: string) => (draft: Draft) =>
  Object.assign(draft.channels?.[0] ?? {}, { contracts: [{ name: 'assets', version, package: digest(letter) }] })

test('of a network of which nothing is there, all is planned, and no more is waited for than must be', () => {
  const wanted = wantedOf(smallSpec())
  const planned = plan(wanted, emptyObservation('network', 1))
  const count = (kind: StepKind) => only(planned, kind).length
  assert.deepEqual(
    ['make-identities', 'make-genesis', 'ensure-node', 'join-orderer', 'join-peer', 'await-ready'].map((kind) =>
      count(kind as StepKind),
    ),
    [3, 1, 5, 3, 2, 1],
  )
  for (const step of only(planned, 'make-identities')) assert.deepEqual(step.needs, [])
  const first = wanted.nodes.find(({ kind }) => kind === 'orderer')
  assert.ok(first)
  for (const step of only(planned, 'ensure-node')) {
    const node = wanted.nodes.find(({ id }) => id === step.key)
    const orgs = node?.kind === 'peer' ? ['Orderer', 'Org1', 'Org2'] : [node?.organization]
    const joins: string[] = node?.kind === 'peer' ? [`join-orderer/main/${first.id}`] : []
    assert.deepEqual(
      step.needs,
      [...joins, ...orgs.map((org) => `make-identities/${org}`)],
      'orderers start side by side, each after its own organization; peers when all can be introduced to them, and the first leader is on its way',
    )
  }
  for (const step of only(planned, 'join-orderer')) {
    const node = step.key.split('/')[1]
    const joins: string[] = node === first.id ? [] : [`join-orderer/main/${first.id}`]
    assert.deepEqual(
      step.needs,
      [`ensure-node/${node}`, ...joins, 'make-genesis/main'],
      'the orderer that the first leader hangs on joins alone, the others right after it',
    )
  }
})

test('nodes of a network whose channels are made start side by side: there is no first leader to wait for', () => {
  const network = whole()
  for (const node of network.wanted.nodes) network.end(node.id, 'exited')
  for (const step of only(replan(network), 'ensure-node')) assert.deepEqual(step.needs, [])
})

test('an approval is made when all peers of its organization have joined, so that each gets its private part', () => {
  const wide = edited(edited(smallSpec(), deployed('a', '1.0')), (draft) =>
    Object.assign(draft.organizations[1] ?? {}, { peers: [{ name: 'peer0' }, { name: 'peer1' }] }),
  )
  const wanted = wantedOf(wide)
  const approvals = only(plan(wanted, emptyObservation('network', 1)), 'approve-contract')
  assert.notEqual(approvals.length, 0)
  for (const { key, needs } of approvals) {
    const [channel, , organization] = key.split('/')
    const own = wanted.nodes.filter((node) => node.kind === 'peer' && node.organization === organization)
    for (const { id } of own) assert.ok(needs.includes(`join-peer/${channel}/${id}`), `${key} needs ${id}`)
  }
})

test('where contracts are deployed on new peers, orderers and peers are looked at early, and only the last look waits for that', () => {
  const spec = edited(smallSpec(), deployed('a', '1.0'))
  const planned = plan(wantedOf(spec), emptyObservation('network', 1))
  const [early] = only(planned, 'await-nodes')
  assert.ok(early)
  assert.ok(early.needs.some((id) => id.startsWith('join-peer/')))
  assert.ok(!early.needs.some((id) => /^(approve|commit)-contract/.test(id)))
  const waiting = planned.steps.filter(({ needs }) => needs.includes(stepId(early)))
  assert.deepEqual(
    waiting.map(({ kind }) => kind),
    ['await-ready'],
  )
  const network = whole()
  edit(network, deployed('a', '1.0'))
  assert.deepEqual(
    only(replan(network), 'await-nodes'),
    [],
    'of nodes that are there already there is nothing new to find out',
  )
})

test('a plan of a network that is as wanted is empty', () => {
  assert.deepEqual(replan(whole()), { steps: [], notes: [] })
})

test('a node that ended is started and, since what it holds was not seen, joined; nothing else is touched', () => {
  const network = whole()
  network.end(nodeOf(network, 'Org1/peer0').id, 'exited')
  assert.deepEqual(titles(replan(network)), [
    'start peer Org1/peer0',
    'join peer Org1/peer0 to channel main',
    'wait until every node sees the others',
  ])
})

test('silence is not loss: of a node whose host does not answer nothing is planned, and a note says so', () => {
  const network = whole()
  network.silent.add(nodeOf(network, 'Org1/peer0').id)
  assert.deepEqual(replan(network), {
    steps: [],
    notes: [{ kind: 'waiting', subject: 'node/Org1/peer0', message: 'its host does not answer' }],
  })
})

test('nodes are restarted one after the other, and an orderer only when those that are down are up again', () => {
  const network = whole()
  for (const ref of ['Orderer/orderer0', 'Orderer/orderer1', 'Org1/peer0']) setNode(network, ref, { incarnation: 2 })
  network.end(nodeOf(network, 'Orderer/orderer2').id, 'exited')
  const id = (ref: string) => `ensure-node/${nodeOf(network, ref).id}`
  const needs = new Map(only(replan(network), 'ensure-node').map((step) => [stepId(step), step.needs]))
  assert.deepEqual(needs.get(id('Orderer/orderer2')), [])
  assert.deepEqual(needs.get(id('Orderer/orderer0')), [id('Orderer/orderer2')])
  assert.deepEqual(needs.get(id('Orderer/orderer1')), [id('Orderer/orderer0'), id('Orderer/orderer2')])
  assert.deepEqual(needs.get(id('Org1/peer0')), [id('Orderer/orderer1')])
})

test('a stopped network has its nodes stopped, all at once, and comes back with a start of each', () => {
  const network = whole()
  network.wanted = { ...network.wanted, power: 'stopped' }
  const stopping = replan(network)
  assert.equal(only(stopping, 'stop-node').length, 5)
  assert.ok(stopping.steps.every(({ kind, needs }) => kind === 'stop-node' && needs.length === 0))
  converge(network, 1)
  network.wanted = { ...network.wanted, power: 'running' }
  assert.equal(only(replan(network), 'ensure-node').length, 5)
  assert.equal(only(replan(network), 'join-peer').length + only(replan(network), 'make-genesis').length, 2)
})

test('a node that its owner stopped is stopped and left so', () => {
  const network = whole()
  setNode(network, 'Orderer/orderer2', { power: 'stopped' })
  assert.deepEqual(titles(replan(network))[0], 'stop orderer Orderer/orderer2')
  converge(network, 1)
  assert.deepEqual(replan(network).steps, [])
})

test('the last look comes after all that takes nodes away, or it would see them still there', () => {
  const network = whole(edited(smallSpec(), withOrderers('orderer0', 'orderer1', 'orderer2', 'orderer3')))
  const needs = () => only(replan(network), 'await-ready').flatMap((step) => step.needs)
  setNode(network, 'Org2/peer0', { power: 'stopped' })
  assert.deepEqual(needs(), [`stop-node/${nodeOf(network, 'Org2/peer0').id}`])
  edit(network, withOrderers('orderer0', 'orderer1', 'orderer2'))
  const { id } = nodeOf(network, 'Orderer/orderer3')
  assert.ok(needs().includes(`leave-orderer/main/${id}`) && needs().includes(`remove-node/${id}`), needs().join(' '))
})

test('orderers that their owner stopped below the quorum are not waited for', () => {
  const network = whole()
  for (const name of ['orderer0', 'orderer1', 'orderer2']) setNode(network, `Orderer/${name}`, { power: 'stopped' })
  converge(network, 1)
  assert.deepEqual(replan(network), { steps: [], notes: [] })
})

test('a new orderer joins before it is a consenter', () => {
  const network = whole()
  edit(network, withOrderers('orderer0', 'orderer1', 'orderer2', 'orderer3'))
  const [update] = only(replan(network), 'update-channel')
  const { id } = nodeOf(network, 'Orderer/orderer3')
  assert.equal(update?.title, 'change consenters of channel main')
  assert.ok(update?.needs.includes(`join-orderer/main/${id}`) && update.needs.includes('make-identities/Orderer'))
})

test('an orderer that goes is deleted after the channel has dropped it and it has left', () => {
  const network = whole()
  edit(network, withOrderers('orderer0', 'orderer1'))
  const { id } = nodeOf(network, 'Orderer/orderer2')
  const planned = replan(network)
  assert.deepEqual(only(planned, 'leave-orderer')[0]?.needs, ['update-channel/main'])
  assert.deepEqual(only(planned, 'remove-node')[0]?.needs, [`leave-orderer/main/${id}`, 'update-channel/main'])
})

test('an orderer that goes is kept while the channel cannot be changed, and started if it ended', () => {
  const network = whole()
  edit(network, withOrderers('orderer0', 'orderer1'))
  setNode(network, 'Orderer/orderer1', { power: 'stopped' })
  const { id } = nodeOf(network, 'Orderer/orderer2')
  network.end(id, 'exited')
  const planned = replan(network)
  assert.deepEqual([only(planned, 'update-channel').length, only(planned, 'remove-node').length], [0, 0])
  assert.deepEqual(
    only(planned, 'ensure-node').map(({ key }) => key),
    [id],
  )
  assert.deepEqual(
    planned.notes.map(({ kind, subject }) => [kind, subject]),
    [
      ['refused', 'channel/main'],
      ['residue', 'node/Orderer/orderer2'],
    ],
  )
})

test('an orderer that goes while the network is stopped stays until the channel has dropped it', () => {
  const network = whole()
  network.wanted = { ...network.wanted, power: 'stopped' }
  converge(network, 1)
  edit(network, withOrderers('orderer0', 'orderer1'))
  assert.deepEqual(replan(network).steps, [])
  network.wanted = { ...network.wanted, power: 'running' }
  converge(network, 1)
  assert.equal(network.wanted.nodes.length, 4)
})

test('the set of consenters waits while one that stays is stopped', () => {
  const network = whole()
  edit(network, withOrderers('orderer0', 'orderer1', 'orderer2', 'orderer3'))
  setNode(network, 'Orderer/orderer1', { power: 'stopped' })
  converge(network, 1)
  const [note] = replan(network).notes
  assert.equal(
    note?.message,
    'the set of orderers is not changed while Orderer/orderer1 is stopped: it could cost the quorum',
  )
  setNode(network, 'Orderer/orderer1', { power: 'running' })
  converge(network, 1)
  assert.equal(network.config('main')?.consenters.length, 4)
})

test('an organization becomes a member before its peers join', () => {
  const network = whole()
  edit(network, (draft) => void draft.organizations.push({ name: 'Org3', peers: [{ name: 'peer0' }] }))
  const planned = replan(network)
  assert.equal(only(planned, 'update-channel')[0]?.title, 'change members, anchor peers of channel main')
  assert.ok(only(planned, 'join-peer')[0]?.needs.includes('update-channel/main'))
})

test('a contract is committed once every member has approved', () => {
  const network = whole()
  edit(network, deployed('a', '1.0'))
  const planned = replan(network)
  assert.equal(only(planned, 'install-package').length, 2)
  const needs = only(planned, 'commit-contract')[0]?.needs ?? []
  for (const org of ['Org1', 'Org2']) assert.ok(needs.includes(`approve-contract/main/assets/${org}`), org)
})

test('an upgrade is committed when the new program runs everywhere, and the old one goes after that', () => {
  const network = whole(edited(smallSpec(), deployed('a', '1.0')))
  edit(network, deployed('b', '2.0'))
  const planned = replan(network)
  const commit = only(planned, 'commit-contract')[0]
  for (const step of [...only(planned, 'install-package'), ...only(planned, 'ensure-node')]) {
    assert.ok(commit?.needs.includes(stepId(step)), step.title)
  }
  for (const step of only(planned, 'remove-node')) assert.deepEqual(step.needs, ['commit-contract/main/assets'])
  assert.equal(only(planned, 'remove-node').length, 2)
  converge(network, 1)
  assert.equal(network.committed('main', 'assets')?.sequence, 2)
})

test('the old program of a contract goes on while its successor cannot be committed', () => {
  const network = whole(edited(smallSpec(), deployed('a', '1.0')))
  edit(network, deployed('b', '2.0'))
  network.silent.add(nodeOf(network, 'Org2/peer0').id)
  const planned = replan(network)
  assert.deepEqual([only(planned, 'commit-contract').length, only(planned, 'remove-node').length], [0, 0])
  assert.deepEqual(
    only(planned, 'approve-contract').map(({ key }) => key),
    ['main/assets/Org1'],
  )
})

test('the old program of a contract is started again as long as its successor is not in force, and stops with its network', () => {
  const network = whole(edited(smallSpec(), deployed('a', '1.0')))
  edit(network, deployed('b', '2.0'))
  const old = network.wanted.nodes.filter(({ removed }) => removed)
  assert.equal(old.length, 2)
  network.end(old[0]?.id ?? '', 'exited')
  const [start] = only(replan(network), 'ensure-node').filter(({ key }) => key === old[0]?.id)
  assert.deepEqual(start?.needs, [])
  network.wanted = { ...network.wanted, power: 'stopped' }
  const stopped = only(replan(network), 'stop-node').map(({ key }) => key)
  assert.ok(stopped.includes(old[1]?.id ?? ''))
  network.wanted = { ...network.wanted, power: 'running' }
  converge(network, 1)
  assert.ok(old.every(({ id }) => !network.wanted.nodes.some((node) => node.id === id)))
})

test('where only the package of a contract is another one, its old node goes when the new one is approved and runs', () => {
  const network = whole(edited(smallSpec(), deployed('a', '1.0')))
  edit(network, deployed('b', '1.0'))
  const planned = replan(network)
  assert.deepEqual(only(planned, 'commit-contract'), [])
  const [gone] = only(planned, 'remove-node')
  for (const kind of ['approve-contract', 'install-package', 'ensure-node'] as const) {
    assert.ok(
      only(planned, kind).some((step) => gone?.needs.includes(stepId(step))),
      kind,
    )
  }
  converge(network, 1)
})

test('a contract that is no longer wanted leaves its nodes, and nothing else that can be taken back', () => {
  const network = whole(edited(smallSpec(), deployed('a', '1.0')))
  edit(network, (draft) => Object.assign(draft.channels?.[0] ?? {}, { contracts: [] }))
  assert.deepEqual(
    only(replan(network), 'remove-node').map(({ needs }) => needs),
    [[], []],
  )
  converge(network, 1)
  assert.deepEqual(replan(network).steps, [])
})

test('what the ledger keeps of a contract that is no longer wanted is residue, and no drift', () => {
  const network = whole()
  const observed = network.observe()
  const committed = { version: '1.0', sequence: 1, initRequired: false, collections: [] }
  const main = observed.channels.main
  assert.ok(main)
  const channels = { main: { ...main, contracts: { assets: { committed, approvals: [] } } } }
  const planned = plan(network.wanted, { ...observed, channels })
  assert.deepEqual(planned.steps, [])
  assert.deepEqual(
    planned.notes.map(({ kind, subject }) => [kind, subject]),
    [['residue', 'contract/main/assets']],
  )
})

test('a deletion takes all nodes at once and forgets the network when they are gone', () => {
  const network = whole()
  network.wanted = { ...network.wanted, deleting: true }
  const planned = replan(network)
  assert.equal(only(planned, 'remove-node').length, 5)
  assert.equal(only(planned, 'forget-network')[0]?.needs.length, 5)
})

test('a network is not forgotten while a host does not answer: what is there would be left behind', () => {
  const network = whole()
  network.wanted = { ...network.wanted, deleting: true }
  network.silent.add(nodeOf(network, 'Org1/peer0').id)
  const planned = replan(network)
  assert.deepEqual([only(planned, 'remove-node').length, only(planned, 'forget-network').length], [4, 0])
  assert.equal(planned.notes[0]?.kind, 'waiting')
})
