import { spreadOf, table } from '../figures.ts'
import { describeMachine, type Machine } from '../machine.ts'
import type { Measured } from './measure.ts'
import { batchTimeout } from './network.ts'
import type { Side } from './sides.ts'

export interface WritesResult {
  readonly machine: Machine
  readonly writers: number
  readonly offered: number
  readonly seconds: number
  /** Every turn of each side, in order; a side that is not there has none. */
  readonly turns: Readonly<Record<Side['name'], readonly Measured[]>>
  /** Why real Fabric was not measured. */
  readonly missing?: string
  readonly loadAtEnd: number
}

interface Row {
  readonly what: string
  readonly value: (one: Measured) => number
  readonly digits: number
  /** Of the devnode's median, or of its ratio to Fabric's. */
  readonly bar?: { readonly of: 'value' | 'ratio'; readonly least?: number; readonly most?: number }
}

const most = (limit: number) => ({ of: 'value', most: limit }) as const

const rows: readonly Row[] = [
  { what: 'writes/s', value: (one) => one.perSecond, digits: 0, bar: { of: 'ratio', least: 0.5 } },
  { what: 'p50 at the rate offered, ms', value: (one) => one.p50, digits: 1, bar: most(30) },
  { what: 'p99 at the rate offered, ms', value: (one) => one.p99, digits: 1 },
  { what: 'p50 with all writers, ms', value: (one) => one.p50Closed, digits: 1 },
  { what: 'writes that failed', value: (one) => one.failures.length, digits: 0 },
  { what: 'CPU a write, ms', value: ({ cpuMs }) => Object.values(cpuMs).reduce((sum, one) => sum + one, 0), digits: 2 },
  { what: 'CPU a write: peer, ms', value: (one) => one.cpuMs.peer, digits: 2 },
  { what: 'CPU a write: orderer, ms', value: (one) => one.cpuMs.orderer, digits: 2 },
  { what: 'CPU a write: contract, ms', value: (one) => one.cpuMs.contract, digits: 2 },
  { what: 'CPU a write: client, ms', value: (one) => one.cpuMs.client, digits: 2 },
  { what: 'peer idle, MiB', value: (one) => one.idleMiB.peer, digits: 0, bar: most(130) },
  { what: 'orderer idle, MiB', value: (one) => one.idleMiB.orderer, digits: 0, bar: most(130) },
  { what: 'peer under load, MiB', value: (one) => one.loadMiB.peer, digits: 0, bar: most(220) },
  { what: 'orderer under load, MiB', value: (one) => one.loadMiB.orderer, digits: 0, bar: most(220) },
  { what: 'contract under load, MiB', value: (one) => one.loadMiB.contract, digits: 0 },
  { what: 'peer start to ready, ms', value: (one) => one.starts.peer, digits: 0, bar: most(500) },
  { what: 'orderer start to ready, ms', value: (one) => one.starts.orderer, digits: 0, bar: most(500) },
]

export function textResult(result: WritesResult): string {
  const { machine, writers, offered, seconds, turns, missing, loadAtEnd } = result
  const head = ['median (min to max)', 'devnode', 'fabric', 'devnode / fabric', 'bar']
  return [
    describeMachine(machine),
    `${turns.devnode.length} turns; ${writers} writers for ${seconds} s, then ${offered} writes/s for ${seconds} s, BatchTimeout ${batchTimeout}; load ${loadAtEnd} at the end`,
    ...(missing === undefined ? [] : [missing]),
    table([head, ...rows.map((row) => rowText(row, turns))]),
  ].join('\n')
}

function rowText({ what, value, digits, bar }: Row, { devnode, fabric }: WritesResult['turns']): string[] {
  const text = (turns: readonly Measured[]) => {
    if (turns.length === 0) return ''
    const { median, min, max } = spreadOf(turns.map(value))
    return `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`
  }
  const median = spreadOf(devnode.map(value)).median
  const ratio = fabric.length === 0 ? undefined : median / spreadOf(fabric.map(value)).median
  const shown = Number.isFinite(ratio) ? ratio?.toFixed(2) : undefined
  return [what, text(devnode), text(fabric), shown ?? '', barText(bar, median, ratio)]
}

function barText(bar: Row['bar'], median: number, ratio: number | undefined): string {
  if (!bar) return ''
  const { of, least, most: limit } = bar
  const found = of === 'value' ? median : ratio
  const text = least === undefined ? `≤ ${limit}` : `≥ ${least} ×`
  if (found === undefined) return `${text}: unknown`
  const isMet = found >= (least ?? -Infinity) && found <= (limit ?? Infinity)
  return `${text}: ${isMet ? 'met' : 'MISSED'}`
}
