/** One channel that this node orders: takes envelopes in, cuts them into blocks, stores these, and tells who waits. */
import { channelHeader, newNonce, payloadBytes, signatureHeader } from '@cello/fabric/codec'
import { common } from '@hyperledger/fabric-protos'
import type { ChannelConfig } from '../config/channel-config.ts'
import { checkMaintenance, proposeUpdate } from '../config/propose-update.ts'
import { readBlockParts } from '../ledger/block-parts.ts'
import type { BlockStore } from '../ledger/block-store.ts'
import type { LocalSigner } from '../msp/local-msp.ts'
import { BatchCutter, type Pending } from './batch-cutter.ts'
import { lastConfigOf, makeBlock } from './block-maker.ts'
import { checkEnvelope, type FilterOptions } from './filters.ts'
import { prefixed, Refusal } from './refusal.ts'

export interface ChannelOptions extends FilterOptions {
  readonly signer: LocalSigner
  /** Told once when a block could not be stored: the channel takes nothing more until the node is started again. */
  readonly onFailure: (channel: string, error: unknown) => void
}

interface Batch {
  readonly envelopes: readonly Uint8Array[]
  readonly isConfig: boolean
}

/** Blocks that may wait for the disk before senders must. */
const longestQueue = 16

interface Tip {
  readonly number: number
  readonly hash: Uint8Array
  readonly lastConfig: number
}

export class Channel implements AsyncDisposable {
  readonly store: BlockStore
  readonly #options: ChannelOptions
  readonly #cutter = new BatchCutter()
  readonly #queue: Batch[] = []
  readonly #waiting = new Set<() => void>()
  #config: ChannelConfig
  #tip: Tip
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined
  #stopped: 'no' | 'failed' | 'closed' = 'no'

  private constructor(store: BlockStore, config: ChannelConfig, tip: Tip, options: ChannelOptions) {
    this.store = store
    this.#config = config
    this.#tip = tip
    this.#options = options
  }

  /** @param readConfig reads the config in a config block */
  static async open(
    store: BlockStore,
    readConfig: (block: Uint8Array) => ChannelConfig,
    options: ChannelOptions,
  ): Promise<Channel> {
    const number = store.height - 1
    const { hash, metadata } = readBlockParts(await store.read(number))
    const lastConfig = number === 0 ? 0 : lastConfigOf(metadata)
    const config = readConfig(await store.read(lastConfig))
    return new Channel(store, config, { number, hash, lastConfig }, options)
  }

  /** The config that the next envelope is judged by; its block may still be on its way to the disk. */
  get config(): ChannelConfig {
    return this.#config
  }

  get height(): number {
    return this.store.height
  }

  /** Number of the newest config block that is stored. */
  get lastConfig(): number {
    return this.#tip.lastConfig
  }

  /** Whether it orders; false once a block could not be stored, or the channel was left. */
  get isReady(): boolean {
    return this.#stopped === 'no'
  }

  /** Takes a normal envelope in; it will stand in a block unless the node dies first. @throws Refusal */
  async order(envelope: common.Envelope): Promise<void> {
    if (this.#config.orderer.isMaintenance) {
      throw new Refusal(common.Status.SERVICE_UNAVAILABLE, 'normal transactions are rejected: maintenance mode')
    }
    checkEnvelope(envelope, this.#config, this.#options)
    await this.#whenReady()
    const size = envelope.getPayload_asU8().length + envelope.getSignature_asU8().length
    const pending: Pending = { envelope: envelope.serializeBinary(), size }
    for (const batch of this.#cutter.add(pending, this.#config.orderer.batch)) this.#enqueue(batch)
    this.#setTimer()
  }

  /** Takes a config update in; its config counts from the next envelope on. @throws Refusal */
  async configure(update: common.Envelope): Promise<void> {
    attempt('config update for existing channel did not pass initial checks', () =>
      checkEnvelope(update, this.#config, this.#options),
    )
    await this.#whenReady()
    const { channel } = this.#config
    const proposed = attempt(`error applying config update to existing channel '${channel}'`, () =>
      proposeUpdate(this.#config, update),
    )
    const signed = this.#signedConfig(proposed.envelope)
    attempt('config update for existing channel did not pass final checks', () =>
      checkEnvelope(signed, this.#config, this.#options),
    )
    attempt('config update for existing channel did not pass maintenance checks', () =>
      checkMaintenance(this.#config, proposed),
    )
    this.#enqueue(this.#cutter.cut())
    this.#config = proposed.next
    this.#push({ envelopes: [signed.serializeBinary()], isConfig: true })
    this.#setTimer()
  }

  /** Resolves when there may be more blocks, when the channel stops, or at the signal. */
  async changed(signal: AbortSignal): Promise<void> {
    if (signal.aborted || !this.isReady) return
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#waiting.delete(done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      this.#waiting.add(done)
      signal.addEventListener('abort', done)
    })
  }

  /** Writes what was taken in and stops. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer)
    if (this.#stopped === 'no') {
      this.#enqueue(this.#cutter.cut())
      this.#stopped = 'closed'
    }
    await this.#writing
    this.#wake()
    await this.store[Symbol.asyncDispose]()
  }

  async #whenReady(): Promise<void> {
    while (this.isReady && this.#queue.length >= longestQueue) await this.#writing
    if (!this.isReady) {
      throw new Refusal(common.Status.SERVICE_UNAVAILABLE, 'no Raft leader: the channel has stopped')
    }
  }

  #enqueue(batch: readonly Pending[]): void {
    if (batch.length > 0) this.#push({ envelopes: batch.map(({ envelope }) => envelope), isConfig: false })
  }

  #push(batch: Batch): void {
    this.#queue.push(batch)
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined
    })
  }

  /** The time-out runs from the first envelope that waits. */
  #setTimer(): void {
    if (!this.#cutter.hasPending) {
      clearTimeout(this.#timer)
      this.#timer = undefined
      return
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#enqueue(this.#cutter.cut())
    }, this.#config.orderer.batch.timeoutMs)
  }

  async #write(): Promise<void> {
    try {
      for (let batch = this.#queue[0]; batch; batch = this.#queue[0]) {
        const number = this.#tip.number + 1
        const lastConfig = batch.isConfig ? number : this.#tip.lastConfig
        const plan = { number, previousHash: this.#tip.hash, envelopes: batch.envelopes, lastConfig }
        const block = makeBlock(plan, this.#options.signer).serializeBinary()
        await this.store.append(block)
        this.#tip = { number, hash: readBlockParts(block).hash, lastConfig }
        this.#queue.shift()
        this.#wake()
      }
    } catch (error) {
      this.#stopped = 'failed'
      this.#queue.length = 0
      this.#wake()
      this.#options.onFailure(this.#config.channel, error)
    }
  }

  #wake(): void {
    for (const done of this.#waiting) done()
  }

  #signedConfig(config: common.ConfigEnvelope): common.Envelope {
    const { signer } = this.#options
    const header = channelHeader({ type: common.HeaderType.CONFIG, channelId: this.#config.channel })
    const payload = payloadBytes(header, signatureHeader(signer.serialized, newNonce()), config.serializeBinary())
    const envelope = new common.Envelope()
    envelope.setPayload(payload)
    envelope.setSignature(signer.sign(payload))
    return envelope
  }
}

function attempt<T>(prefix: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw prefixed(prefix, error)
  }
}
