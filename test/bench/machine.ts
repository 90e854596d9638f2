import { cpus, loadavg, release, totalmem } from 'node:os'

/** What the figures of a benchmark depend on. */
export interface Machine {
  readonly at: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
  readonly node: string
  /** Runnable processes on average over the last minute, before anything was measured. */
  readonly load: number
}

export function machineFacts(): Machine {
  const [first] = cpus()
  return {
    at: new Date().toISOString(),
    cpu: first?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()} ${process.arch}`,
    node: process.version,
    load: load(),
  }
}

/** Runnable processes on average over the last minute. */
export function load(): number {
  return Math.round((loadavg()[0] ?? 0) * 100) / 100
}

export function describeMachine(machine: Machine): string {
  const { at, cpu, cores, memoryGiB, system, node } = machine
  return `${at}, ${cores} cores (${cpu}), ${memoryGiB} GiB, ${system}, Node ${node}, load ${machine.load} at the start`
}
