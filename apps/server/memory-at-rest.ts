import { performance } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Milliseconds between two looks at how busy this process is. */
const lookMs = 10_000
/** Shares of the time that the event loop was at work: from the first one on it was busy, up to the second it rests. */
const busyShare = 0.2
const restShare = 0.1

/**
 * Gives back what a busy time left behind, once it is over. Node keeps for good the pages that it took while hundreds of
 * networks were made, though a fifth of them holds anything; nothing collects them at rest, since nothing is allocated then.
 * To be told so by options instead (`--optimize-for-size`, a small nursery) costs a tenth of the processor time of each
 * change, all the time. One collection takes some 0.1 s, and happens once after each busy time.
 */
export function giveBackMemoryAtRest(): Disposable {
  let last = performance.eventLoopUtilization()
  let wasBusy = true
  const look = () => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, last)
    last = now
    if (utilization >= busyShare) wasBusy = true
    if (!wasBusy || utilization > restShare) return
    wasBusy = false
    collect()
  }
  const timer = setInterval(look, lookMs).unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

/** V8 shows its collector only to scripts of a context that is made after it was told to. */
function collect(): void {
  setFlagsFromString('--expose-gc')
  const gc: unknown = runInNewContext('gc')
  // The last resort is the one that hands empty pages back to the system.
  if (typeof gc === 'function') gc({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
