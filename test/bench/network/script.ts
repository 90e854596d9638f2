import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Timing } from './document.ts'
import type { Measured, Run } from './measured.ts'

export interface ScriptRun extends Run {
  readonly name: 'one-by-one' | 'all-at-once'
  readonly timing: Timing
  /** The built contract's file to start. */
  readonly contract: string
}

/** Runs a script with the official tools to its end. @throws Error with what it said when it fails */
export async function runScript({ name, timing, contract, folder, signal }: ScriptRun): Promise<Measured> {
  const env = {
    ...process.env,
    BENCH_FOLDER: folder,
    BENCH_NODE: process.execPath,
    BENCH_CONTRACT: contract,
    BENCH_TICK: timing.tick,
    BENCH_BATCH: timing.batch,
  }
  const child = spawn('bash', [join(import.meta.dirname, 'scripts', `${name}.bash`)], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stop = () => child.kill('SIGTERM')
  signal.addEventListener('abort', stop, { once: true })
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  signal.removeEventListener('abort', stop)
  signal.throwIfAborted()
  if (child.exitCode !== 0) throw new Error(`${name} ended with ${child.exitCode}: ${errors}`)
  return measuredFrom(marksOf(output))
}

function marksOf(output: string): Map<string, number> {
  const marks = [...output.matchAll(/^mark (\S+) (\d+)$/gm)]
  return new Map(marks.map(([, name = '', at]) => [name, Number(at)]))
}

function measuredFrom(marks: ReadonlyMap<string, number>): Measured {
  const start = marks.get('start') ?? Number.NaN
  const since = (name: string) => (marks.get(name) ?? Number.NaN) - start
  const parts = [...marks.keys()].filter((name) => name !== 'start').map((name) => ({ name, ms: since(name) }))
  return { firstCommitMs: since('first-commit'), firstQueryMs: since('first-query'), parts }
}
