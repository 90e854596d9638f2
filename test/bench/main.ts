/** `npm run bench -- network|idle|devnodes|writes [options]`: measures Cello on this machine. See docs/benchmarks.md. */
import { benchDevnodes } from './devnodes/devnodes.ts'
import { benchIdle } from './idle/idle.ts'
import { benchNetwork } from './network/network.ts'
import { benchWrites } from './writes/writes.ts'

const benches: Readonly<Record<string, (args: readonly string[], signal: AbortSignal) => Promise<void>>> = {
  network: benchNetwork,
  idle: benchIdle,
  devnodes: benchDevnodes,
  writes: benchWrites,
}

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
const [name = '', ...args] = process.argv.slice(2)
const bench = benches[name]
if (bench) {
  try {
    await bench(args, stop.signal)
  } catch (error) {
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
} else {
  process.stderr.write(`usage: npm run bench -- ${Object.keys(benches).join('|')} [options]\n`)
  process.exitCode = 1
}
