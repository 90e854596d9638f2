import type { OperationState } from '@cello/model'
import type { OperationEvent, OperationStore } from '@cello/ports'
import { allow, type Call } from '../actor.ts'
import type { Context } from '../context.ts'
import { readOperation } from './record.ts'
import { type OperationEventView, viewEvent } from './view.ts'

/** Events read at once. */
const batch = 200
/** Milliseconds after which the store is asked although no hint came: hints may be lost. */
const recheckMs = 5_000
/** What ends a stream. A failed operation may go on, but nothing more happens until somebody asks for it. */
const ended: readonly OperationState[] = ['succeeded', 'failed', 'cancelled', 'superseded']

export interface EventsRequest {
  /** Only of this one, and only until it ends. */
  readonly operation?: string | undefined
  /** `seq` of the last event that the caller has; absent: from the beginning of the operation, or, for all, from now. */
  readonly after?: number | undefined
}

/** Events as they are written, each once and in order, until the call's signal fires or the operation ends. @throws NOT_FOUND */
export async function followEvents(
  context: Context,
  call: Call,
  request: EventsRequest,
): Promise<AsyncIterable<OperationEventView>> {
  allow(call, 'operations:read')
  const { operations } = context.store
  if (request.operation === undefined) {
    return stream(context, call, { after: request.after ?? (await lastSeq(operations)) })
  }
  await readOperation(context, request.operation)
  return stream(context, call, { operation: request.operation, after: request.after ?? 0 })
}

async function* stream(
  context: Context,
  call: Call,
  { operation, after }: { readonly operation?: string; readonly after: number },
): AsyncIterable<OperationEventView> {
  const { operations } = context.store
  const filter = { ...(operation === undefined ? {} : { operationId: operation }), limit: batch }
  using news = hints(operations)
  let last = after
  let isOver = false
  while (!call.signal?.aborted) {
    news.clear()
    const events: OperationEvent[] = await operations.events(last, filter)
    for (const event of events) {
      last = event.seq
      yield viewEvent(event)
    }
    if (events.length === batch) continue
    if (isOver && events.length === 0) return
    isOver = operation !== undefined && (await isToldWhole(context, operation, events))
    if (!isOver) await news.wait(call.signal)
  }
}

/**
 * Whether the operation has ended, by its own word. It is asked only where its events may all be told: an end is among the last
 * ones, or there is no new one. What came before the answer is read once more.
 */
async function isToldWhole(context: Context, operation: string, events: readonly OperationEvent[]): Promise<boolean> {
  if (events.length > 0 && !events.some(({ state }) => ended.includes(state))) return false
  return ended.includes((await readOperation(context, operation)).state)
}

/** Remembers that a hint came, and wakes who waits for one. */
function hints(operations: OperationStore) {
  let isFresh = false
  let wake = () => {}
  const listening = operations.onEvent(() => {
    isFresh = true
    wake()
  })
  return {
    clear: () => {
      isFresh = false
    },
    wait: (signal: AbortSignal | undefined): Promise<void> =>
      new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer)
          signal?.removeEventListener('abort', done)
          resolve()
        }
        const timer = setTimeout(done, isFresh || signal?.aborted ? 0 : recheckMs)
        signal?.addEventListener('abort', done, { once: true })
        wake = done
      }),
    [Symbol.dispose]: () => listening[Symbol.dispose](),
  }
}

/** The newest event's `seq`, 0 where there is none: found by doubling and halving, since the port lists only forwards. */
async function lastSeq(operations: OperationStore): Promise<number> {
  const isAfter = async (seq: number) => (await operations.events(seq, { limit: 1 })).length > 0
  let high = 1
  while (await isAfter(high)) high *= 2
  let low = Math.floor(high / 2)
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (await isAfter(middle)) low = middle + 1
    else high = middle
  }
  return (await isAfter(0)) ? low : 0
}
