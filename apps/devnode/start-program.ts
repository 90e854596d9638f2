import { setFlagsFromString } from 'node:v8'
import type { Surroundings } from './run.ts'

/** Runs the program in this process until a signal ends it, and leaves its exit code. @param load what gives the program */
export async function startProgram(
  load: () => Promise<(surroundings: Surroundings) => Promise<number>>,
): Promise<void> {
  // A node lives beside dozens of others: V8 would let the heap double before it looks for garbage.
  setFlagsFromString('--heap-growing-percent=20')
  setFlagsFromString('--semi-space-growth-factor=1')
  // gRPC names servers that are dialled by IP address in TLS, and Node would say so in every log.
  process.noDeprecation = true
  const run = await load()
  const stop = new AbortController()
  process.once('SIGTERM', () => stop.abort())
  process.once('SIGINT', () => stop.abort())
  process.exitCode = await run({
    args: process.argv.slice(2),
    env: process.env,
    write: (line) => process.stderr.write(line),
    stop: stop.signal,
  })
}
