import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newId } from '@cello/kit'
import {
  type MakeStore,
  outcomes,
  refusal,
  sampleHost,
  sampleIdentity,
  sampleNetwork,
  sampleNode,
  sampleOperation,
  sampleTransaction,
  sampleWorld,
  times,
} from './store-samples.ts'

/** Hosts, networks and nodes: what is wanted. */
export function describeNetworks(makeStore: MakeStore): void {
  describe('hosts', () => {
    test('of many that are ensured by one name, one is there', async () => {
      await using made = await makeStore()
      const hosts = await Promise.all(times(20, () => sampleHost(made.store)))
      assert.equal(new Set(hosts.map((host) => host.id)).size, 1)
      assert.deepEqual(await made.store.hosts.list(), [hosts[0]])
      assert.deepEqual(await made.store.hosts.byName('local'), hosts[0])
    })

    test('keep the Fabric version that was chosen', async () => {
      await using made = await makeStore()
      const { id } = await sampleHost(made.store)
      await made.store.hosts.setFabricVersion(id, '3.1.5')
      assert.equal((await made.store.hosts.get(id))?.fabricVersion, '3.1.5')
      await made.store.hosts.setFabricVersion(id, undefined)
      assert.equal((await made.store.hosts.get(id))?.fabricVersion, undefined)
      await assert.rejects(made.store.hosts.setFabricVersion(newId(), '3.1.5'), refusal('NOT_FOUND'))
    })
  })

  describe('a network', () => {
    test('is read as it was written', async () => {
      await using made = await makeStore()
      const { network } = await sampleWorld(made.store, [
        { ports: { service: 20001, operations: 20002 } },
        { name: 'c', kind: 'contract', contract: { channel: 'main', name: 'asset', package: 'p' }, ports: {} },
      ])
      assert.deepEqual(await made.store.networks.get(network.id), network)
      assert.deepEqual(await made.store.networks.byName(network.name), network)
      assert.equal(await made.store.networks.get(newId()), undefined)
    })

    test('created by fifty at once under one name is created once', async () => {
      await using made = await makeStore()
      const { id } = await sampleHost(made.store)
      const { won, codes } = await outcomes(
        times(50, () => made.store.networks.create(sampleNetwork(id, { name: 'same' }), sampleOperation())),
      )
      assert.deepEqual({ won, codes }, { won: 1, codes: ['NAME_TAKEN'] })
      assert.equal((await made.store.networks.ids()).length, 1)
      assert.equal((await made.store.operations.list({ limit: 100 })).items.length, 1, 'operations of those that lost')
    })

    test('needs a host that is there', async () => {
      await using made = await makeStore()
      const creating = made.store.networks.create(sampleNetwork(newId()), sampleOperation())
      await assert.rejects(creating, refusal('NOT_FOUND'))
    })

    test('shares no port with another on its host, and a loser leaves nothing', async () => {
      await using made = await makeStore()
      const host = await sampleHost(made.store)
      const other = await sampleHost(made.store, 'other')
      const create = (hostId: string) => {
        const network = sampleNetwork(hostId)
        const nodes = [sampleNode(network, { ports: { service: 20001 } })]
        return made.store.networks.create({ ...network, nodes }, sampleOperation())
      }
      const { won, codes } = await outcomes(times(10, () => create(host.id)))
      assert.deepEqual({ won, codes }, { won: 1, codes: ['PORT_TAKEN'] })
      await create(other.id)
      assert.equal((await made.store.networks.ids()).length, 2)
      assert.deepEqual(await made.store.hosts.ports(host.id), new Set([20001]))
    })

    test('changed by ten who read the same generation is changed once', async () => {
      await using made = await makeStore()
      const { network } = await sampleWorld(made.store)
      const change = (at: number) =>
        made.store.networks.change({
          networkId: network.id,
          expectedGeneration: 1,
          power: 'stopped',
          operation: sampleOperation({ kind: 'stop-network', at }),
        })
      const { won, codes } = await outcomes(times(10, change))
      assert.deepEqual({ won, codes }, { won: 1, codes: ['PRECONDITION_FAILED'] })
      const now = await made.store.networks.get(network.id)
      assert.deepEqual([now?.generation, now?.power], [2, 'stopped'])
    })

    test('changes in all its parts at once, and its older open operations are superseded', async () => {
      await using made = await makeStore()
      const { network, operation } = await sampleWorld(made.store, [{ ports: { service: 20001 } }])
      const [old] = network.nodes
      assert.ok(old)
      const added = sampleNode(network, { name: 'peer1', ports: { service: 20002 }, createdAt: 3005 })
      const spec = { ...network.spec, channels: [] }
      const next = sampleOperation({ kind: 'change-network', at: 5000 })
      const { network: changed, superseded } = await made.store.networks.change({
        networkId: network.id,
        spec,
        nodes: [{ ...old, removed: true, incarnation: 2 }, added],
        operation: next,
      })
      assert.deepEqual(changed.nodes, [{ ...old, removed: true, incarnation: 2 }, added])
      assert.deepEqual(changed, await made.store.networks.get(network.id))
      assert.deepEqual(superseded, [operation.id])
      assert.equal((await made.store.operations.get(operation.id))?.state, 'superseded')
      const written = await made.store.operations.get(next.id)
      assert.deepEqual([written?.state, written?.generation], ['queued', 2])
    })

    test('whose change meets a taken port stays as it was', async () => {
      await using made = await makeStore()
      const { network, operation } = await sampleWorld(made.store, [{ ports: { service: 20001 } }])
      const added = sampleNode(network, { name: 'peer1', ports: { service: 20001 } })
      const changing = made.store.networks.change({
        networkId: network.id,
        power: 'stopped',
        nodes: [added],
        operation: sampleOperation(),
      })
      await assert.rejects(changing, refusal('PORT_TAKEN'))
      assert.deepEqual(await made.store.networks.get(network.id), network)
      assert.equal((await made.store.operations.get(operation.id))?.state, 'queued')
    })

    test('that is being deleted takes no other change', async () => {
      await using made = await makeStore()
      const { network } = await sampleWorld(made.store)
      const change = { networkId: network.id, operation: sampleOperation({ kind: 'delete-network' }) }
      const deleting = await made.store.networks.change({ ...change, deleting: true })
      assert.equal(deleting.network.deleting, true)
      const again = made.store.networks.change({ ...change, operation: sampleOperation() })
      await assert.rejects(again, refusal('NETWORK_DELETING'))
      const deletion = sampleOperation({ kind: 'delete-network' })
      await made.store.networks.change({ ...change, deleting: true, operation: deletion })
      assert.equal((await made.store.operations.get(deletion.id))?.state, 'queued', 'once more is another try of it')
      const unknown = made.store.networks.change({ ...change, networkId: newId(), operation: sampleOperation() })
      await assert.rejects(unknown, refusal('NOT_FOUND'))
    })

    test('that is forgotten leaves no row but its operations', async () => {
      await using made = await makeStore()
      const { network, operation, fence } = await sampleWorld(made.store, [{ ports: { service: 20001 } }])
      const { store } = made
      await store.identities.keep([sampleIdentity(network.id, 'ca'), sampleIdentity(network.id, 'node/peer0')])
      await store.artifacts.keep({ networkId: network.id, kind: 'genesis', name: 'main', bytes: Uint8Array.of(1) })
      await store.transactions.prepare(sampleTransaction(network.id))
      const deletion = sampleOperation({ kind: 'delete-network', at: 5000 })
      await store.networks.change({ networkId: network.id, deleting: true, operation: deletion })
      await store.networks.forget(network.id, 6000, fence)
      await store.networks.forget(network.id, 7000, fence)
      assert.deepEqual(await made.placesOf(network.id), ['operations'])
      assert.deepEqual(await made.placesOf(network.nodes[0]?.id ?? ''), [])
      assert.deepEqual(await store.hosts.ports(network.hostId), new Set())
      const ended = await store.operations.get(deletion.id)
      assert.deepEqual([ended?.state, ended?.endedAt, ended?.subject.name], ['succeeded', 6000, network.name])
      assert.equal((await store.operations.get(operation.id))?.state, 'superseded')
    })
  })

  describe('a removed node', () => {
    test('that is forgotten gives back its ports and identities, and not those of others', async () => {
      await using made = await makeStore()
      const { network, fence } = await sampleWorld(made.store, [
        { ports: { service: 20001 }, removed: true },
        { name: 'peer1', ports: { service: 20002 } },
      ])
      const [gone, stays] = network.nodes
      assert.ok(gone && stays)
      const subjects = ['ca', 'node/peer0', 'node-tls/peer0', 'node/peer1'] as const
      await made.store.identities.keep(subjects.map((subject) => sampleIdentity(network.id, subject)))
      await made.store.networks.forgetNode(gone.id, fence)
      await made.store.networks.forgetNode(gone.id, fence)
      await made.store.networks.forgetNode(stays.id, fence)
      assert.deepEqual((await made.store.networks.get(network.id))?.nodes, [stays])
      assert.deepEqual(await made.store.hosts.ports(network.hostId), new Set([20002]))
      const left = await made.store.identities.list(network.id)
      assert.deepEqual(left.map(({ subject }) => subject).sort(), ['ca', 'node/peer1'])
    })

    test('leaves the identities to a successor of the same name', async () => {
      await using made = await makeStore()
      const { network, fence } = await sampleWorld(made.store, [{ removed: true }, {}])
      await made.store.identities.keep([sampleIdentity(network.id, 'node/peer0')])
      await made.store.networks.forgetNode(network.nodes[0]?.id ?? '', fence)
      assert.equal((await made.store.identities.list(network.id)).length, 1)
    })
  })
}
