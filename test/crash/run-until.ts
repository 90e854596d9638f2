import type { Store } from '@cello/ports'
import type { Drive } from '../simulation/drive.ts'
import { withCrashPoints } from './crash-points.ts'
import { type ScenarioName, scenarios } from './scenarios.ts'

/**
 * Plays a scenario over a store and ends this process by SIGKILL at a crash point, counted from 1. With 0 it goes through and
 * prints how many points it passed.
 */
export async function runUntil(
  name: string,
  crashAt: number,
  store: Store,
  open: (store: Store) => Promise<Drive>,
): Promise<void> {
  // The caller's list of names is the one that this is indexed by.
  const scenario = scenarios[name as ScenarioName]
  let counting = false
  let passed = 0
  const at = (point: string) => {
    if (!counting) return
    passed += 1
    if (passed !== crashAt) return
    process.stdout.write(`killed ${point}\n`)
    process.kill(process.pid, 'SIGKILL')
    // The signal may take a moment; nothing more may happen.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  }
  await using platform = await open(withCrashPoints(store, at))
  await scenario.prepare(platform)
  counting = true
  const operation = await scenario.act(platform)
  if (operation !== undefined) await platform.ended(operation)
  counting = false
  process.stdout.write(`passed ${passed}\n`)
}
