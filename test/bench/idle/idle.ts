import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startWorld } from '../../fake-world/start-world.ts'
import { table } from '../figures.ts'
import { describeMachine, load, type Machine, machineFacts } from '../machine.ts'
import { barRow, printResult, type RestingWanted, readRestArguments, startAtRest, useBetween } from '../resting.ts'
import { processUse } from './process-use.ts'
import { walState } from './wal-commits.ts'

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
  const wanted = readRestArguments(args, { bench: 'idle', of: 'on the fakes', networks: 500 })
  printResult(await measure(wanted, signal), wanted, textResult)
}

async function measure(wanted: RestingWanted, signal: AbortSignal): Promise<IdleResult> {
  const machine = machineFacts()
  await using world = await startWorld()
  const program = join(import.meta.dirname, 'control-plane.ts')
  await using plane = await startAtRest([program, world.folder, String(wanted.networks)], wanted, signal)
  const database = join(world.folder, 'cello.db')
  const [before, walBefore, from] = [await processUse(plane.pid), await walState(database), performance.now()]
  await sleep(wanted.measured * 1000, undefined, { signal })
  const [after, walAfter, to] = [await processUse(plane.pid), await walState(database), performance.now()]
  return {
    machine,
    networks: wanted.networks,
    withFabric: plane.said.includes('with Fabric'),
    settleSeconds: plane.settleSeconds,
    measuredSeconds: (to - from) / 1000,
    ...useBetween(before, after, to - from),
    writes: walBefore.salt === walAfter.salt ? walAfter.commits - walBefore.commits : undefined,
    loadAtEnd: load(),
  }
}

function textResult(result: IdleResult): string {
  const { machine, networks, withFabric, measuredSeconds, cpuPercent, rssMiB, writes, loadAtEnd } = result
  const writesPerMinute = writes === undefined ? undefined : (writes * 60) / measuredSeconds
  const rows = [
    ['control plane at rest', 'measured', 'bar', ''],
    barRow('processor, % of a core', cpuPercent, 2, bars.cpuPercent),
    barRow('memory (RSS), MiB', rssMiB, 0, bars.rssMiB),
    barRow('transactions written a minute', writesPerMinute, 1, bars.writesPerMinute),
  ]
  const what = `${networks} networks on the fakes${withFabric ? ' and one of real Fabric' : '; no Fabric was found'}`
  return [
    describeMachine(machine),
    `${what}, over ${measuredSeconds.toFixed(0)} s; load ${loadAtEnd} at the end`,
    table(rows),
  ].join('\n')
}
