import type { Clock } from '@cello/kit'
import { PlatformError } from '@cello/model'
import { isRunning, type MarkedProcess, type ProcessId, readStat, readTree, sendSignal } from './processes.ts'

export interface EndOptions {
  /** As people know the node. */
  readonly node: string
  /** Milliseconds between asking and killing. */
  readonly graceMs: number
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
}

/** What SIGKILL cannot end in this time waits for a device. */
const killMs = 5000

/**
 * Ends a node: asks its leader, waits, then kills it with all that it started. Returns when they are gone.
 * @throws NODE_UNREACHABLE when even a kill does not end it.
 */
export async function endNode(leader: ProcessId, options: EndOptions): Promise<void> {
  if (!isRunning(leader)) return
  const group = readStat(leader.pid)?.group
  const tree = readTree(leader.pid)
  sendSignal(leader.pid, 'SIGTERM')
  if (await gone([leader], options.graceMs, options)) {
    await kill(tree.filter(isRunning), undefined, options)
  } else {
    await kill([...tree, ...readTree(leader.pid)], group, options)
  }
}

/** Kills what carries a node's mark and was not found by way of its leader. */
export async function killStrays(strays: readonly MarkedProcess[], options: EndOptions): Promise<void> {
  await kill(
    strays.map((stray) => stray.stat),
    undefined,
    options,
  )
}

async function kill(processes: readonly ProcessId[], group: number | undefined, options: EndOptions): Promise<void> {
  // A launcher leads a group of its own; our own group is never meant.
  if (group !== undefined && group > 1 && group !== readStat(process.pid)?.group) sendSignal(-group, 'SIGKILL')
  for (const one of processes) if (isRunning(one)) sendSignal(one.pid, 'SIGKILL')
  if (await gone(processes, killMs, options)) return
  throw new PlatformError('NODE_UNREACHABLE', { node: options.node, detail: 'it does not end, even when it is killed' })
}

async function gone(processes: readonly ProcessId[], ms: number, { clock, signal }: EndOptions): Promise<boolean> {
  const end = clock.monotonic() + ms
  for (let pause = 2; ; pause = Math.min(20, pause * 2)) {
    if (!processes.some(isRunning)) return true
    if (clock.monotonic() >= end) return false
    await clock.sleep(pause, { signal })
  }
}
