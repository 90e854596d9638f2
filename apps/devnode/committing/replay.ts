/** The state as the stored blocks and their verdicts make it: after a crash, or anew from block 0. */
import { decode } from '@cello/fabric/codec'
import { common, peer } from '@hyperledger/fabric-protos'
import { type ChannelConfig, readChannelConfig } from '../config/channel-config.ts'
import { type BlockParts, readBlockParts } from '../ledger/block-parts.ts'
import type { BlockStore } from '../ledger/block-store.ts'
import type { Lifecycle } from '../lifecycle/lifecycle.ts'
import type { NamespaceSet } from '../simulation/rwset.ts'
import type { CommittedPrivateWrites, PrivateStore } from '../state/private-store.ts'
import type { StateReader, StateWrite, WorldState } from '../state/world-state.ts'
import { type BlockTransaction, readTransaction, setsOf } from '../validation/block-transaction.ts'
import { configKey } from '../validation/check-config.ts'
import { type PendingState, pendingState } from '../validation/pending-state.ts'
import { readEnvelope } from '../validation/read-envelope.ts'
import { type ExpirySources, expiryWrites } from './expiry.ts'
import { privateStateWrites } from './private-writes.ts'
import { purgedStateWrites, purgeStore, purgesOf } from './purges.ts'
import { stateUpdate } from './state-update.ts'
import { codesOf } from './stored-block.ts'

export interface ReplayStores {
  readonly store: BlockStore
  readonly state: WorldState
  readonly privateData: PrivateStore
}

/** Applies the blocks that the state lacks; a state that is ahead of them, or of another chain, is made anew. */
export async function catchUp(
  { store, state, privateData }: ReplayStores,
  lifecycle: () => Pick<Lifecycle, 'definition'>,
): Promise<void> {
  if (!(await fits(store, state))) state.clear()
  while (state.height < store.height) {
    const parts = readBlockParts(await store.read(state.height))
    const decided = decidedBefore(parts, state)
    const privateWrites = privateData.committed(parts.number)
    const sources = { state, privateData, lifecycle: lifecycle() }
    state.apply(stateUpdate(decided, privateChanges(decided, privateWrites, sources)))
  }
}

async function fits(store: BlockStore, state: WorldState): Promise<boolean> {
  if (state.height === 0) return true
  if (state.height > store.height) return false
  const { hash, number } = readBlockParts(await store.read(state.height - 1))
  return state.blockByHash(hash) === number
}

interface Replayed {
  readonly parts: BlockParts
  readonly transactions: readonly (BlockTransaction & {
    readonly code: number
    readonly sets?: readonly NamespaceSet[]
  })[]
  readonly pending: PendingState
}

/** A stored block, taken by its own verdicts. */
function decidedBefore(parts: BlockParts, state: WorldState): Replayed {
  const codes = codesOf(parts.metadata)
  const pending = pendingState(state)
  const transactions = parts.envelopes.map((bytes, index) => {
    const read = readEnvelope(bytes)
    const code = codes[index] ?? peer.TxValidationCode.NOT_VALIDATED
    const about = { ...readTransaction(read, index), code }
    if (code !== peer.TxValidationCode.VALID) return about
    const sets = setsOf(read)
    pending.add(sets, { block: parts.number, transaction: index })
    return { ...about, sets }
  })
  return { parts, transactions, pending }
}

/** What a block changes beside what it tells openly: private values that are here, purges, and what has lived its time. */
export function privateChanges(
  { parts, transactions, pending }: Replayed,
  privateWrites: readonly CommittedPrivateWrites[],
  sources: ExpirySources,
): StateWrite[] {
  const { state, privateData } = sources
  const purges = purgesOf(transactions)
  if (purges.length > 0) purgeStore(purges, parts.number, privateData)
  const writes = [...privateStateWrites(privateWrites), ...purgedStateWrites(purges, state)]
  const expiries = expiryWrites(parts.number, pending, privateWrites, sources)
  return [...writes.sort((a, b) => a.transaction - b.transaction), ...expiries]
}

/** The config that the state holds. @throws Error with Fabric's sentence */
export function latestConfig(channel: string, state: StateReader): ChannelConfig {
  const stored = state.get(configKey.namespace, configKey.key)?.value ?? new Uint8Array()
  return readChannelConfig(channel, decode(common.ConfigEnvelope, stored).getConfig())
}
