import { setTimeout as sleep } from 'node:timers/promises'
import { type ProcessUse, processUse } from '../idle/process-use.ts'
import { closedLoop, openLoop, quantile } from './load.ts'
import { startNetwork, type WritesNetwork } from './network.ts'
import type { Side } from './sides.ts'
import { type StartTimes, startTimes } from './start-times.ts'

const parts = ['orderer', 'peer', 'contract'] as const
type Part = (typeof parts)[number]

export interface Plan {
  readonly writers: number
  /** Writes a second in the open loop. */
  readonly offered: number
  /** Of each of the two loads. */
  readonly seconds: number
  readonly signal: AbortSignal
}

/** One turn of one side. */
export interface Measured {
  readonly perSecond: number
  /** Milliseconds, of the open loop. */
  readonly p50: number
  readonly p99: number
  /** Of the closed loop. */
  readonly p50Closed: number
  /** Milliseconds of processor time for a write, in the closed loop. */
  readonly cpuMs: Readonly<Record<Part | 'client', number>>
  readonly idleMiB: Readonly<Record<Part, number>>
  /** The most that was seen during both loads. */
  readonly loadMiB: Readonly<Record<Part, number>>
  readonly starts: StartTimes
  /** Why writes failed, of both loads. */
  readonly failures: readonly string[]
}

/** Seconds of load before anything is measured, and of rest before memory is read. */
const warmUpSeconds = 3
const restSeconds = 5

export async function measure(side: Side, plan: Plan): Promise<Measured> {
  const { seconds, signal } = plan
  const starts = await startTimes(side, signal)
  await using network = await startNetwork(side)
  await sleep(restSeconds * 1_000, undefined, { signal })
  const idleMiB = memory(await uses(network))
  const load = (name: string, length = seconds) => ({ write: network.write, name, seconds: length, signal })
  await closedLoop(load('warm', warmUpSeconds), plan.writers)
  using watch = watchMemory(network)
  const [before, clientBefore] = [await uses(network), process.cpuUsage()]
  const closed = await closedLoop(load('closed'), plan.writers)
  const [after, client] = [await uses(network), process.cpuUsage(clientBefore)]
  const writes = closed.latencies.length
  const open = await openLoop(load('open'), plan.offered)
  await watch.look()
  const cpuOf = (part: Part) => (after[part].cpuMs - before[part].cpuMs) / writes
  return {
    perSecond: (writes * 1_000) / closed.tookMs,
    p50: quantile(open.latencies, 0.5),
    p99: quantile(open.latencies, 0.99),
    p50Closed: quantile(closed.latencies, 0.5),
    cpuMs: { ...ofParts(cpuOf), client: (client.user + client.system) / 1_000 / writes },
    idleMiB,
    loadMiB: watch.most(),
    starts,
    failures: [...closed.failures, ...open.failures],
  }
}

type Uses = Readonly<Record<Part, ProcessUse>>

function ofParts<T>(of: (part: Part) => T): Record<Part, T> {
  return { orderer: of('orderer'), peer: of('peer'), contract: of('contract') }
}

async function uses({ pids }: WritesNetwork): Promise<Uses> {
  const [orderer, peer, contract] = await Promise.all([
    processUse(pids.orderer),
    processUse(pids.peer),
    processUse(pids.contract),
  ])
  return { orderer, peer, contract }
}

const memory = (found: Uses) => ofParts((part) => found[part].rssMiB)

function watchMemory(network: WritesNetwork) {
  let most = ofParts(() => 0)
  const look = async () => {
    const now = memory(await uses(network))
    most = ofParts((part) => Math.max(most[part], now[part]))
  }
  const timer = setInterval(() => void look().catch(() => undefined), 1_000)
  return { look, most: () => most, [Symbol.dispose]: () => clearInterval(timer) }
}
