import type { BlockStore, Ledgers } from './block-store.ts'

/** Ledgers that end with the process: for tests, and for networks that nobody keeps. */
export function memoryLedgers(): Ledgers {
  const channels = new Map<string, BlockStore>()
  const joins = new Map<string, Uint8Array>()
  return {
    open: async () => new Map(channels),
    async create(channel, genesis) {
      const store = memoryStore(genesis)
      channels.set(channel, store)
      return store
    },
    remove: async (channel) => void channels.delete(channel),
    joins: {
      list: async () => new Map(joins),
      save: async (channel, block) => void joins.set(channel, block),
      remove: async (channel) => void joins.delete(channel),
    },
  }
}

function memoryStore(genesis: Uint8Array): BlockStore {
  const blocks = [genesis]
  return {
    get height() {
      return blocks.length
    },
    append: async (block) => void blocks.push(block),
    async read(number) {
      const block = blocks[number]
      if (!block) throw new RangeError(`no such block number [${number}] in index`)
      return block
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}
