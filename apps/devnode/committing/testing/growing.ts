/** For tests only: a peer's channel whose blocks the test makes. */

import { readBlockParts } from '../../ledger/block-parts.ts'
import { memoryLedgers } from '../../ledger/memory-ledgers.ts'
import type { ContractDefinition } from '../../lifecycle/definition.ts'
import { makeBlock } from '../../ordering/block-maker.ts'
import { openPrivateStore } from '../../state/open-private-store.ts'
import { openWorldState } from '../../state/open-world-state.ts'
import type { TraceEvent, Traces } from '../../trace/trace.ts'
import { codeName } from '../../validation/verdict.ts'
import { type OpenPeerChannels, openPeerChannels, type PeerChannelsOptions } from '../open-peer-channels.ts'
import type { PeerChannel } from '../peer-channel.ts'
import { codesOf } from '../stored-block.ts'
import type { MadeTransaction } from './endorsed-transaction.ts'
import type { TestChannel } from './test-channel.ts'

export interface Growing extends AsyncDisposable {
  readonly channels: OpenPeerChannels
  readonly channel: PeerChannel
  readonly definitions: Map<string, ContractDefinition>
  /** Puts these into the next block. @returns Fabric's names of their verdicts */
  verdicts(...transactions: readonly (MadeTransaction | Uint8Array)[]): Promise<string[]>
  /** The next block, signed, not committed. */
  next(...transactions: readonly (MadeTransaction | Uint8Array)[]): Promise<Uint8Array>
  trace(txId: string): readonly TraceEvent[]
}

export async function growing(world: TestChannel, more: Partial<PeerChannelsOptions> = {}): Promise<Growing> {
  const definitions = new Map<string, ContractDefinition>()
  const kept = new Map<string, TraceEvent[]>()
  const traces: Traces = {
    of(_channel, txId) {
      const events = kept.get(txId) ?? []
      kept.set(txId, events)
      return { add: (event) => void events.push(event) }
    },
    read: (_channel, txId) => kept.get(txId),
    newest: () => [],
  }
  const channels = await openPeerChannels({
    ledgers: memoryLedgers(),
    openState: () => openWorldState(':memory:'),
    openPrivate: () => openPrivateStore(':memory:'),
    lifecycle: () => ({ definition: (_reader, name) => definitions.get(name) }),
    mspId: 'Org1MSP',
    richQueries: false,
    traces,
    onFailure: () => undefined,
    ...more,
  })
  const [known] = channels.names()
  const channel = known === undefined ? await channels.join(world.genesis) : channels.get(known)
  if (!channel) throw new Error('the channel is not there')
  const next = async (...transactions: readonly (MadeTransaction | Uint8Array)[]) => {
    const envelopes = transactions.map((one) => (one instanceof Uint8Array ? one : one.bytes))
    return nextBlock(world, channel, envelopes)
  }
  return {
    channels,
    channel,
    definitions,
    next,
    async verdicts(...transactions) {
      await channel.commit(await next(...transactions))
      const stored = readBlockParts(await channel.store.read(channel.height - 1))
      return Array.from(codesOf(stored.metadata), codeName)
    },
    trace: (txId) => kept.get(txId) ?? [],
    [Symbol.asyncDispose]: () => channels[Symbol.asyncDispose](),
  }
}

export async function nextBlock(
  world: TestChannel,
  channel: Pick<PeerChannel, 'height' | 'store'>,
  envelopes: readonly Uint8Array[],
): Promise<Uint8Array> {
  const { hash } = readBlockParts(await channel.store.read(channel.height - 1))
  const plan = { number: channel.height, previousHash: hash, envelopes, lastConfig: 0 }
  return makeBlock(plan, world.orderer).serializeBinary()
}
