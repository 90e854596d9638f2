import { enableCompileCache } from 'node:module'
import { startProgram } from './start-program.ts'

await startProgram(async () => {
  enableCompileCache()
  // Loaded only now, so that the cache serves it too.
  const { run } = await import('./run.ts')
  return run
})
