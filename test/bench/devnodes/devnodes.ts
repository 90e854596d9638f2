import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { table } from '../figures.ts'
import { processUse } from '../idle/process-use.ts'
import { describeMachine, load, type Machine, machineFacts } from '../machine.ts'
import { type MeasuredProcess, startMeasured } from '../measured-process.ts'
import { barRow, printResult, type RestingWanted, readRestArguments, startAtRest, useBetween } from '../resting.ts'
import { connectionsTo, type NodePorts } from './connections.ts'

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
  const wanted = readRestArguments(args, { bench: 'devnodes', of: 'of one orderer and two peers', networks: 50 })
  const folder = await mkdtemp(join(tmpdir(), 'devnodes-'))
  try {
    printResult(await measure(folder, wanted, signal), wanted, textResult)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function measure(folder: string, wanted: RestingWanted, signal: AbortSignal): Promise<DevnodesResult> {
  const machine = machineFacts()
  const program = (name: string) => join(import.meta.dirname, name)
  await using host = await startMeasured([program('main.ts'), folder], signal)
  const args = [program('control-plane.ts'), folder, String(wanted.networks)]
  await using plane = await startAtRest(args, wanted, signal)
  const ports: NodePorts = JSON.parse(plane.said)
  const nodes = Object.keys(ports).length
  const [before, from] = [await usesOf(plane, host), performance.now()]
  const connections = await countConnections({ pid: plane.pid, ports, seconds: wanted.measured, signal })
  const [after, to] = [await usesOf(plane, host), performance.now()]
  return {
    machine,
    networks: wanted.networks,
    nodes,
    settleSeconds: plane.settleSeconds,
    measuredSeconds: (to - from) / 1000,
    controlPlane: useBetween(before.plane, after.plane, to - from),
    host: useBetween(before.host, after.host, to - from),
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
  const rows = [
    ['at rest', 'measured', 'bar', ''],
    barRow('control plane: processor, % of a core', controlPlane.cpuPercent, 2, bars.cpuPercent),
    barRow('control plane: memory (RSS), MiB', controlPlane.rssMiB, 0),
    barRow('connections to one node, at most', connections.most, 0, bars.connectionsPerNode),
    barRow('connections to a node, on average', connections.mean, 2),
    barRow('all nodes: processor, % of a core', host.cpuPercent, 2),
    barRow('all nodes: memory (RSS), MiB', host.rssMiB, 0),
  ]
  return [
    describeMachine(machine),
    `${networks} networks, ${nodes} devnodes in one process, over ${measuredSeconds.toFixed(0)} s; load ${loadAtEnd} at the end`,
    table(rows),
  ].join('\n')
}
