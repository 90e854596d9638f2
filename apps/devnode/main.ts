import { enableCompileCache } from 'node:module'
import { setFlagsFromString } from 'node:v8'

// A node lives beside dozens of others: V8 would let the heap double before it looks for garbage.
setFlagsFromString('--heap-growing-percent=20')
setFlagsFromString('--semi-space-growth-factor=1')
enableCompileCache()
// Loaded only now, so that the cache serves it too.
const { run } = await import('./run.ts')

const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
process.once('SIGINT', () => stop.abort())
process.exitCode = await run({
  args: process.argv.slice(2),
  env: process.env,
  write: (line) => process.stderr.write(line),
  stop: stop.signal,
})
