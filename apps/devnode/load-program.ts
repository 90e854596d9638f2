import { enableCompileCache } from 'node:module'
import type { Surroundings } from './run.ts'

export type Run = (surroundings: Surroundings) => Promise<number>

/** The program from its sources. In the bundle stands `bundled-program.ts` instead. */
export async function loadProgram(_env: Surroundings['env']): Promise<Run> {
  enableCompileCache()
  // Loaded only now, so that the cache serves it too.
  const { run } = await import('./run.ts')
  return run
}
