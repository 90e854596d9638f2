import { sha256Hex, stableJson } from '@cello/kit'
import { PlatformError } from '@cello/model'
import type { ChainConfig, Genesis } from '../chain-config.ts'
import type { ContractTransaction, Envelope } from '../envelope.ts'
import type { Block, BlockEntry, Committed } from './world-api.ts'

/** One chain: what all nodes that joined with the same genesis block agree on. */
export class Chain {
  /** SHA-256 of the genesis block. */
  readonly id: string
  readonly name: string
  config: ChainConfig
  readonly #blocks: Block[] = []
  readonly #state = new Map<string, { readonly value: string; readonly version: number }>()
  readonly #transactions = new Map<string, Committed>()
  #version = 0

  constructor(id: string, genesis: Genesis) {
    this.id = id
    this.name = genesis.channel
    this.config = genesis.config
    this.#append({ type: 'genesis', txId: '', creator: '', purpose: 'genesis', status: 'VALID', writes: [] })
  }

  get height(): number {
    return this.#blocks.length
  }

  get(key: string): string | undefined {
    return this.#state.get(key)?.value
  }

  /** Keys that begin so, with the beginning cut off. */
  keysBelow(prefix: string): string[] {
    return [...this.#state.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length))
  }

  /** Rises with each write of the key; 0 where there is none. */
  versionOf(key: string): number {
    return this.#state.get(key)?.version ?? 0
  }

  find(txId: string): Committed | undefined {
    return this.#transactions.get(txId)
  }

  /** @throws NOT_FOUND */
  block(number: number): Block {
    const found = this.#blocks[number]
    if (!found) throw new PlatformError('NOT_FOUND', { noun: 'block', id: number })
    return found
  }

  entries(): (BlockEntry & { readonly block: number })[] {
    return this.#blocks.flatMap(({ number, transactions }) =>
      transactions.map((entry) => ({ ...entry, block: number })),
    )
  }

  /** Puts it into a block of its own, valid or not, as an ordering service does. */
  append(envelope: Envelope): Committed {
    const status = this.#statusOf(envelope)
    const writes = envelope.type === 'transaction' ? envelope.writes : []
    const { type, txId, creator, purpose } = envelope
    const block = this.#append({ type, txId, creator, purpose, status, writes })
    const committed = { txId, status, block }
    if (status === 'VALID' && envelope.type === 'config') {
      this.config = { ...envelope.config, sequence: this.config.sequence + 1 }
    }
    if (status === 'VALID') this.#write(writes)
    // Of two with the same id the first counts.
    if (status !== 'DUPLICATE_TXID') this.#transactions.set(txId, committed)
    return committed
  }

  #statusOf(envelope: Envelope): string {
    if (this.#transactions.has(envelope.txId)) return 'DUPLICATE_TXID'
    if (envelope.type === 'config') return 'VALID'
    return this.#hasChanged(envelope) ? 'MVCC_READ_CONFLICT' : 'VALID'
  }

  #hasChanged({ reads }: ContractTransaction): boolean {
    return reads.some(([key, version]) => this.versionOf(key) !== version)
  }

  #write(writes: ContractTransaction['writes']): void {
    this.#version += 1
    for (const [key, value] of writes) {
      if (value === null) this.#state.delete(key)
      else this.#state.set(key, { value, version: this.#version })
    }
  }

  #append(entry: BlockEntry): number {
    const number = this.#blocks.length
    const previousHash = this.#blocks.at(-1)?.hash ?? ''
    const hash = sha256Hex(stableJson([this.id, number, previousHash, entry]))
    this.#blocks.push({ number, previousHash, hash, transactions: [entry] })
    return number
  }
}
