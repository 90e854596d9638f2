/** What the benches of control planes have in common to whose networks nothing happens. */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { ProcessUse } from './idle/process-use.ts'
import { type MeasuredProcess, startMeasured } from './measured-process.ts'

export interface RestingWanted {
  readonly networks: number
  /** Seconds between the last change and the measurement. */
  readonly rest: number
  /** Seconds that are measured. */
  readonly measured: number
  readonly json: boolean
}

/** @param what the bench, and what its networks are, in words; `networks` is its default @throws Error that tells how it is called */
export function readRestArguments(
  args: readonly string[],
  what: { readonly bench: string; readonly of: string; readonly networks: number },
): RestingWanted {
  const { values } = parseArgs({
    args: [...args],
    options: {
      n: { type: 'string', short: 'n', default: String(what.networks) },
      rest: { type: 'string', default: '60' },
      seconds: { type: 'string', default: '60' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const [networks, rest, measured] = [Number(values.n), Number(values.rest), Number(values.seconds)]
  if (!values.help && [networks, rest, measured].every((number) => number >= 0)) {
    return { networks, rest, measured, json: values.json }
  }
  throw new Error(`npm run bench -- ${what.bench} [-n NETWORKS] [--rest SECONDS] [--seconds SECONDS] [--json]
  -n NETWORKS   ${what.of}, default ${what.networks}
  --rest        between the last change and the measurement, default 60
  --seconds     that are measured, default 60
  --json        print one JSON document on stdout`)
}

export interface RestingPlane extends MeasuredProcess {
  /** From its start until its networks were as they are wanted. */
  readonly settleSeconds: number
}

/** Starts a control plane of `args`, waits until its networks are as they are wanted, and `rest` seconds more. */
export async function startAtRest(
  args: readonly string[],
  { networks, rest }: RestingWanted,
  signal: AbortSignal,
): Promise<RestingPlane> {
  const startedAt = performance.now()
  await using starting = new AsyncDisposableStack()
  const plane = starting.use(await startMeasured(args, signal))
  const settleSeconds = (performance.now() - startedAt) / 1000
  process.stderr.write(`${networks} networks at rest after ${settleSeconds.toFixed(1)} s\n`)
  await sleep(rest * 1000, undefined, { signal })
  starting.move()
  return { ...plane, settleSeconds }
}

/** Percent of a core between two looks that lie `ms` apart, and the memory at the second. */
export function useBetween(before: ProcessUse, after: ProcessUse, ms: number) {
  return { cpuPercent: ((after.cpuMs - before.cpuMs) / ms) * 100, rssMiB: after.rssMiB }
}

/** A row of the table: what was measured, the bar where there is one, and whether it is met. */
export function barRow(what: string, value: number | undefined, digits: number, bar?: number): readonly string[] {
  const told = [what, value?.toFixed(digits) ?? '?']
  if (bar === undefined) return [...told, '', '']
  return [...told, String(bar), value === undefined ? 'unknown' : value <= bar ? 'met' : 'MISSED']
}

export function printResult<R>(result: R, { json }: RestingWanted, inWords: (result: R) => string): void {
  process.stdout.write(json ? `${JSON.stringify(result, null, 1)}\n` : `${inWords(result)}\n`)
}
