import { type Spread, seconds, table } from '../figures.ts'
import { describeMachine, type Machine } from '../machine.ts'
import type { Timing } from './document.ts'
import type { Way } from './ways.ts'

export interface TimingResult {
  readonly timing: Timing
  /** Milliseconds. */
  readonly spreads: readonly { readonly way: Way; readonly firstCommit: Spread; readonly firstQuery: Spread }[]
}

export interface NetworkResult {
  readonly machine: Machine
  /** Every Fabric that was found, in the order of choice: the first one is measured. */
  readonly fabric: readonly string[]
  readonly results: readonly TimingResult[]
  /** First query of the default blueprint, milliseconds. */
  readonly blueprint?: Spread
  /** First commit of the demonstration on devnodes, milliseconds. */
  readonly devnodes?: { readonly separate: Spread; readonly embedded: Spread }
  readonly loadAtEnd: number
}

/** What is wanted of the medians' ratios: ours through the script's. */
const bars: Readonly<Record<Timing['name'], Readonly<Partial<Record<Way, number>>>>> = {
  defaults: { 'one-by-one': 0.75, 'all-at-once': 1 },
  tuned: { 'one-by-one': 0.7, 'all-at-once': 1 },
}

/** Milliseconds to the first commit, medians. */
const devnodeBars = { separate: 3_000, embedded: 1_200 }

const verdict = ({ median }: Spread, bar: number): string =>
  `(bar ${seconds(bar)}: ${median <= bar ? 'met' : 'MISSED'})`

export function textResult(result: NetworkResult): string {
  const { machine, fabric, results, blueprint, devnodes, loadAtEnd } = result
  return [
    describeMachine(machine),
    `Fabric ${fabric.join(', ')}; load ${loadAtEnd} at the end`,
    ...results.map(timingText),
    ...(blueprint ? [`\nthe default blueprint to its first query: ${spreadText(blueprint)}`] : []),
    ...(devnodes
      ? [
          `\nthe demonstration on devnodes to its first commit:`,
          `  as processes of their own  ${spreadText(devnodes.separate)} ${verdict(devnodes.separate, devnodeBars.separate)}`,
          `  embedded in one process    ${spreadText(devnodes.embedded)} ${verdict(devnodes.embedded, devnodeBars.embedded)}`,
        ]
      : []),
  ].join('\n')
}

function timingText({ timing, spreads }: TimingResult): string {
  const head = ['seconds', 'runs', 'first commit: min', 'median', 'max', 'first query: min', 'median', 'max']
  const rows = spreads.map(({ way, firstCommit, firstQuery }) => [
    way,
    String(firstQuery.runs),
    ...[firstCommit, firstQuery].flatMap(({ min, median, max }) => [seconds(min), seconds(median), seconds(max)]),
  ])
  const ours = spreads.find(({ way }) => way === 'ours')
  const ratios = spreads.flatMap(({ way, firstQuery }) => {
    const bar = bars[timing.name][way]
    if (!ours || bar === undefined) return []
    const ratio = ours.firstQuery.median / firstQuery.median
    return [`ours / ${way} = ${ratio.toFixed(2)} (bar ${bar}: ${ratio <= bar ? 'met' : 'MISSED'})`]
  })
  const title = `\n${timing.name}: Raft ticks of ${timing.tick}, BatchTimeout ${timing.batch}`
  return [title, table([head, ...rows]), ...ratios].join('\n')
}

function spreadText({ runs, min, median, max }: Spread): string {
  return `${seconds(median)} s (${seconds(min)} to ${seconds(max)}, ${runs} runs)`
}
