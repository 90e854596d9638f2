import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newId, sha256Hex } from '@cello/kit'
import type { PackageRecord } from '../store.ts'
import {
  type MakeStore,
  outcomes,
  refusal,
  sampleIdentity,
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
    test('of one digest are kept once', async () => {
      await using made = await makeStore()
      const record: PackageRecord = {
        digest: sha256Hex('a'),
        name: 'asset',
        version: '1.0',
        language: 'node',
        entry: 'dist/index.js',
        bytes: 5,
        createdAt: 1,
        metadata: { 'META-INF/x.json': '{}' },
        modules: { digest: sha256Hex('m'), entry: 'kept.cjs' },
      }
      const kept = await Promise.all(times(5, (n) => made.store.packages.keep({ ...record, createdAt: n })))
      for (const answer of kept) assert.deepEqual(answer, kept[0])
      assert.deepEqual(await made.store.packages.get(record.digest), kept[0])
      assert.equal((await made.store.packages.list({ limit: 10 })).items.length, 1)
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

async function keyText(asked: Promise<{ reveal(): string }>): Promise<{ reveal: string }> {
  return { reveal: (await asked).reveal() }
}
