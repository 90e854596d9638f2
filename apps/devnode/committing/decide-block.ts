/** What a block makes of a channel, found out before any of it is stored. */
import type { ChannelConfig } from '../config/channel-config.ts'
import type { BlockParts } from '../ledger/block-parts.ts'
import { validateBlock } from '../validation/validate-block.ts'
import type { ChannelStores, PeerChannelOptions } from './channel-options.ts'
import { commitHash } from './commit-hash.ts'
import { committedBlock } from './committed-block.ts'
import type { CommittedBlock } from './peer-channel.ts'
import { settledIds } from './private-writes.ts'
import { privateChanges } from './replay.ts'
import { stateUpdate } from './state-update.ts'
import { storedBlock } from './stored-block.ts'
import { findPrivate } from './wanted-private.ts'

/** Where a channel stands. */
export interface Now {
  readonly config: ChannelConfig
  readonly tip: Pick<BlockParts, 'number' | 'hash'>
  readonly commitHash: Uint8Array
}

/** Blocks after which endorsed private values that were never committed are forgotten: Fabric's retention. */
const transientBlocks = 1_000

export interface ReceivedBlock {
  readonly bytes: Uint8Array
  readonly parts: BlockParts
}

export interface Decided {
  /** The block as it will be stored. */
  readonly bytes: Uint8Array
  readonly now: Now
  readonly committed: CommittedBlock
  /** Private values of this organization are not here. */
  readonly hasMissing: boolean
  /** Brings the state up to it, once it is stored. */
  apply(): void
}

/** The verdicts over a block, and its private values stored: done before the block itself is, so that no crash loses them. */
export async function decideBlock(
  { bytes, parts }: ReceivedBlock,
  now: Now,
  { state, privateData }: ChannelStores,
  options: PeerChannelOptions,
): Promise<Decided> {
  const { richQueries, traces, mspId } = options
  const sources = { config: now.config, state, lifecycle: options.lifecycle() }
  const { transactions, pending, next } = await validateBlock(parts, { ...sources, richQueries, traces })
  const codes = Uint8Array.from(transactions, ({ code }) => code)
  const hash = parts.number === 1 || now.commitHash.length > 0 ? commitHash(codes, pending, now.commitHash) : undefined
  const stored = storedBlock(bytes, parts.metadata, { codes, ...(hash ? { commitHash: hash } : {}) })
  const { found: privateWrites, missing } = await findPrivate(parts.number, transactions, {
    sources: { ...sources, privateData, mspId },
    channel: now.config.channel,
    ...(options.privateExchange ? { exchange: options.privateExchange } : {}),
  })
  privateData.commit(parts.number, privateWrites)
  if (missing.length > 0) privateData.miss(parts.number, missing)
  const decided = { parts, transactions, pending }
  return {
    bytes: stored,
    hasMissing: missing.length > 0,
    now: { config: next ?? now.config, tip: parts, commitHash: hash ?? now.commitHash },
    committed: committedBlock(now.config.channel, parts.number, stored, transactions),
    apply() {
      state.apply(stateUpdate(decided, privateChanges(decided, privateWrites, { ...sources, privateData })))
      const settled = settledIds(transactions)
      const isTime = parts.number % transientBlocks === 0 && parts.number > 0
      if (settled.length > 0 || isTime) privateData.forget(settled, isTime ? parts.number - transientBlocks : 0)
    },
  }
}
