import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sha256Hex } from '@cello/kit'
import type { Page, Store } from '../store.ts'
import {
  type MakeStore,
  refusal,
  sampleHost,
  sampleNetwork,
  sampleOperation,
  sampleTransaction,
  sampleWorld,
  times,
} from './store-samples.ts'

interface Listed {
  /** Adds the n-th thing; some are of one age, so that age alone orders nothing. @returns what it is known by. */
  add(n: number): Promise<string>
  page(cursor: string | undefined): Promise<Page<string>>
}

type MakeListed = (store: Store) => Promise<Listed>

const lists: Readonly<Record<string, MakeListed>> = {
  networks: async (store) => {
    const { id } = await sampleHost(store)
    return {
      add: async (n) => {
        const network = sampleNetwork(id, { name: `n${String(n).padStart(3, '0')}` })
        await store.networks.create(network, sampleOperation())
        return network.id
      },
      page: async (cursor) => map(await store.networks.list({ limit: 4, cursor }), (network) => network.id),
    }
  },
  operations: async (store) => {
    const { network, fence, operation: first } = await sampleWorld(store)
    await store.operations.move(first.id, 'cancelled', 1)
    return {
      add: async (n) => {
        const operation = sampleOperation({ at: 10_000 + Math.floor(n / 3) })
        await store.operations.begin(network.id, 1, operation, fence)
        return operation.id
      },
      page: async (cursor) =>
        map(
          await store.operations.list({ limit: 4, cursor, networkId: network.id, open: true }),
          (operation) => operation.id,
        ),
    }
  },
  packages: async (store) => ({
    add: async (n) => {
      const record = { name: 'a', version: '1', language: 'node', entry: 'x', bytes: 1, metadata: {} } as const
      return (await store.packages.keep({ ...record, digest: sha256Hex(String(n)), createdAt: Math.floor(n / 3) }))
        .digest
    },
    page: async (cursor) => map(await store.packages.list({ limit: 4, cursor }), (record) => record.digest),
  }),
  transactions: async (store) => {
    const { network } = await sampleWorld(store)
    return {
      add: async (n) => {
        const record = sampleTransaction(network.id, { createdAt: Math.floor(n / 3) })
        await store.transactions.prepare(record)
        return record.id
      },
      page: async (cursor) =>
        map(await store.transactions.list(network.id, { limit: 4, cursor }), (record) => record.id),
    }
  },
}

/** Pages: nothing twice, nothing left out, whatever is added meanwhile. */
export function describePages(makeStore: MakeStore): void {
  describe('pages', () => {
    for (const [noun, makeListed] of Object.entries(lists)) {
      test(`of ${noun} show each thing once, also those added between two pages`, async () => {
        await using made = await makeStore()
        const listed = await makeListed(made.store)
        const there = await Promise.all(times(11, (n) => listed.add(n * 2)))
        const seen: string[] = []
        for (let cursor: string | undefined, n = 1; ; n += 8) {
          const page = await listed.page(cursor)
          assert.ok(page.items.length <= 4, `${page.items.length} on a page of 4`)
          seen.push(...page.items)
          cursor = page.next
          if (cursor === undefined) break
          assert.match(cursor, /^[\w-]+$/)
          await listed.add(n)
        }
        assert.equal(new Set(seen).size, seen.length, 'something was shown twice')
        assert.deepEqual(
          there.filter((id) => !seen.includes(id)),
          [],
          'something was left out',
        )
      })

      test(`of ${noun} refuse a cursor that was never given`, async () => {
        await using made = await makeStore()
        const listed = await makeListed(made.store)
        for (const cursor of ['x', 'bnVsbA', Buffer.from('[{}]').toString('base64url')]) {
          await assert.rejects(listed.page(cursor), refusal('INVALID_REQUEST'), cursor)
        }
      })
    }
  })
}

function map<A, B>(page: Page<A>, change: (item: A) => B): Page<B> {
  return { items: page.items.map(change), next: page.next }
}
