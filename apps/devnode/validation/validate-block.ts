/** The verdict over every transaction of a block, in the order of Fabric's checks, and what the valid ones change. */
import { setImmediate } from 'node:timers/promises'
import { peer } from '@hyperledger/fabric-protos'
import type { ChannelConfig } from '../config/channel-config.ts'
import type { BlockParts } from '../ledger/block-parts.ts'
import type { Lifecycle } from '../lifecycle/lifecycle.ts'
import type { NamespaceSet } from '../simulation/rwset.ts'
import { levelDb, type StateFlavour } from '../simulation/state-flavour.ts'
import type { WorldState } from '../state/world-state.ts'
import type { TraceSink, Traces } from '../trace/trace.ts'
import { type BlockTransaction, configSets, eventOf, readTransaction } from './block-transaction.ts'
import { nextConfig } from './check-config.ts'
import { checkEndorsements } from './check-endorsements.ts'
import { checkEnvelope } from './check-envelope.ts'
import { checkReads } from './check-reads.ts'
import { type NamespacePolicies, policyFinder } from './namespace-policies.ts'
import { type PendingState, pendingState } from './pending-state.ts'
import { readAction } from './read-action.ts'
import { readEnvelope } from './read-envelope.ts'
import { type Code, codeName, Invalid, orInvalid } from './verdict.ts'

export interface ValidationContext {
  readonly config: ChannelConfig
  readonly state: WorldState
  readonly lifecycle: Pick<Lifecycle, 'definition'>
  /** The state database is such as Fabric's CouchDB, with its rules for keys and documents. */
  readonly richQueries: boolean
  readonly traces?: Traces | undefined
}

export interface ValidatedBlock {
  readonly transactions: readonly ValidatedTransaction[]
  /** What the valid transactions make of the state. */
  readonly pending: PendingState
  /** Of the config transaction, if there is one: in force after this block. */
  readonly next?: ChannelConfig
}

export interface ValidatedTransaction extends BlockTransaction {
  readonly code: Code
  /** Why it is invalid. */
  readonly reason?: string
  /** Encoded `peer.ChaincodeEvent`. */
  readonly event?: Uint8Array
  /** Absent where the transaction is invalid. */
  readonly sets?: readonly NamespaceSet[]
}

/** Transactions between two turns of the event loop: each takes some 0.3 ms. */
const turnLength = 16

/** @throws Error where the channel cannot go on: a config that does not follow from the one before */
export async function validateBlock(block: BlockParts, context: ValidationContext): Promise<ValidatedBlock> {
  const policiesOf = policyFinder(context)
  const judged: Judged[] = []
  for (const [index, bytes] of block.envelopes.entries()) {
    if (index % turnLength === turnLength - 1) await setImmediate()
    judged.push(judge(bytes, index, { ...context, policiesOf }))
  }
  const ids = new Set<string>()
  const pending = pendingState(context.state)
  const flavour = context.richQueries ? (await import('../simulation/couch-db.ts')).couchDb : levelDb
  const transactions = judged.map((one) => {
    const outcome = settle(one, { ids, pending, block, flavour })
    const { code, reason } = outcome
    const told = { code: codeName(code), block: block.number, ...(reason === undefined ? {} : { reason }) }
    one.trace?.add({ kind: 'verdict', ...told })
    return outcome
  })
  const next = judged.find((one) => one.next)?.next
  return { transactions, pending, ...(next ? { next } : {}) }
}

/** A transaction after the checks that look at nothing but itself and the state before its block. */
interface Judged extends ValidatedTransaction {
  readonly next?: ChannelConfig
  readonly trace: TraceSink | undefined
}

interface JudgingContext extends ValidationContext {
  readonly policiesOf: (namespace: string) => NamespacePolicies
}

function judge(bytes: Uint8Array, index: number, context: JudgingContext): Judged {
  const read = readEnvelope(bytes)
  const about = readTransaction(read, index)
  const { config, traces, policiesOf } = context
  const trace = about.txId === '' ? undefined : traces?.of(config.channel, about.txId)
  const { VALID } = peer.TxValidationCode
  try {
    const checked = checkEnvelope(read, config.memberships)
    if (checked.type === 'config') {
      const data = checked.payload.getData_asU8()
      return { ...about, trace, code: VALID, sets: configSets(data), next: nextConfig(config, data) }
    }
    checkNew(about.txId, context)
    const action = readAction(checked)
    checkEndorsements(action, { policiesOf, memberships: config.memberships, trace })
    const { event } = action
    return { ...about, trace, code: VALID, sets: action.sets, ...(event ? { event } : {}) }
  } catch (error) {
    if (error instanceof Invalid) {
      const event = eventOf(read)
      return { ...about, trace, code: error.code, reason: error.message, ...(event ? { event } : {}) }
    }
    throw new Error(`transaction ${index} stops the channel: ${String(error)}`, { cause: error })
  }
}

function checkNew(txId: string, { state }: ValidationContext): void {
  const known = state.transaction(txId)
  if (!known) return
  throw new Invalid('DUPLICATE_TXID', `it is transaction ${known.transaction} of block ${known.block} already`)
}

interface Settling {
  /** Of the transactions so far that were valid in themselves. */
  readonly ids: Set<string>
  readonly pending: PendingState
  readonly block: BlockParts
  readonly flavour: StateFlavour
}

/** The checks that depend on the transactions before it in the block. */
function settle({ trace, next: _next, ...one }: Judged, settling: Settling): ValidatedTransaction {
  const { ids, pending, block, flavour } = settling
  const { sets, txId } = one
  if (!sets) return one
  try {
    if (txId !== '' && ids.has(txId)) {
      throw new Invalid('DUPLICATE_TXID', 'an earlier transaction of this block has the same id')
    }
    ids.add(txId)
    checkWrites(sets, flavour)
    checkReads(sets, pending, trace)
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    const { sets: _sets, ...rest } = one
    return { ...rest, code: error.code, reason: error.message }
  }
  pending.add(sets, { block: block.number, transaction: one.index })
  return one
}

/** Keys and documents that the state database cannot hold. */
function checkWrites(sets: readonly NamespaceSet[], flavour: StateFlavour): void {
  if (flavour === levelDb) return
  orInvalid('INVALID_WRITESET', '', () => {
    for (const { writes } of sets) for (const { key, value } of writes) flavour.checkWrite(key, value)
  })
}
