import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contractOrganizations, nodeRef, stepId } from '@cello/model'
import * as fc from 'fast-check'
import { plan } from './plan.ts'
import { refusals } from './refusals.ts'
import { change, documents, histories, live, settle } from './testing/histories.ts'
import { wantedOf } from './testing/networks.ts'
import { converge } from './testing/run-plan.ts'
import { SimulatedNetwork } from './testing/simulated-network.ts'
import { channelNodes, serviceAddress } from './wanted.ts'

const runs = { numRuns: Number(process.env.CELLO_PLAN_RUNS ?? 400) }
/** Plans until a network is as wanted. A healthy one takes three: what is missing, what that has shown, what is left over. */
const bound = 8

/** What is wanted is there: told from the simulated network itself, not from a plan. */
function assertAsWanted(network: SimulatedNetwork): void {
  const { wanted } = network
  assert.deepEqual(wanted.nodes.filter(({ removed }) => removed).map(nodeRef), [], 'what is removed is gone')
  for (const node of wanted.nodes) assert.ok(network.isRunning(node.id), `${nodeRef(node)} runs`)
  for (const channel of wanted.spec.channels) {
    const consenters = channelNodes(wanted, channel, 'orderer').map((node) => serviceAddress(wanted, node))
    assert.deepEqual(network.config(channel.name)?.consenters.toSorted(), consenters.toSorted())
    assert.equal(network.config(channel.name)?.batch.maxMessages, channel.batch.maxMessages)
    assert.ok(network.hasQuorum(channel.name))
    for (const contract of channel.contracts) {
      assert.ok(contractOrganizations(wanted.spec, channel, contract).length > 0)
      assert.equal(network.committed(channel.name, contract.name)?.version, contract.version)
    }
  }
}

test('from any half-way state a network comes to be as it is wanted, in any order that the needs allow', () => {
  fc.assert(
    fc.property(documents, histories, fc.nat(), (spec, history, seed) => {
      const network = live(spec, history)
      settle(network)
      converge(network, seed, bound)
      assertAsWanted(network)
    }),
    runs,
  )
})

test('whatever is stopped, a plan comes to its end', () => {
  fc.assert(
    fc.property(documents, histories, fc.nat(), (spec, history, seed) => {
      const network = live(spec, history)
      network.silent.clear()
      converge(network, seed, bound)
    }),
    runs,
  )
})

test('from any half-way state a deletion leaves nothing and forgets the network', () => {
  fc.assert(
    fc.property(documents, histories, fc.nat(), (spec, history, seed) => {
      const network = live(spec, history)
      network.silent.clear()
      network.wanted = { ...network.wanted, deleting: true }
      converge(network, seed, 2)
      assert.ok(network.isForgotten)
    }),
    runs,
  )
})

test('equal input gives an equal plan, and neither input is changed', () => {
  fc.assert(
    fc.property(documents, histories, (spec, history) => {
      const network = live(spec, history)
      const [wanted, observed] = [network.wanted, network.observe()]
      const before = structuredClone({ wanted, observed })
      assert.deepEqual(plan(wanted, observed), plan(structuredClone(wanted), structuredClone(observed)))
      assert.deepEqual({ wanted, observed }, before)
    }),
    runs,
  )
})

test('each step is planned once, and needs steps that are planned, without a cycle', () => {
  fc.assert(
    fc.property(documents, histories, (spec, history) => {
      const network = live(spec, history)
      const { steps } = plan(network.wanted, network.observe())
      const ids = new Set(steps.map(stepId))
      assert.equal(ids.size, steps.length)
      const open = new Map(steps.map((step) => [stepId(step), step.needs]))
      for (const needs of open.values()) for (const need of needs) assert.ok(ids.has(need), need)
      for (let size = -1; size !== open.size; ) {
        size = open.size
        for (const [id, needs] of open) if (!needs.some((need) => open.has(need))) open.delete(id)
      }
      assert.deepEqual([...open.keys()], [], 'steps that wait for each other')
    }),
    runs,
  )
})

test('no step is about a node whose host is silent', () => {
  fc.assert(
    fc.property(documents, histories, fc.array(fc.nat(30), { minLength: 1, maxLength: 4 }), (spec, history, picks) => {
      const network = live(spec, history)
      // An edit may take the last node away.
      fc.pre(network.wanted.nodes.length > 0)
      for (const pick of picks) network.silent.add(network.wanted.nodes[pick % network.wanted.nodes.length]?.id ?? '')
      const planned = plan(network.wanted, network.observe())
      for (const step of planned.steps) {
        for (const part of step.key.split('/')) assert.ok(!network.silent.has(part), stepId(step))
      }
      assert.ok(
        planned.notes.some(({ kind }) => kind === 'waiting'),
        'it says what it waits for',
      )
    }),
    runs,
  )
})

test('what is not refused is reached: from one document to any other', () => {
  fc.assert(
    fc.property(documents, documents, fc.nat(), (from, to, seed) => {
      fc.pre(refusals({ spec: from, nodes: wantedOf(from).nodes }, to).length === 0)
      const network = new SimulatedNetwork(wantedOf(from))
      converge(network, seed, bound)
      assert.ok(change(network, to))
      converge(network, seed, bound)
      assertAsWanted(network)
    }),
    { numRuns: 100 },
  )
})

test('a document is never refused in favour of itself', () => {
  fc.assert(
    fc.property(documents, histories, (spec, history) => {
      const { wanted } = live(spec, history)
      assert.deepEqual(refusals(wanted, wanted.spec), [])
    }),
    runs,
  )
})
