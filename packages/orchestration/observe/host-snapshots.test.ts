import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '@cello/kit/testing/manual-clock'
import type { Driver, ObservedNode } from '@cello/ports'
import { HostSnapshots } from './host-snapshots.ts'

/** Only what snapshots ask of a driver; answers are given by the test. */
function hostOf() {
  const clock = new ManualClock()
  const asked: PromiseWithResolvers<ObservedNode[]>[] = []
  const observe: Driver['observe'] = () => {
    const answer = Promise.withResolvers<ObservedNode[]>()
    asked.push(answer)
    return answer.promise
  }
  const snapshots = new HostSnapshots(clock, () => ({ observe }) as Driver)
  return { clock, asked, snapshots }
}

const node = (id: string): ObservedNode => ({
  id,
  state: 'running',
  incarnation: 1,
  specDigest: '',
  labels: { network: 'network', organization: 'Org1', name: id, kind: 'peer' },
})

const ids = (nodes: ReadonlyMap<string, ObservedNode> | undefined) => nodes && [...nodes.keys()]

test('all who ask at the same time share one call', async () => {
  const { asked, snapshots } = hostOf()
  const answers = [1, 2, 3].map(() => snapshots.nodes('host', 1_000))
  assert.equal(asked.length, 1)
  asked[0]?.resolve([node('a')])
  for (const answer of await Promise.all(answers)) assert.deepEqual(ids(answer), ['a'])
})

test('what was seen is given again as long as it is young enough, counted from when it was asked', async () => {
  const { clock, asked, snapshots } = hostOf()
  const first = snapshots.nodes('host', 1_000)
  await clock.advance(600)
  asked[0]?.resolve([node('a')])
  await first
  await clock.advance(400)
  assert.deepEqual(ids(await snapshots.nodes('host', 1_000)), ['a'])
  assert.equal(asked.length, 1)
  await clock.advance(1)
  void snapshots.nodes('host', 1_000)
  assert.equal(asked.length, 2)
})

test('who wants no older answer than now gets the one after that which is under way, and all who do share it', async () => {
  const { clock, asked, snapshots } = hostOf()
  const before = snapshots.nodes('host', 1_000)
  await clock.advance(5)
  const now = snapshots.nodes('host', 0)
  const too = snapshots.nodes('host', 0)
  assert.equal(asked.length, 1)
  asked[0]?.resolve([node('old')])
  assert.deepEqual(ids(await before), ['old'])
  assert.equal(asked.length, 2)
  asked[1]?.resolve([node('new')])
  assert.deepEqual([ids(await now), ids(await too)], [['new'], ['new']])
})

test('a host that does not answer is unknown, not empty, and is asked again', async () => {
  const { clock, asked, snapshots } = hostOf()
  const first = snapshots.nodes('host', 1_000)
  asked[0]?.reject(new Error('no route'))
  assert.equal(await first, undefined)
  await clock.advance(1_001)
  const second = snapshots.nodes('host', 1_000)
  asked[1]?.resolve([])
  assert.deepEqual(ids(await second), [])
})

test('each host has a snapshot of its own', async () => {
  const { asked, snapshots } = hostOf()
  const [one, two] = [snapshots.nodes('one', 1_000), snapshots.nodes('two', 1_000)]
  asked[0]?.resolve([node('a')])
  asked[1]?.resolve([node('b')])
  assert.deepEqual([ids(await one), ids(await two)], [['a'], ['b']])
})
