import { setFlagsFromString } from 'node:v8'
import { loadProgram } from './load-program.ts'

// A node lives beside dozens of others: V8 would let the heap double before it looks for garbage. With less it looks too often.
setFlagsFromString('--heap-growing-percent=50')
setFlagsFromString('--semi-space-growth-factor=1')
// gRPC names servers that are dialled by IP address in TLS, and Node would say so in every log.
process.noDeprecation = true

const run = await loadProgram(process.env)
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
process.once('SIGINT', () => stop.abort())
process.exitCode = await run({
  args: process.argv.slice(2),
  env: process.env,
  write: (line) => process.stderr.write(line),
  stop: stop.signal,
})
