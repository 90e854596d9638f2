import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newId, sha256Hex } from '@cello/kit'
import { NetworkSpec } from '@cello/model'
import {
  type MakeStore,
  outcomes,
  refusal,
  sampleIdentity,
  sampleNetwork,
  sampleOperation,
  samplePackage,
  sampleTransaction,
  sampleWorld,
  times,
} from './store-samples.ts'

/** What is made once and kept: identities, genesis blocks, packages, signed envelopes. */
export function describeKept(makeStore: MakeStore): void {
  describe('identities', () => {
    test('made by ten at once are kept once, and all get the ones that were kept', async () => {
      await using made = await makeStore()
      const { network } = await sampleWorld(made.store)
      const kept = await Promise.all(
        times(10, (n) =>
          made.store.identities.keep([
            sampleIdentity(network.id, 'ca', `key ${n}`),
            sampleIdentity(network.id, 'tls-ca', `key ${n}`),
          ]),
        ),
      )
      for (const answer of kept) assert.deepEqual(answer, kept[0])
      const { reveal } = await keyText(made.store.identities.key(network.id, 'Org1', 'ca'))
      assert.equal(`certificate of ${reveal}`, kept[0]?.[0]?.certificate, 'key and certificate of one making')
      assert.equal((await made.store.identities.list(network.id)).length, 2)
    })

    test('give back the key that was sealed, and a certificate without a key gives none', async () => {
      await using made = await makeStore()
      const { network } = await sampleWorld(made.store)
      const { key: _key, ...own } = sampleIdentity(network.id, 'user/alice')
      await made.store.identities.keep([
        sampleIdentity(network.id, 'admin', 'the key ✓'),
        { ...own, custody: 'own' as const },
      ])
      const { reveal } = await keyText(made.store.identities.key(network.id, 'Org1', 'admin'))
      assert.equal(reveal, 'the key ✓')
      await assert.rejects(made.store.identities.key(network.id, 'Org1', 'user/alice'), refusal('NOT_FOUND'))
      await assert.rejects(made.store.identities.key(network.id, 'Org1', 'user/bob'), refusal('NOT_FOUND'))
      const found = await made.store.identities.find(network.id, 'Org1', 'user/alice')
      assert.deepEqual(found, { ...own, custody: 'own' })
    })

    test('of a network that is not there are not kept', async () => {
      await using made = await makeStore()
      await assert.rejects(made.store.identities.keep([sampleIdentity(newId(), 'ca')]), refusal('NOT_FOUND'))
    })

    test('hold no key that can be read in the store', async () => {
      await using made = await makeStore()
      const { network } = await sampleWorld(made.store)
      await made.store.identities.keep([sampleIdentity(network.id, 'ca', 'CANARY-KEY')])
      const { certificate } = sampleIdentity(network.id, 'ca', 'CANARY-KEY')
      assert.deepEqual(await made.placesOf(certificate), ['identities'], 'the search finds what is there')
      await made.store.identities.keep([{ ...sampleIdentity(network.id, 'admin', 'HIDDEN-KEY'), certificate: 'c' }])
      assert.deepEqual(await made.placesOf('HIDDEN-KEY'), [])
    })
  })

  describe('genesis blocks', () => {
    test('made by ten at once are kept once, and all get the one that was kept', async () => {
      await using made = await makeStore()
      const { network } = await sampleWorld(made.store)
      const place = { networkId: network.id, kind: 'genesis', name: 'main' } as const
      const kept = await Promise.all(
        times(10, (n) => made.store.artifacts.keep({ ...place, bytes: Uint8Array.of(n, 255, 0) })),
      )
      for (const answer of kept) assert.deepEqual(answer, kept[0])
      assert.deepEqual(await made.store.artifacts.get(network.id, 'genesis', 'main'), kept[0])
      assert.deepEqual(await made.store.artifacts.names(network.id, 'genesis'), ['main'])
      assert.equal(await made.store.artifacts.get(network.id, 'genesis', 'other'), undefined)
    })
  })

  describe('packages', () => {
    test('of one digest are kept once, and are as new as when they were kept last', async () => {
      await using made = await makeStore()
      const record = samplePackage('a', { modules: { digest: sha256Hex('m'), entry: 'kept.cjs' } })
      await Promise.all(times(5, (n) => made.store.packages.keep({ ...record, createdAt: n })))
      const kept = await made.store.packages.keep({ ...record, name: 'other', createdAt: 2 })
      assert.deepEqual(kept, { ...record, createdAt: 4 })
      assert.deepEqual(await made.store.packages.get(record.digest), kept)
      assert.deepEqual((await made.store.packages.list({ limit: 10 })).items, [kept])
      assert.deepEqual(await made.store.packages.programs(), [record.digest, record.modules?.digest])
    })

    test('that nobody uses go, but young ones and the newest of each name', async () => {
      await using made = await makeStore()
      const { packages, networks } = made.store
      const { network } = await sampleWorld(made.store, [
        { kind: 'contract', contract: { channel: 'main', name: 'asset', package: sha256Hex('of a node') } },
      ])
      const names = ['of a node', 'deployed', 'code', 'old', 'older', 'new']
      const ages = [10, 20, 30, 50, 40, 60]
      for (const [n, name] of names.entries()) await packages.keep(samplePackage(name, { createdAt: ages[n] ?? 0 }))
      await packages.keep(samplePackage('named otherwise', { name: 'token', createdAt: 1 }))
      await packages.keep(samplePackage('young', { createdAt: 100 }))
      const spec = withContract(network.spec, { package: sha256Hex('deployed'), code: sha256Hex('code') })
      await networks.change({ networkId: network.id, spec, operation: sampleOperation({ kind: 'change-network' }) })
      assert.equal(await packages.sweep({ keptBefore: 100, keepNewest: 1 }), 2)
      assert.equal(await packages.sweep({ keptBefore: 100, keepNewest: 1 }), 0)
      const { items } = await packages.list({ limit: 10 })
      const kept = ['young', 'new', 'code', 'deployed', 'of a node', 'named otherwise'].map(sha256Hex)
      assert.deepEqual(
        items.map(({ digest }) => digest),
        kept,
      )
    })

    test('that are not there are in no document, so none is deployed that was taken out meanwhile', async () => {
      await using made = await makeStore()
      const { host, network } = await sampleWorld(made.store)
      const spec = withContract(network.spec, { package: sha256Hex('gone') })
      const change = { networkId: network.id, spec, operation: sampleOperation({ kind: 'change-network' }) }
      await assert.rejects(made.store.networks.change(change), refusal('NOT_FOUND'))
      assert.deepEqual(await made.store.networks.get(network.id), network)
      const other = sampleNetwork(host.id)
      await assert.rejects(made.store.networks.create({ ...other, spec }, sampleOperation()), refusal('NOT_FOUND'))
      assert.deepEqual(await made.store.networks.ids(), [network.id])
    })
  })

  describe('transactions', () => {
    test('are pending with their envelope until they are finished, and the first outcome stays', async () => {
      await using made = await makeStore()
      const { network } = await sampleWorld(made.store)
      const { transactions } = made.store
      const invoke = sampleTransaction(network.id)
      const commit = sampleTransaction(network.id, {
        purpose: 'commit-contract/main/asset',
        about: undefined,
        createdAt: 6001,
      })
      await transactions.prepare(invoke)
      await transactions.prepare(commit)
      assert.deepEqual(await transactions.pending(network.id), [invoke, commit])
      assert.deepEqual(await transactions.pending(network.id, commit.purpose), [commit])
      await transactions.finish(invoke.id, { valid: false, status: 'MVCC_READ_CONFLICT', block: 7, at: 8000 })
      await transactions.finish(invoke.id, { valid: true, status: 'VALID', block: 8, at: 9000 })
      assert.deepEqual(await transactions.get(invoke.id), {
        ...invoke,
        state: 'invalid',
        status: 'MVCC_READ_CONFLICT',
        block: 7,
        endedAt: 8000,
      })
      assert.deepEqual(await transactions.pending(network.id), [commit])
      const unknown = transactions.finish(newId(), { valid: true, status: 'VALID', block: 1, at: 1 })
      await assert.rejects(unknown, refusal('NOT_FOUND'))
    })

    test('are prepared once under one id', async () => {
      await using made = await makeStore()
      const { network } = await sampleWorld(made.store)
      const record = sampleTransaction(network.id)
      const { won } = await outcomes(times(5, () => made.store.transactions.prepare(record)))
      assert.equal(won, 1)
    })
  })
}

function withContract(spec: NetworkSpec, programs: { readonly package: string; readonly code?: string }): NetworkSpec {
  const orderer = { name: 'Orderer', orderers: [{ name: 'orderer0' }] }
  const contracts = [{ name: 'asset', version: '1', ...programs }]
  const organizations = [...spec.organizations, orderer]
  return NetworkSpec.parse({ ...spec, organizations, channels: [{ name: 'main', contracts }] })
}

async function keyText(asked: Promise<{ reveal(): string }>): Promise<{ reveal: string }> {
  return { reveal: (await asked).reveal() }
}
