import type { TracedTransaction, TraceEvent, Traces } from './trace.ts'

export interface TraceLimits {
  /** Transactions kept, of all channels together; the oldest go first. */
  readonly transactions: number
  /** Bytes kept, of all transactions together, as far as the length of their texts tells. */
  readonly bytes: number
}

/** Enough for a developer's afternoon, and little beside the peer itself. */
const usualLimits: TraceLimits = { transactions: 1_000, bytes: 4 * 1024 * 1024 }

interface Kept extends TracedTransaction {
  readonly channel: string
  readonly events: TraceEvent[]
  bytes: number
  isCut: boolean
}

const mayBeMany: ReadonlySet<TraceEvent['kind']> = new Set(['read', 'write', 'range', 'query', 'private'])

/** About what an event takes beside its texts. */
const eventBytes = 64

/** Keeps traces in memory. One transaction's reads and writes may fill half of it; what comes after them is small. */
export function openTraces(limits: TraceLimits = usualLimits, now: () => number = Date.now): Traces {
  const kept = new Map<string, Kept>()
  let bytes = 0

  const opened = (channel: string, txId: string): Kept => {
    const key = keyOf(channel, txId)
    const known = kept.get(key)
    if (known) return known
    const trace = { channel, txId, at: now(), events: [], bytes: 0, isCut: false }
    kept.set(key, trace)
    makeRoom(trace)
    return trace
  }

  const makeRoom = (newest: Kept): void => {
    for (const [key, trace] of kept) {
      if ((kept.size <= limits.transactions && bytes <= limits.bytes) || trace === newest) return
      kept.delete(key)
      bytes -= trace.bytes
    }
  }

  return {
    of(channel, txId) {
      return {
        add(event) {
          // Looked up anew: it may have been dropped since.
          const trace = opened(channel, txId)
          const size = sizeOf(event)
          if (mayBeMany.has(event.kind) && trace.bytes + size > limits.bytes / 2) {
            if (!trace.isCut) trace.events.push({ kind: 'cut' })
            trace.isCut = true
            return
          }
          trace.events.push(event)
          trace.bytes += size
          bytes += size
          makeRoom(trace)
        },
      }
    },
    read: (channel, txId) => kept.get(keyOf(channel, txId))?.events,
    newest(channel, limit) {
      const found: TracedTransaction[] = []
      for (const trace of [...kept.values()].toReversed()) {
        if (found.length >= limit) break
        if (trace.channel === channel) found.push({ txId: trace.txId, at: trace.at })
      }
      return found
    },
  }
}

const keyOf = (channel: string, txId: string): string => `${channel}/${txId}`

function sizeOf(event: TraceEvent): number {
  let size = eventBytes
  for (const value of Object.values(event)) {
    if (typeof value === 'string') size += value.length
    else if (Array.isArray(value)) size += value.join().length
  }
  return size
}
