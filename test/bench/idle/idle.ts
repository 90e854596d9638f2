import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startWorld } from '../../fake-world/start-world.ts'
import { table } from '../figures.ts'
import { describeMachine, load, type Machine, machineFacts } from '../machine.ts'
import { startMeasured } from '../measured-process.ts'
import { serverOptions } from '../server-options.ts'
import { processUse } from './process-use.ts'
import { walState } from './wal-commits.ts'

const usage = `npm run bench -- idle [-n NETWORKS] [--rest SECONDS] [--seconds SECONDS] [--json]
  -n NETWORKS   on the fakes, default 500
  --rest        between the last change and the measurement, default 60
  --seconds     that are measured, default 60
  --json        print one JSON document on stdout`

/** What is wanted: percent of a core, MiB, and a heartbeat each 5 s. */
const bars = { cpuPercent: 2, rssMiB: 180, writesPerMinute: 13 }

export interface IdleResult {
  readonly machine: Machine
  readonly networks: number
  readonly withFabric: boolean
  readonly settleSeconds: number
  readonly measuredSeconds: number
  readonly cpuPercent: number
  readonly rssMiB: number
  /** Of SQLite, all of them the heartbeat's when it is one each 5 s. Undefined: its log started anew meanwhile. */
  readonly writes: number | undefined
  readonly loadAtEnd: number
}

/** What a control plane costs while nothing happens. */
export async function benchIdle(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      n: { type: 'string', short: 'n', default: '500' },
      rest: { type: 'string', default: '60' },
      seconds: { type: 'string', default: '60' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const [networks, rest, measured] = [Number(values.n), Number(values.rest), Number(values.seconds)]
  if (values.help || ![networks, rest, measured].every((number) => number >= 0)) throw new Error(usage)
  const result = await measure({ networks, rest, measured, signal })
  process.stdout.write(values.json ? `${JSON.stringify(result, null, 1)}\n` : `${textResult(result)}\n`)
}

interface Wanted {
  readonly networks: number
  readonly rest: number
  readonly measured: number
  readonly signal: AbortSignal
}

async function measure({ networks, rest, measured, signal }: Wanted): Promise<IdleResult> {
  const machine = machineFacts()
  await using world = await startWorld()
  const startedAt = performance.now()
  const program = join(import.meta.dirname, 'control-plane.ts')
  await using plane = await startMeasured([...serverOptions, program, world.folder, String(networks)], signal)
  const settleSeconds = (performance.now() - startedAt) / 1000
  process.stderr.write(`${networks} networks at rest after ${settleSeconds.toFixed(1)} s, ${plane.said}\n`)
  await sleep(rest * 1000, undefined, { signal })
  const database = join(world.folder, 'cello.db')
  const [before, walBefore, from] = [await processUse(plane.pid), await walState(database), performance.now()]
  await sleep(measured * 1000, undefined, { signal })
  const [after, walAfter, to] = [await processUse(plane.pid), await walState(database), performance.now()]
  return {
    machine,
    networks,
    withFabric: plane.said.includes('with Fabric'),
    settleSeconds,
    measuredSeconds: (to - from) / 1000,
    cpuPercent: ((after.cpuMs - before.cpuMs) / (to - from)) * 100,
    rssMiB: after.rssMiB,
    writes: walBefore.salt === walAfter.salt ? walAfter.commits - walBefore.commits : undefined,
    loadAtEnd: load(),
  }
}

function textResult(result: IdleResult): string {
  const { machine, networks, withFabric, measuredSeconds, cpuPercent, rssMiB, writes, loadAtEnd } = result
  const writesPerMinute = writes === undefined ? undefined : (writes * 60) / measuredSeconds
  const row = (what: string, value: number | undefined, bar: number, digits: number) => {
    const met = value === undefined ? 'unknown' : value <= bar ? 'met' : 'MISSED'
    return [what, value?.toFixed(digits) ?? '?', String(bar), met]
  }
  const rows = [
    ['control plane at rest', 'measured', 'bar', ''],
    row('processor, % of a core', cpuPercent, bars.cpuPercent, 2),
    row('memory (RSS), MiB', rssMiB, bars.rssMiB, 0),
    row('transactions written a minute', writesPerMinute, bars.writesPerMinute, 1),
  ]
  const what = `${networks} networks on the fakes${withFabric ? ' and one of real Fabric' : '; no Fabric was found'}`
  return [
    describeMachine(machine),
    `${what}, over ${measuredSeconds.toFixed(0)} s; load ${loadAtEnd} at the end`,
    table(rows),
  ].join('\n')
}
