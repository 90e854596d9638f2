/** For tests only: the blocks of a peer as they come, for those who wait for what they sent. */
import type { Connection, Signer } from '@cello/fabric'
import { deliverFromPeer } from '@cello/fabric/peers'
import { common } from '@hyperledger/fabric-protos'

/** Milliseconds until what was sent must be in a block. */
const patienceMs = 90_000

export class Follower implements AsyncDisposable {
  readonly #blocks: common.Block[] = []
  readonly #stop = new AbortController()
  readonly #done: Promise<void>
  #failure: unknown
  #wake: () => void = () => undefined

  constructor(connection: Connection, signer: Signer, channel: string) {
    this.#done = this.#follow(connection, signer, channel)
  }

  get height(): number {
    return this.#blocks.length
  }

  block(number: number): common.Block {
    const block = this.#blocks[number]
    if (!block) throw new Error(`block ${number} has not come`)
    return block
  }

  /** Waits until so many blocks are there. */
  async until(isTrue: () => boolean, what: string): Promise<void> {
    const end = Date.now() + patienceMs
    while (!isTrue()) {
      if (this.#failure !== undefined) throw new Error('the blocks have ended', { cause: this.#failure })
      if (Date.now() > end) throw new Error(`${what}: not after ${patienceMs} ms, at height ${this.height}`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        setTimeout(resolve, 500).unref()
      })
    }
  }

  /** Envelopes in the blocks from `height` on, with their verdicts and places. */
  since(height: number): readonly Placed[] {
    return this.#blocks.slice(height).flatMap((block, index) => {
      const filter = block.getMetadata()?.getMetadataList_asU8()[common.BlockMetadataIndex.TRANSACTIONS_FILTER] ?? []
      const envelopes = block.getData()?.getDataList_asU8() ?? []
      return envelopes.map((envelope, at) => ({ block: height + index, index: at, code: filter[at] ?? 255, envelope }))
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#done
  }

  async #follow(connection: Connection, signer: Signer, channel: string): Promise<void> {
    const { signal } = this.#stop
    try {
      const blocks = deliverFromPeer(connection, signer, { channel, from: 0 }, { signal, timeoutMs: 3_600_000 })
      for await (const block of blocks) {
        this.#blocks.push(block)
        this.#wake()
      }
    } catch (error) {
      this.#failure = error
      this.#wake()
    }
  }
}

/** An envelope in a block. */
export interface Placed {
  readonly block: number
  readonly index: number
  /** A `peer.TxValidationCode`. */
  readonly code: number
  readonly envelope: Uint8Array
}
