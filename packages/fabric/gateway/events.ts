import { setTimeout as sleep } from 'node:timers/promises'
import type { ChaincodeEvent } from '@hyperledger/fabric-gateway'
import type { common } from '@hyperledger/fabric-protos'
import type { CallContext, Connection } from '../connection.ts'
import type { CallOptions } from '../endpoint.ts'
import { FabricError, isTransient } from '../errors.ts'
import { cancelled } from '../limits.ts'
import { readMessages } from '../message-stream.ts'
import { deliverFromPeer } from '../peers/deliver.ts'
import { chainInfo } from '../peers/ledger.ts'
import type { Signer } from '../signer.ts'
import { limited } from './abortable.ts'
import type { Gateway } from './gateway.ts'

/** Where a reader of contract events stands: everything up to and including this event is done. */
export interface EventPosition {
  readonly blockNumber: number
  /** Absent: all blocks before `blockNumber` are done, this one is not. */
  readonly transactionId?: string
}

export interface ContractEvent {
  readonly contract: string
  readonly name: string
  readonly payload: Uint8Array
  readonly transactionId: string
  readonly blockNumber: number
  /** Keep this; `from: position` goes on after this event. */
  readonly position: EventPosition
}

export interface EventOptions extends CallOptions {
  /** First event wanted: after this position; absent: events of blocks committed from now on. */
  readonly from?: EventPosition
}

/**
 * A contract's events in their order, without end. Broken and silent streams are opened again after the last event that
 * was taken, so events are neither lost nor repeated while the loop runs; idle time is only when to ask anew.
 * @throws FabricError CANCELLED, DENIED, NOT_FOUND; without `from` also UNREACHABLE at the very start
 */
export async function* contractEvents(
  gateway: Gateway,
  of: { readonly channel: string; readonly contract: string },
  options: EventOptions = {},
): AsyncGenerator<ContractEvent, void, undefined> {
  const context = { ...options, doing: `read events of ${of.contract}`, channel: of.channel }
  const { connection, signer } = gateway
  // "From now on" is fixed here, or events during a break before the first one would be lost.
  let position: EventPosition = options.from ?? {
    blockNumber: (await chainInfo(connection, signer, of.channel, options)).height,
  }
  const open = async function* () {
    for await (const event of openEvents(gateway, of, position, context)) {
      const blockNumber = Number(event.blockNumber)
      position = { blockNumber, transactionId: event.transactionId }
      yield {
        contract: event.chaincodeName,
        name: event.eventName,
        payload: event.payload,
        transactionId: event.transactionId,
        blockNumber,
        position,
      }
    }
  }
  yield* reopening(open, context)
}

async function* openEvents(
  gateway: Gateway,
  of: { readonly channel: string; readonly contract: string },
  from: EventPosition,
  context: CallContext,
): AsyncGenerator<ChaincodeEvent, void, undefined> {
  const start = {
    checkpoint: { getBlockNumber: () => BigInt(from.blockNumber), getTransactionId: () => from.transactionId },
  }
  // A stream has idle time, not a deadline: the call's own limits are left out.
  const { connection } = gateway
  const events = await limited(connection, context, () =>
    gateway.network(of.channel).getChaincodeEvents(of.contract, start),
  )
  yield* readMessages(connection, events, () => events.close(), context)
}

/**
 * A channel's blocks from number `from` on, without end, opened again after the last block taken when the stream breaks
 * or falls silent. The checkpoint is the last block's number plus one, at any peer: one that is behind it is waited for.
 * @throws FabricError CANCELLED, DENIED; NOT_FOUND where the peer has not joined, or has joined by a later snapshot
 */
export async function* blockEvents(
  connection: Connection,
  signer: Signer,
  at: { readonly channel: string; readonly from: number },
  options: CallOptions = {},
): AsyncGenerator<common.Block, void, undefined> {
  let next = at.from
  const open = async function* () {
    try {
      for await (const block of deliverFromPeer(connection, signer, { channel: at.channel, from: next }, options)) {
        next = (block.getHeader()?.getNumber() ?? next) + 1
        yield block
      }
    } catch (error) {
      if (!(error instanceof FabricError && error.code === 'NOT_FOUND')) throw error
      // Fabric waits for the next block alone, and refuses those beyond it in the same words as a channel.
      const { height } = await chainInfo(connection, signer, at.channel, options)
      if (height >= next) throw error
    }
  }
  yield* reopening(open, { ...options, doing: 'follow blocks', channel: at.channel })
}

const longestPauseMs = 1_000

async function* reopening<T>(
  open: () => AsyncGenerator<T, void, undefined>,
  context: CallContext,
): AsyncGenerator<T, void, undefined> {
  let pauseMs = 25
  for (;;) {
    try {
      for await (const item of open()) {
        pauseMs = 25
        yield item
      }
    } catch (error) {
      if (!isTransient(error)) throw error
    }
    await sleep(pauseMs, undefined, context.signal ? { signal: context.signal } : {}).catch(() => {
      throw cancelled(context.signal, context)
    })
    pauseMs = Math.min(pauseMs * 2, longestPauseMs)
  }
}
