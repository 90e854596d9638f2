import { describe } from 'node:test'
import { describeClaims } from './store-claims.ts'
import { describeHistory } from './store-history.ts'
import { describeHostOperations } from './store-host-operations.ts'
import { describeKept } from './store-kept.ts'
import { describeNetworks } from './store-networks.ts'
import { describeOperations } from './store-operations.ts'
import { describePages } from './store-pages.ts'
import type { MakeStore } from './store-samples.ts'

export type { MakeStore, StoreUnderTest } from './store-samples.ts'

/** Judges a store. `makeStore` gives a new, empty one for each sentence; the suite disposes of it. */
export function describeStore(name: string, makeStore: MakeStore): void {
  describe(`the store ${name}`, () => {
    describeNetworks(makeStore)
    describeOperations(makeStore)
    describeHostOperations(makeStore)
    describeKept(makeStore)
    describeHistory(makeStore)
    describeClaims(makeStore)
    describePages(makeStore)
  })
}
