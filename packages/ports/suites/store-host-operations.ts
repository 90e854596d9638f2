import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newId } from '@cello/kit'
import type { HostRequest, InstallFabricRequest } from '@cello/model'
import type { Store } from '../store.ts'
import { type MakeStore, refusal, sampleHost, sampleOperation, sampleWorld, times } from './store-samples.ts'

const install = (change: Partial<InstallFabricRequest> = {}): InstallFabricRequest => ({
  kind: 'install-fabric',
  version: '3.1.5',
  from: { url: 'https://example.org/a.tar.gz' },
  sha256: 'a'.repeat(64),
  ...change,
})

/** Operations whose subject is a host. */
export function describeHostOperations(makeStore: MakeStore): void {
  describe('an operation of a host', () => {
    test('is kept with what is wanted, apart from those of networks', async () => {
      await using made = await makeStore()
      const { host, network } = await sampleWorld(made.store)
      const { operations } = made.store
      const { operation } = await begin(made.store, host.id, install())
      const found = await operations.get(operation.id)
      assert.deepEqual(found, operation)
      assert.deepEqual(
        [found?.kind, found?.state, found?.subject, found?.request],
        ['install-fabric', 'queued', { kind: 'host', id: host.id, name: 'local' }, install()],
      )
      const idsOf = async (filter: { hostId?: string; networkId?: string }) =>
        (await operations.list({ limit: 9, ...filter })).items.map(({ id }) => id)
      assert.deepEqual(await idsOf({ hostId: host.id }), [operation.id])
      assert.equal((await idsOf({ networkId: network.id })).includes(operation.id), false)
      assert.deepEqual(await operations.onHosts(), [operation.id])
      const [event] = await operations.events(0, { operationId: operation.id, limit: 9 })
      assert.deepEqual([event?.kind, event?.state], ['state', 'queued'])
    })

    test('asked for by twenty at once is one, and asked for once more by its id too', async () => {
      await using made = await makeStore()
      const host = await sampleHost(made.store)
      const begun = await Promise.all(times(20, () => begin(made.store, host.id, install())))
      assert.equal(new Set(begun.map(({ operation }) => operation.id)).size, 1)
      const id = begun[0]?.operation.id ?? ''
      await made.store.operations.move(id, 'cancelled', 1)
      const again = await begin(made.store, host.id, install(), id)
      assert.deepEqual([again.operation.id, again.operation.state], [id, 'cancelled'])
    })

    test('takes the place of an open one of the same target, and of no other', async () => {
      await using made = await makeStore()
      const host = await sampleHost(made.store)
      const { operations } = made.store
      const older = await begin(made.store, host.id, install())
      const other = await begin(made.store, host.id, install({ version: '2.5.16' }))
      const choice = await begin(made.store, host.id, { kind: 'use-fabric', version: '3.1.5' })
      const newer = await begin(made.store, host.id, install({ from: { file: '/a.tar.gz' } }))
      assert.deepEqual(newer.superseded, [older.operation.id])
      assert.equal((await operations.get(older.operation.id))?.state, 'superseded')
      assert.deepEqual(
        await operations.onHosts(),
        [other, choice, newer].map(({ operation }) => operation.id),
      )
    })

    test('that failed is not joined, but replaced', async () => {
      await using made = await makeStore()
      const host = await sampleHost(made.store)
      const { operation } = await begin(made.store, host.id, install())
      await made.store.operations.move(operation.id, 'running', 1)
      await made.store.operations.move(operation.id, 'failed', 2)
      assert.deepEqual(await made.store.operations.onHosts(), [])
      const next = await begin(made.store, host.id, install())
      assert.deepEqual(next.superseded, [operation.id])
    })

    test('needs a host that is there', async () => {
      await using made = await makeStore()
      await assert.rejects(begin(made.store, newId(), install()), refusal('NOT_FOUND'))
    })

    test('tells how far its steps are, and has none left open once it succeeded', async () => {
      await using made = await makeStore()
      const { host, fence } = await sampleWorld(made.store)
      const { operations } = made.store
      const { operation } = await begin(made.store, host.id, install())
      const step = { kind: 'fetch-archive', key: '3.1.5' } as const
      const steps = [
        { ...step, needs: [], title: 'fetch it' },
        { kind: 'check-digest', key: '3.1.5', needs: [], title: 'check it' } as const,
      ]
      await operations.planned(operation.id, { steps, notes: [] }, 1, fence)
      await operations.step(operation.id, { ...step, state: 'running' }, 2, fence)
      const progress = { bytesDone: 5, bytesTotal: 10 }
      await operations.progress(operation.id, { ...step, progress }, 3, fence)
      const [running] = (await operations.get(operation.id))?.steps ?? []
      assert.deepEqual([running?.progress, running?.state, running?.attempts], [progress, 'running', 1])
      const events = await operations.events(0, { operationId: operation.id, limit: 99 })
      assert.deepEqual(events.at(-1)?.step?.progress, progress)
      const lost = operations.progress(operation.id, { ...step, progress }, 3, fence - 1)
      await assert.rejects(lost, refusal('STALE_FENCE'))
      await operations.move(operation.id, 'succeeded', 4, { fence })
      assert.deepEqual(
        (await operations.get(operation.id))?.steps.map(({ state }) => state),
        ['done', 'dropped'],
      )
    })
  })
}

async function begin(store: Store, hostId: string, request: HostRequest, id: string = newId()) {
  return store.operations.beginOnHost(hostId, { ...sampleOperation({ id, kind: request.kind }), request })
}
