import assert from 'node:assert/strict'
import { test } from 'node:test'
import { poll, systemClock } from '@cello/kit'
import type { Driver, ObservedNode } from '@cello/ports'
import type { OrchestrationContext } from '../context.ts'
import { HostSnapshots } from './host-snapshots.ts'
import { watchHosts } from './watch-hosts.ts'

const labels = { network: 'demo', organization: 'Org1', name: 'peer0', kind: 'peer' } as const

test('a node that came and ended between two looks wakes its network, one that is up at first sight does not', async () => {
  const node = (id: string, state: ObservedNode['state'], network: string): ObservedNode => ({
    id,
    state,
    incarnation: 1,
    specDigest: '',
    labels: { ...labels, network },
  })
  const nodes = [node('a', 'running', 'well'), node('b', 'exited', 'ended')]
  const driver = { observe: async () => nodes, watch: () => ({ [Symbol.dispose]() {} }) } as unknown as Driver
  const hosts = { list: async () => [{ id: 'host' }] }
  const shared = { store: { hosts }, clock: systemClock, driver: () => driver } as unknown as OrchestrationContext
  const woken: string[] = []
  const stop = new AbortController()
  const watching = watchHosts({
    shared,
    hosts: new HostSnapshots(systemClock, () => driver),
    wake: (key) => void woken.push(key),
    pollMs: 5,
    signal: stop.signal,
  })
  assert.ok(await poll(async () => (woken.length > 0 ? true : undefined), { timeoutMs: 60_000, everyMs: 5 }))
  stop.abort()
  await watching
  assert.deepEqual(woken, ['ended'])
})
