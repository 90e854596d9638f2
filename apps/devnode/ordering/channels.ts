/** The channels of this node: those that it orders, and those that it joined late and has no blocks of. */
import { decode } from '@cello/fabric/codec'
import { common } from '@hyperledger/fabric-protos'
import { type ChannelConfig, readChannelConfig } from '../config/channel-config.ts'
import { ordererTls } from '../config/propose-update.ts'
import { checkImplemented, isConsenter, readRaftMetadata, Unimplemented } from '../config/raft-metadata.ts'
import { readBlockParts } from '../ledger/block-parts.ts'
import type { BlockStore, Ledgers } from '../ledger/block-store.ts'
import type { Certificate } from '../msp/certificate.ts'
import { Channel, type ChannelOptions } from './channel.ts'
import { Refusal } from './refusal.ts'

export interface ChannelsOptions extends ChannelOptions {
  readonly ledgers: Ledgers
  /** By whose key consenters know this node; absent without TLS, where nobody is a consenter. */
  readonly ownTls?: Certificate
}

/** What the participation API tells of a channel. */
export interface ChannelInfo {
  readonly name: string
  readonly consensusRelation: 'consenter' | 'follower'
  readonly status: 'active' | 'onboarding' | 'failed'
  readonly height: number
}

export class Channels implements AsyncDisposable {
  readonly #options: ChannelsOptions
  readonly #active = new Map<string, Channel>()
  readonly #onboarding = new Set<string>()
  readonly #leaving = new Map<string, ChannelInfo>()

  private constructor(options: ChannelsOptions) {
    this.#options = options
  }

  /** Opens all that is stored. @throws Error naming what is damaged */
  static async open(options: ChannelsOptions): Promise<Channels> {
    const channels = new Channels(options)
    for (const [name, store] of await options.ledgers.open()) await channels.#start(name, store)
    for (const name of (await options.ledgers.joins.list()).keys()) channels.#onboarding.add(name)
    return channels
  }

  get(name: string): Channel | undefined {
    return this.#active.get(name)
  }

  active(): ReadonlyMap<string, Channel> {
    return this.#active
  }

  names(): readonly string[] {
    return [...this.#active.keys(), ...this.#onboarding, ...this.#leaving.keys()].sort()
  }

  info(name: string): ChannelInfo | undefined {
    const channel = this.#active.get(name)
    if (channel) {
      const status = channel.isReady ? 'active' : 'failed'
      return { name, consensusRelation: 'consenter', status, height: channel.height }
    }
    if (this.#onboarding.has(name)) {
      return { name, consensusRelation: 'consenter', status: 'onboarding', height: 0 }
    }
    return this.#leaving.get(name)
  }

  isOnboarding(name: string): boolean {
    return this.#onboarding.has(name)
  }

  isLeaving(name: string): boolean {
    return this.#leaving.has(name)
  }

  /** @param config as `configOfBlock` reads it from this very block. @throws Refusal, Unimplemented */
  async join(block: Uint8Array, config: ChannelConfig): Promise<ChannelInfo> {
    const { channel: name, orderer } = config
    checkImplemented(orderer.consensusType, orderer.consensusMetadata)
    readRaftMetadata(orderer.consensusMetadata, ordererTls(config))
    const { ownTls, ledgers } = this.#options
    if (!ownTls || !isConsenter(orderer.consensusMetadata, ownTls)) {
      throw new Unimplemented(
        'UNIMPLEMENTED: the devnode follows no other orderer, and this node is no consenter of the channel',
      )
    }
    if (readBlockParts(block).number === 0) {
      await this.#start(name, await ledgers.create(name, block))
    } else {
      await ledgers.joins.save(name, block)
      this.#onboarding.add(name)
    }
    const info = this.info(name)
    if (!info) throw new Error(`channel ${name} was left while it was joined`)
    return info
  }

  /** @returns false when the node is not on the channel */
  async remove(name: string): Promise<boolean> {
    const info = this.info(name)
    const channel = this.#active.get(name)
    if (channel && info) {
      this.#active.delete(name)
      this.#leaving.set(name, info)
      await channel[Symbol.asyncDispose]()
      await this.#options.ledgers.remove(name)
      this.#leaving.delete(name)
      return true
    }
    if (!this.#onboarding.delete(name)) return false
    await this.#options.ledgers.joins.remove(name)
    return true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#active.values()].map((channel) => channel[Symbol.asyncDispose]()))
  }

  async #start(name: string, store: BlockStore): Promise<void> {
    this.#active.set(name, await Channel.open(store, configOfBlock, this.#options))
  }
}

/** The config in a config block, checked whole. @throws Error with Fabric's sentence */
export function configOfBlock(block: Uint8Array): ChannelConfig {
  const [envelope] = readBlockParts(block).envelopes
  if (!envelope) throw new Error('envelope index out of bounds')
  const payload = decode(common.Payload, decode(common.Envelope, envelope).getPayload_asU8())
  const header = payload.getHeader()
  if (!header) throw new Error('envelope header cannot be nil')
  const { channelId } = decode(common.ChannelHeader, header.getChannelHeader_asU8()).toObject()
  return readChannelConfig(channelId, decode(common.ConfigEnvelope, payload.getData_asU8()).getConfig())
}

/** The channel's block that a participation client names. @throws Refusal NOT_FOUND */
export async function blockNamed(channel: Channel, which: string): Promise<Uint8Array> {
  const numbers: Readonly<Record<string, number>> = {
    oldest: 0,
    newest: channel.height - 1,
    config: channel.lastConfig,
  }
  const number = numbers[which] ?? Number(which)
  try {
    return await channel.store.read(number)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new Refusal(common.Status.NOT_FOUND, error.message, { cause: error })
  }
}
