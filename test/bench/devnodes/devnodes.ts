import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { table } from '../figures.ts'
import { processUse } from '../idle/process-use.ts'
import { describeMachine, load, type Machine, machineFacts } from '../machine.ts'
import { type MeasuredProcess, startMeasured } from '../measured-process.ts'
import { serverOptions } from '../server-options.ts'
import { connectionsTo, type NodePorts } from './connections.ts'

const usage = `npm run bench -- devnodes [-n NETWORKS] [--rest SECONDS] [--seconds SECONDS] [--json]
  -n NETWORKS   of one orderer and two peers, default 50
  --rest        between the last change and the measurement, default 60
  --seconds     that are measured, default 60
  --json        print one JSON document on stdout`

/** What is wanted: percent of a core, and connections kept for a node. */
const bars = { cpuPercent: 10, connectionsPerNode: 2 }
/** Seconds between two counts of connections. */
const everySeconds = 1

export interface DevnodesResult {
  readonly machine: Machine
  readonly networks: number
  readonly nodes: number
  readonly settleSeconds: number
  readonly measuredSeconds: number
  readonly controlPlane: { readonly cpuPercent: number; readonly rssMiB: number }
  /** All nodes together, which share one process. */
  readonly host: { readonly cpuPercent: number; readonly rssMiB: number }
  /** Connections of the control plane, counted each second: the most to one node, and of all nodes on average. */
  readonly connections: { readonly most: number; readonly mean: number }
  readonly loadAtEnd: number
}

/** What it costs a control plane to watch devnodes to which nothing happens. */
export async function benchDevnodes(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      n: { type: 'string', short: 'n', default: '50' },
      rest: { type: 'string', default: '60' },
      seconds: { type: 'string', default: '60' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const [networks, rest, measured] = [Number(values.n), Number(values.rest), Number(values.seconds)]
  if (values.help || ![networks, rest, measured].every((number) => number >= 0)) throw new Error(usage)
  const folder = await mkdtemp(join(tmpdir(), 'devnodes-'))
  try {
    const result = await measure({ folder, networks, rest, measured, signal })
    process.stdout.write(values.json ? `${JSON.stringify(result, null, 1)}\n` : `${textResult(result)}\n`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

interface Wanted {
  readonly folder: string
  readonly networks: number
  readonly rest: number
  readonly measured: number
  readonly signal: AbortSignal
}

async function measure({ folder, networks, rest, measured, signal }: Wanted): Promise<DevnodesResult> {
  const machine = machineFacts()
  const program = (name: string) => join(import.meta.dirname, name)
  await using host = await startMeasured([...serverOptions, program('main.ts'), folder], signal)
  const startedAt = performance.now()
  const args = [...serverOptions, program('control-plane.ts'), folder, String(networks)]
  await using plane = await startMeasured(args, signal)
  const settleSeconds = (performance.now() - startedAt) / 1000
  process.stderr.write(`${networks} networks at rest after ${settleSeconds.toFixed(1)} s\n`)
  await sleep(rest * 1000, undefined, { signal })
  const ports: NodePorts = JSON.parse(plane.said)
  const nodes = Object.keys(ports).length
  const [before, from] = [await usesOf(plane, host), performance.now()]
  const connections = await countConnections({ pid: plane.pid, ports, seconds: measured, signal })
  const [after, to] = [await usesOf(plane, host), performance.now()]
  const use = (of: 'plane' | 'host') => ({
    cpuPercent: ((after[of].cpuMs - before[of].cpuMs) / (to - from)) * 100,
    rssMiB: after[of].rssMiB,
  })
  return {
    machine,
    networks,
    nodes,
    settleSeconds,
    measuredSeconds: (to - from) / 1000,
    controlPlane: use('plane'),
    host: use('host'),
    connections,
    loadAtEnd: load(),
  }
}

async function usesOf(plane: MeasuredProcess, host: MeasuredProcess) {
  return { plane: await processUse(plane.pid), host: await processUse(host.pid) }
}

interface Counting {
  readonly pid: number
  readonly ports: NodePorts
  readonly seconds: number
  readonly signal: AbortSignal
}

async function countConnections({ pid, ports, seconds, signal }: Counting): Promise<DevnodesResult['connections']> {
  let [most, sum, counts] = [0, 0, 0]
  for (let second = 0; second < seconds; second += everySeconds) {
    await sleep(everySeconds * 1000, undefined, { signal })
    const found = [...(await connectionsTo(pid, ports)).values()]
    most = Math.max(most, ...found)
    sum += found.reduce((all, one) => all + one, 0)
    counts += 1
  }
  return { most, mean: sum / Math.max(1, counts * Object.keys(ports).length) }
}

function textResult(result: DevnodesResult): string {
  const { machine, networks, nodes, measuredSeconds, controlPlane, host, connections, loadAtEnd } = result
  const row = (what: string, value: number, digits: number, bar?: number) => {
    const met = bar === undefined ? '' : value <= bar ? 'met' : 'MISSED'
    return [what, value.toFixed(digits), bar === undefined ? '' : String(bar), met]
  }
  const rows = [
    ['at rest', 'measured', 'bar', ''],
    row('control plane: processor, % of a core', controlPlane.cpuPercent, 2, bars.cpuPercent),
    row('control plane: memory (RSS), MiB', controlPlane.rssMiB, 0),
    row('connections to one node, at most', connections.most, 0, bars.connectionsPerNode),
    row('connections to a node, on average', connections.mean, 2),
    row('all nodes: processor, % of a core', host.cpuPercent, 2),
    row('all nodes: memory (RSS), MiB', host.rssMiB, 0),
  ]
  return [
    describeMachine(machine),
    `${networks} networks, ${nodes} devnodes in one process, over ${measuredSeconds.toFixed(0)} s; load ${loadAtEnd} at the end`,
    table(rows),
  ].join('\n')
}
