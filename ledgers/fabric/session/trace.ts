import { askPeer } from '@cello/fabric/peers'
import { PlatformError } from '@cello/model'
import type { Cancellable, TraceEvent, TransactionTrace } from '@cello/ports'
import { toPlatformError } from '../errors.ts'
import type { Connections } from './connections.ts'
import { askAs, limitsOf } from './nodes.ts'
import { peersByHeight } from './peer-order.ts'

/** The devnode's own contract, which no Fabric has; its answers are JSON. */
const contract = '_devnode'

interface Question<T> {
  readonly function: 'Trace' | 'Traces'
  readonly args: readonly string[]
  /** @throws where the answer is another one */
  readonly read: (answer: unknown) => T
}

/** Asks every peer; one that does not answer, or knows nothing of it, is left out. @throws NOT_FOUND, or what the first said */
export async function trace(
  connections: Connections,
  channel: string,
  txId: string,
  options: Cancellable = {},
): Promise<TransactionTrace> {
  const id = txId === 'newest' ? await newest(connections, channel, options) : txId
  const question = { function: 'Trace', args: [channel, id], read: eventsOf } as const
  const answers = await askPeers(connections, channel, question, options)
  return { txId: id, peers: answers.map(({ nodeId, answer }) => ({ nodeId, events: answer })) }
}

/** Of all peers, by the clock of each: the one whose trace began last. */
async function newest(connections: Connections, channel: string, options: Cancellable): Promise<string> {
  const question = { function: 'Traces', args: [channel, '1'], read: tracedOf } as const
  const answers = await askPeers(connections, channel, question, options)
  const [found] = answers.flatMap(({ answer }) => answer).toSorted((a, b) => b.at - a.at)
  if (found === undefined) throw new PlatformError('NOT_FOUND', { noun: 'trace on channel', id: channel })
  return found.txId
}

async function askPeers<T>(
  connections: Connections,
  channel: string,
  { function: name, args, read }: Question<T>,
  options: Cancellable,
): Promise<{ readonly nodeId: string; readonly answer: T }[]> {
  const failures: unknown[] = []
  const answers = await Promise.all(
    peersByHeight(connections, channel).map(async ({ record: { id: nodeId } }) => {
      try {
        const { connection, signer } = await askAs(connections, nodeId)
        const call = { channel: '', contract, args: [name, ...args], doing: `trace a transaction on ${channel}` }
        const payload = await askPeer(connection, signer, call, limitsOf(options))
        return [{ nodeId, answer: read(parsed(payload)) }]
      } catch (error) {
        options.signal?.throwIfAborted()
        failures.push(toPlatformError(error))
        return []
      }
    }),
  )
  const found = answers.flat()
  if (found.length > 0) return found
  throw failures[0] ?? new PlatformError('NOT_FOUND', { noun: 'peer of channel', id: channel })
}

function parsed(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload).toString())
  } catch (cause) {
    throw new PlatformError('LEDGER_PROTOCOL', { detail: 'a peer answered with no JSON' }, { cause })
  }
}

function eventsOf(answer: unknown): TraceEvent[] {
  const events = listIn(answer, 'events')
  if (!events.every(isEvent)) {
    throw new PlatformError('LEDGER_PROTOCOL', { detail: 'a peer answered with a trace of another kind' })
  }
  return events
}

const isEvent = (value: unknown): value is TraceEvent =>
  typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string'

interface Traced {
  readonly txId: string
  readonly at: number
}

function tracedOf(answer: unknown): Traced[] {
  return listIn(answer, 'transactions').filter(isTraced)
}

const isTraced = (value: unknown): value is Traced =>
  typeof value === 'object' &&
  value !== null &&
  'txId' in value &&
  typeof value.txId === 'string' &&
  'at' in value &&
  typeof value.at === 'number'

function listIn(answer: unknown, name: string): unknown[] {
  const value = typeof answer === 'object' && answer !== null ? Object.entries(answer) : []
  const list: unknown = value.find(([key]) => key === name)?.[1]
  if (!Array.isArray(list)) throw new PlatformError('LEDGER_PROTOCOL', { detail: `a peer answered without ${name}` })
  return list
}
